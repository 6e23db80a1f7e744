//! The real parsers, for messages in hex.

use sluice_model::{Anomaly, AnomalyKind, Blame, Descriptor, Direction, Fault, Instant, Operation};
use sluice_policies::Decoder;
use sluice_protocols::{Cx, Frame, Opened, Sink, Ticket, registry};
use std::time::Duration;

static UNREAD: AnomalyKind = AnomalyKind {
    name: "unread",
    blame: Blame::Malformed,
    clause: "none",
    meaning: "it cannot be read",
    fault: Fault::Value,
};

pub(crate) struct Protocols;

impl Decoder for Protocols {
    fn decode(
        &self,
        protocol: &'static Descriptor,
        device: u32,
        body: &[u8],
        each: &mut dyn FnMut(&Operation<'_>),
    ) -> Result<(), Anomaly> {
        let protocol = registry::protocol(protocol.id);
        let unit = protocol.wrap(device, body);
        let session = protocol.open(Opened { outstanding: 1, patience: Duration::ZERO });
        if session.frame(Direction::ToServer, &unit) != Frame::Unit(unit.len()) {
            return Err(Anomaly::new(&UNREAD, 0));
        }
        let mut reader = Reader { each, anomaly: None };
        session.decode(&Cx { direction: Direction::ToServer, now: Instant::default() }, &unit, &mut reader);
        reader.anomaly.map_or(Ok(()), Err)
    }
}

struct Reader<'f> {
    each: &'f mut dyn FnMut(&Operation<'_>),
    anomaly: Option<Anomaly>,
}

impl<'m> Sink<'m> for Reader<'_> {
    fn operation(&mut self, operation: &Operation<'m>) {
        (self.each)(operation);
    }

    fn answers(&mut self, _: Ticket) {}

    fn refused(&mut self, _: u16) {}

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomaly.get_or_insert(anomaly);
    }
}
