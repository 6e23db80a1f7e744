//! The attacker: raw sockets and bytes written by hand, from its own address or from a compromised HMI's.
//!
//! [`crate::Story`] tells him what to do and judges what comes of it; a test may use [`Wire`] by itself. He knows no
//! Modbus library: what he sends is what stands here, and nothing mends it on the way.

mod attempt;
mod scan;
mod segment;
mod wire;

pub use wire::{Reply, Wire};

pub(crate) use attempt::{Attempt, Means};
pub(crate) use scan::{function_scan, unit_sweep};
pub(crate) use segment::one_segment;

use crate::Controller;
use crate::stations::traffic::{UNIT, polls};
use crate::stations::{Doors, Sources, Station};
use std::io;

/// Where somebody stands and what he can reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Post {
    pub(crate) sources: Sources,
    pub(crate) doors: Doors,
}

impl Post {
    async fn connect(&self, who: Station, to: Controller) -> io::Result<Wire> {
        Wire::connect(self.sources.of(who), self.doors.to(to).through).await
    }
}

/// What came of something, beside what should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) as_expected: bool,
    pub(crate) survived: Option<bool>,
}

impl Finding {
    pub(crate) fn new(expected: impl Into<String>, got: impl Into<String>, as_expected: bool) -> Self {
        Self { expected: expected.into(), got: got.into(), as_expected, survived: None }
    }

    fn unreachable(expected: impl Into<String>, error: &io::Error) -> Self {
        Self::new(expected, format!("no connection: {error}"), false)
    }

    fn survived(self, survived: bool) -> Self {
        Self { survived: Some(survived), ..self }
    }
}

/// Whether the connection still does what it is for: a station's own read is served, a stranger is refused once more.
async fn still_works(wire: &mut Wire, who: Station, to: Controller) -> Result<(), Reply> {
    let Some(poll) = polls(to).next() else { return Ok(()) };
    match (wire.ask(UNIT, &poll.pdu()).await, who) {
        (Reply::Exception(_), Station::Stranger) => Ok(()),
        (Reply::Served(_), who) if who != Station::Stranger => Ok(()),
        (other, _) => Err(other),
    }
}
