//! Modbus: the Modbus Application Protocol V1.1b3 in the frames of the Messaging on TCP/IP Guide V1.0b, or in RTU frames
//! over TCP.
//!
//! `frame` and `rtu` find messages and `framing` chooses between them, `pdu` reads their bodies, `lower` says what they do, `session` pairs responses with requests,
//! `handover` writes that
//! down for another process, `encode` writes refusals, `ask` requests for the tools, `facets` says what statistics count; `codes`, `anomalies` and `address` hold the words. Reached through [`crate::registry`].

mod address;
mod anomalies;
mod ask;
mod codes;
mod encode;
mod facets;
mod frame;
mod framing;
mod handover;
mod lower;
mod pdu;
mod rtu;
mod session;
#[cfg(test)]
mod tests;

use crate::handover::Unreadable;
use crate::{Carrier, Opened, Probe, Protocol};
use codes::{COIL, HOLDING};
use framing::Framing;
use sluice_model::{Action, Descriptor, Device, Direction, Function, ProtocolId, Span};

/// Its place in the registry.
const ID: ProtocolId = ProtocolId(0);

const MODBUS: Descriptor = Descriptor {
    id: ID,
    name: "modbus",
    title: "Modbus/TCP",
    ports: &[502],
    device: Device { key: "unit", range: 0..=255, default: 1, broadcast: Some(0) },
    functions: codes::FUNCTIONS,
    spaces: &codes::SPACES,
    notations: &address::NOTATIONS,
    anomalies: anomalies::ALL,
    facets: facets::ALL,
    parse_address: address::parse_address,
    parse_span: address::parse_span,
    show_span: address::show_span,
    show_other: address::show_modicon,
    usual_function,
    ask: |operation| Framing::Mbap.ask(operation),
};

static DESCRIPTOR: Descriptor = MODBUS;

/// The same protocol to a policy, by its own name in reports: no port is its own.
static RTU_DESCRIPTOR: Descriptor =
    Descriptor { name: "modbus-rtu", title: "Modbus RTU over TCP", ports: &[], ask: |o| Framing::Rtu.ask(o), ..MODBUS };

/// The protocol; stateless.
#[derive(Debug)]
pub(crate) struct Modbus(Framing);

impl Modbus {
    /// Modbus/TCP.
    pub(crate) const TCP: Self = Self(Framing::Mbap);
    /// RTU frames over TCP.
    pub(crate) const RTU: Self = Self(Framing::Rtu);
}

impl Protocol for Modbus {
    fn descriptor(&self) -> &'static Descriptor {
        match self.0 {
            Framing::Mbap => &DESCRIPTOR,
            Framing::Rtu => &RTU_DESCRIPTOR,
        }
    }

    fn carriers(&self) -> &'static [Carrier] {
        match self.0 {
            Framing::Mbap => &[Carrier::Stream, Carrier::Datagram],
            Framing::Rtu => &[Carrier::Stream],
        }
    }

    fn probe(&self, direction: Direction, head: &[u8]) -> Probe {
        self.0.probe(direction, head)
    }

    fn open(&self, opened: Opened) -> Box<dyn crate::Session> {
        Box::new(session::Session::new(self.0, opened))
    }

    fn restore(&self, opened: Opened, state: &[u8]) -> Result<Box<dyn crate::Session>, Unreadable> {
        Ok(Box::new(session::Session::restore(self.0, opened, state)?))
    }

    fn facets(&self, direction: Direction, unit: &[u8], count: &mut dyn FnMut(&'static str, u32, Option<u32>)) {
        facets::facets(self.0, direction, unit, count);
    }

    fn wrap(&self, device: u32, body: &[u8]) -> Vec<u8> {
        self.0.request(device, body)
    }
}

/// One item is written by the functions for one, several by those for several; else the first function that does it.
fn usual_function(action: Action, span: Option<Span>) -> Option<&'static Function> {
    let Some(span) = span else {
        return DESCRIPTOR.functions.iter().find(|f| f.by_verb && f.spaces.is_empty() && f.actions.contains(&action));
    };
    let name = match (action, span.space, span.items()) {
        (Action::Write, COIL, 1) => "write-coil",
        (Action::Write, COIL, _) => "write-coils",
        (Action::Write, HOLDING, 1) => "write-register",
        (Action::Write, HOLDING, _) => "write-registers",
        _ => {
            let fits = |f: &&Function| f.actions == [action] && f.spaces.contains(&span.space);
            return DESCRIPTOR.functions.iter().find(fits);
        }
    };
    DESCRIPTOR.function_named(name)
}
