//! One thing that a message asks for, does or reports.

use crate::{Action, Code, Function, ProtocolId, Span, Values};

/// The way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the commanding side: requests.
    ToServer,
    /// From the controller: responses and reports.
    ToClient,
}

/// One operation of a message. A message may hold several (Modbus 23 reads and writes); all are judged.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'m> {
    /// The protocol that the message speaks.
    pub protocol: ProtocolId,
    /// The way the message goes.
    pub direction: Direction,
    /// The device addressed inside the connection (the Modbus unit).
    pub device: u32,
    /// What it does; one of `function.actions`.
    pub action: Action,
    /// The raw code, sub-function included.
    pub code: Code,
    /// What the protocol declares about this code.
    pub function: &'static Function,
    /// The items it touches; `None` for a function that touches none.
    pub target: Option<Span>,
    /// The values that go with the items.
    pub values: Values<'m>,
}
