//! What an observer tells while it reads.

use crate::Judged;
use sluice_model::{AnomalyKind, Descriptor, Direction, Instant, Operation};
use std::net::SocketAddr;

/// Receives what an observer sees, in the order of the capture.
pub trait Report {
    /// Whether every operation is to be told when it comes. If not, operations that equal one which was told, and are
    /// allowed as it was, may be told later and together, with [`Seen::times`].
    fn each(&self) -> bool {
        true
    }

    /// One operation of a message.
    fn operation(&mut self, seen: &Seen<'_>);
    /// Something that is not as it should be, of a frame, a flow or a message. [`Summary`](super::Summary) counts it too.
    fn anomaly(&mut self, odd: &Odd<'_>);
}

/// Who speaks to whom, where in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// When the packet that completed it came.
    pub at: Instant,
    /// That packet's number, from 1 on.
    pub packet: u64,
    /// Who sent it.
    pub source: SocketAddr,
    /// Whom it was sent to.
    pub destination: SocketAddr,
}

/// One operation of a message.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Who, to whom, when.
    pub scene: Scene,
    /// The protocol that was spoken.
    pub protocol: &'static Descriptor,
    /// What was asked for, done or reported.
    pub operation: &'a Operation<'a>,
    /// The device's own refusal, if the message is one (Modbus exception code).
    pub refused: Option<u16>,
    /// How many times it came: more than once only where [`Report::each`] allows it.
    pub times: u64,
    /// What the policy says; `None` without a policy, and for a response, which passes or falls with its request.
    pub judged: Option<&'a Judged<'a>>,
}

/// One anomaly.
#[derive(Clone, Copy)]
pub struct Odd<'a> {
    /// When the packet that showed it came.
    pub at: Instant,
    /// That packet's number, from 1 on; at the end of a capture the last one's.
    pub packet: u64,
    /// Who sent to whom, where that could be read.
    pub between: Option<(SocketAddr, SocketAddr)>,
    /// The protocol and the way of the message; `None` where a frame or a flow is odd.
    pub message: Option<(&'static Descriptor, Direction)>,
    /// What it is.
    pub kind: &'static AnomalyKind,
    /// The first of the bytes that show it, at most [`crate::Incident::EXCERPT`].
    pub excerpt: &'a [u8],
}
