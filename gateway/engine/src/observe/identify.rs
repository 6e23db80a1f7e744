//! What a flow speaks and which end serves: by the ports that a protocol owns, else by what is said.

use super::flows::Key;
use crate::inspect::Passive;
use crate::output::Judged;
use core::time::Duration;
use sluice_model::{Action, Anomaly, Direction, Instant, Operation};
use sluice_protocols::{Carrier, Cx, Frame, Opened, Probe, Protocol, registry};

/// What a flow speaks.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) protocol: &'static dyn Protocol,
    /// The end that serves, as in [`Key::ends`].
    pub(super) server: usize,
}

/// The protocols that a transport carries.
fn carried(transport: u8) -> impl Iterator<Item = &'static dyn Protocol> {
    let carrier = if transport == 17 { Carrier::Datagram } else { Carrier::Stream };
    registry::parsers().filter(move |p| p.carriers().contains(&carrier))
}

/// Whether `end` has a port of `protocol`.
pub(super) fn owns(protocol: &dyn Protocol, key: &Key, end: usize) -> bool {
    protocol.descriptor().ports.contains(&key.ends[end].port())
}

/// By the ports of a flow whose first packet came from `sender`; the receiver serves if both own one.
pub(super) fn by_port(key: &Key, sender: usize) -> Option<Found> {
    carried(key.transport).find_map(|protocol| {
        let owner = [1 - sender, sender].into_iter().find(|end| owns(protocol, key, *end));
        owner.map(|server| Found { protocol, server })
    })
}

/// The form in which a flow speaks the protocol that its ports promise, by the first bytes that its client says: a serial
/// server may carry RTU frames on the port of Modbus/TCP.
pub(super) fn form(found: Found, key: &Key, sender: usize, bytes: &[u8]) -> Found {
    let id = found.protocol.descriptor().id;
    if sender == found.server || found.protocol.probe(Direction::ToServer, bytes) != Probe::No {
        return found;
    }
    let mut forms = carried(key.transport).filter(|p| p.descriptor().id == id);
    let other = forms.find_map(|form| sounds_like(form, bytes));
    other.map_or(found, |(protocol, _)| Found { protocol, ..found })
}

/// The end that serves, as far as ports can tell: `client` if it is known does not, else the lower port does.
pub(super) fn server(key: &Key, client: Option<usize>) -> usize {
    client.map_or(usize::from(key.ends[1].port() < key.ends[0].port()), |client| 1 - client)
}

/// By the bytes of one packet from `sender`, whatever the port: whole messages and nothing else, the first of them a
/// well-formed request. Less would find every protocol somewhere in everything.
pub(super) fn probe(key: &Key, sender: usize, client: Option<usize>, bytes: &[u8]) -> Option<Found> {
    if client.is_some_and(|client| client != sender) {
        return None;
    }
    let (protocol, reads) = carried(key.transport).find_map(|protocol| sounds_like(protocol, bytes))?;
    let server = match (client, reads) {
        (Some(_), _) | (None, true) => 1 - sender,
        // A device repeats many a write as its response.
        (None, false) => server(key, None),
    };
    Some(Found { protocol, server })
}

/// The protocol, if bytes are whole requests of it and nothing else, and whether any of them reads.
fn sounds_like(protocol: &'static dyn Protocol, bytes: &[u8]) -> Option<(&'static dyn Protocol, bool)> {
    if protocol.probe(Direction::ToServer, bytes) != Probe::Yes {
        return None;
    }
    let mut told = Told::default();
    let mut session = Passive::new(protocol, Opened { outstanding: 1, patience: Duration::ZERO }, None);
    let mut rest = bytes;
    while !rest.is_empty() {
        let Frame::Unit(length) = session.frame(Direction::ToServer, rest) else { return None };
        let (unit, behind) = rest.split_at(length);
        session.message(&Cx { direction: Direction::ToServer, now: Instant(0) }, unit, &mut told);
        rest = behind;
    }
    (!told.odd).then_some((protocol, told.reads))
}

/// What a message sounds like.
#[derive(Default)]
struct Told {
    reads: bool,
    odd: bool,
}

impl crate::inspect::Witness for Told {
    fn operation(&mut self, operation: &Operation<'_>, _: Option<u16>, _: Option<&Judged<'_>>) {
        self.reads |= operation.action == Action::Read;
        // What stays opaque fits anything.
        self.odd |= operation.function.opaque;
    }

    fn anomaly(&mut self, _: Anomaly) {
        self.odd = true;
    }

    fn crowded(&mut self) {}
}
