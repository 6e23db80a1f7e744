//! The requests that the stations make by right, in full. Everything else that a controller receives is foreign to
//! the story: this is how the plant is judged without asking the gateway (or its policy) what it thinks of itself.

use super::operator::Order;
use crate::controllers::Controller;
use crate::controllers::witness::Seen;
use tokio_modbus::Request;

/// The unit that the stations address.
pub const UNIT: u8 = 1;

/// A read that a station repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Of which controller.
    pub controller: Controller,
    /// Function code, 2 to 4.
    pub function: u8,
    /// First item, from 0.
    pub start: u16,
    /// Number of items.
    pub count: u16,
}

impl Poll {
    const fn new(controller: Controller, function: u8, start: u16, count: u16) -> Self {
        Self { controller, function, start, count }
    }

    /// As the Modbus library wants it.
    pub fn request(&self) -> Request<'static> {
        match self.function {
            2 => Request::ReadDiscreteInputs(self.start, self.count),
            4 => Request::ReadInputRegisters(self.start, self.count),
            _ => Request::ReadHoldingRegisters(self.start, self.count),
        }
    }

    /// As bytes: function code, start, count.
    pub fn pdu(&self) -> [u8; 5] {
        let ([s0, s1], [c0, c1]) = (self.start.to_be_bytes(), self.count.to_be_bytes());
        [self.function, s0, s1, c0, c1]
    }
}

/// What the HMI polls: every tag, in blocks that span the holes between tags, as HMIs do.
pub const POLLS: [Poll; 9] = [
    Poll::new(Controller::Intake, 3, 0, 10),
    Poll::new(Controller::Intake, 3, 19, 1),
    Poll::new(Controller::Pump, 3, 100, 2),
    Poll::new(Controller::Pump, 2, 0, 1),
    Poll::new(Controller::Pump, 4, 0, 2),
    Poll::new(Controller::Dosing, 3, 100, 2),
    Poll::new(Controller::Dosing, 3, 104, 2),
    Poll::new(Controller::Dosing, 3, 120, 8),
    Poll::new(Controller::Dosing, 3, 140, 10),
];

/// The polls of one controller.
pub fn polls(controller: Controller) -> impl Iterator<Item = Poll> {
    POLLS.into_iter().filter(move |poll| poll.controller == controller)
}

/// The device identification that engineering reads: function 43/14, basic stream, from object 0.
pub const IDENTIFY: [u8; 4] = [43, 14, 1, 0];
/// The server id that engineering asks for: function 17.
pub const SERVER_ID: [u8; 1] = [17];

/// Pump speeds that the operators set, 0.01 Hz.
pub const SPEEDS: [u16; 4] = [3_800, 4_000, 3_500, 3_600];
/// Chlorine set points that the operators set, 0.01 mg/L.
pub const CHLORINE: [u16; 4] = [70, 80, 55, 60];

/// Whether a station makes this request by right.
pub fn is_ours(seen: &Seen) -> bool {
    let pdu = [&[seen.function][..], &seen.body].concat();
    let polled = polls(seen.controller).any(|poll| poll.pdu()[..] == pdu);
    let asked = pdu == IDENTIFY || pdu == SERVER_ID;
    let ordered = Order::all().any(|order| order.controller() == seen.controller && order.pdu() == pdu);
    seen.unit == UNIT && (polled || asked || ordered)
}
