//! What would happen to a message, for the tools: the parsers and the policy that enforce, without a connection.

use crate::anomalies::{UNDECODED, UNFRAMED};
use core::time::Duration;
use sluice_model::{Anomaly, Descriptor, Direction, Instant, Operation};
use sluice_policies::decision::Decision;
use sluice_policies::site::AssetId;
use sluice_policies::testing::Decoder;
use sluice_policies::{Explanation, Policy};
use sluice_protocols::{Cx, Frame, Opened, Protocol, Sink, Ticket, registry};
use std::net::IpAddr;

/// Reads message bodies with the real parsers, for the tests that a policy carries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parsers;

impl Decoder for Parsers {
    fn decode(
        &self,
        protocol: &'static Descriptor,
        device: u32,
        body: &[u8],
        each: &mut dyn FnMut(&Operation<'_>),
    ) -> Result<(), Anomaly> {
        let protocol = registry::protocol(protocol.id);
        let unit = protocol.wrap(device, body);
        let header = unit.len() - body.len();
        // The author of a test wrote the body, so offsets count from there.
        let in_body = |anomaly: Anomaly| Anomaly::new(anomaly.kind, anomaly.offset.saturating_sub(header));
        read(protocol, &unit, each).map_err(|unread| match unread {
            Unread::Anomaly(anomaly) => in_body(anomaly),
            Unread::Incomplete { .. } | Unread::Trailing { .. } => Anomaly::new(&UNFRAMED, 0),
        })
    }
}

/// One operation of a message and why it is allowed or not.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The decision.
    pub decision: Decision,
    /// The same in words.
    pub explanation: Explanation,
}

/// Why bytes are not one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// They are malformed; a gateway would refuse them in every mode.
    Anomaly(Anomaly),
    /// The message goes on: this many bytes at least belong to it.
    Incomplete {
        /// Counted from its start.
        needed: usize,
    },
    /// The message ends before the bytes do.
    Trailing {
        /// Where it ends.
        at: usize,
    },
}

/// Judges `message`, one whole request from `source` to `asset` with its transport's header, and explains every
/// operation in it.
pub fn explain_bytes(
    policy: &Policy,
    source: IpAddr,
    asset: AssetId,
    protocol: &'static dyn Protocol,
    message: &[u8],
) -> Result<Vec<Explained>, Unread> {
    let route = policy.route(source, asset, protocol.descriptor().id);
    let mut explained = Vec::new();
    read(protocol, message, &mut |operation| {
        let decision = policy.judge(route, operation);
        explained.push(Explained { decision, explanation: policy.explain(route, operation, &decision) });
    })?;
    Ok(explained)
}

/// Reads one request in a connection of its own.
fn read(protocol: &dyn Protocol, unit: &[u8], each: &mut dyn FnMut(&Operation<'_>)) -> Result<(), Unread> {
    let session = protocol.open(Opened { outstanding: 1, patience: Duration::ZERO });
    match session.frame(Direction::ToServer, unit) {
        Frame::Bad(anomaly) => return Err(Unread::Anomaly(anomaly)),
        Frame::Need(needed) => return Err(Unread::Incomplete { needed }),
        Frame::Unit(at) if at != unit.len() => return Err(Unread::Trailing { at }),
        Frame::Unit(_) => {}
    }
    let mut reader = Reader { each, operations: 0, anomaly: None };
    session.decode(&Cx { direction: Direction::ToServer, now: Instant::default() }, unit, &mut reader);
    match reader.anomaly {
        Some(anomaly) => Err(Unread::Anomaly(anomaly)),
        None if reader.operations == 0 => Err(Unread::Anomaly(Anomaly::new(&UNDECODED, 0))),
        None => Ok(()),
    }
}

struct Reader<'f> {
    each: &'f mut dyn FnMut(&Operation<'_>),
    operations: usize,
    anomaly: Option<Anomaly>,
}

impl<'m> Sink<'m> for Reader<'_> {
    fn operation(&mut self, operation: &Operation<'m>) {
        self.operations += 1;
        (self.each)(operation);
    }

    fn answers(&mut self, _: Ticket) {}

    fn refused(&mut self, _: u16) {}

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomaly.get_or_insert(anomaly);
    }
}
