//! Bytes of a connection: cuts them into messages, holds what is incomplete, lets out what was judged.
//!
//! Custody: an incomplete message is held from its first byte and nothing of it leaves before its verdict. A message
//! that arrives whole is judged where it lies and leaves in one piece with its allowed neighbours.

mod custody;

use crate::anomalies::TRUNCATED;
use crate::inspect::{Fate, Inspection, Message, Place};
use crate::output::{Output, Response, What};
use crate::{Cause, Limits};
use core::time::Duration;
use custody::Custody;
use sluice_model::{Anomaly, Direction, Instant};
use sluice_policies::policy::{Policy, Stance};
use sluice_policies::site::AssetId;
use sluice_protocols::{Frame, Protocol};
use std::net::SocketAddr;
use std::sync::Arc;

/// What a new connection is told.
#[derive(Clone, Copy)]
pub struct Opening {
    /// The client.
    pub source: SocketAddr,
    /// The asset that it reaches, in the policy that is handed in with it.
    pub asset: AssetId,
    /// The protocol that the connection speaks.
    pub protocol: &'static dyn Protocol,
    /// Its bounds.
    pub limits: Limits,
}

/// One inspected connection. Its connection owns it: no table, no lock.
pub struct Stream {
    inspection: Inspection,
    to_server: Custody,
    to_client: Custody,
    held_bytes: u32,
    closed: bool,
    /// In nanoseconds: a `Duration` takes twice the place.
    stall: u64,
}

impl Stream {
    /// A connection that begins now.
    ///
    /// # Panics
    /// When `opening.asset` is of another policy.
    pub fn open(policy: &Arc<Policy>, opening: Opening) -> Self {
        let Opening { source, asset, protocol, limits } = opening;
        let place = Place::new(policy, source, asset, protocol.descriptor());
        Self {
            inspection: Inspection::new(protocol, place, &limits),
            to_server: Custody::default(),
            to_client: Custody::default(),
            held_bytes: u32::try_from(limits.held_bytes).unwrap_or(u32::MAX),
            closed: false,
            stall: u64::try_from(limits.stall.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// The client.
    pub fn source(&self) -> SocketAddr {
        self.inspection.place().source()
    }

    /// What the policy says of the connection as a whole: whether a conduit joins its ends, and how it is enforced.
    pub fn stance(&self, policy: &Arc<Policy>) -> Stance {
        self.inspection.place().stance(policy)
    }

    /// Bytes that came from one side. Everything that they complete is judged and sent before this returns.
    pub fn bytes(
        &mut self,
        now: Instant,
        policy: &Arc<Policy>,
        direction: Direction,
        bytes: &[u8],
        out: &mut dyn Output,
    ) {
        if !self.ready(policy, out) {
            return;
        }
        self.inspection.expire(now, policy, out);
        let arrival = Arrival { now, policy, direction };
        let mut rest = bytes;
        while !rest.is_empty() && !self.closed {
            rest = if self.custody(direction).is_empty() {
                self.whole(arrival, rest, out);
                &[]
            } else {
                self.complete(arrival, rest, out)
            };
        }
    }

    /// The side that sends in `direction` ended its half of the connection.
    pub fn finished(&mut self, now: Instant, policy: &Arc<Policy>, direction: Direction, out: &mut dyn Output) {
        if !self.ready(policy, out) {
            return;
        }
        let held = self.custody(direction).take();
        if !held.is_empty() {
            let message = Message { now, policy, direction, unit: &held };
            let what = What::Anomaly(Anomaly::new(&TRUNCATED, held.len()));
            self.inspection.report(&message, what, Response::Dropped, out);
        }
        out.finish(direction);
    }

    /// Time has passed: call at [`Stream::deadline`], or more often.
    pub fn tick(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Output) {
        if !self.ready(policy, out) {
            return;
        }
        self.inspection.expire(now, policy, out);
        for direction in [Direction::ToServer, Direction::ToClient] {
            let stall = self.stall();
            if self.custody(direction).deadline(stall).is_some_and(|deadline| deadline <= now) {
                let held = self.custody(direction).take();
                let message = Message { now, policy, direction, unit: &held };
                return self.abandon(&message, What::Failure(Cause::Stalled), out);
            }
        }
    }

    /// When [`Stream::tick`] has work; may change with every call.
    pub fn deadline(&self) -> Option<Instant> {
        if self.closed {
            return None;
        }
        let stall = self.stall();
        let stalls = [&self.to_server, &self.to_client].into_iter().filter_map(|c| c.deadline(stall));
        stalls.chain(self.inspection.due()).min()
    }

    /// Another policy is in force. Every call that is handed another policy notices by itself; calling this at once
    /// ends a connection whose asset the policy no longer knows without waiting for its next byte. What is held is
    /// judged by the new policy, responses pass as their requests did.
    pub fn policy_changed(&mut self, policy: &Arc<Policy>, out: &mut dyn Output) {
        self.ready(policy, out);
    }

    /// Requests that wait for their responses.
    pub fn outstanding(&self) -> usize {
        self.inspection.outstanding()
    }

    /// Bytes of incomplete messages, both directions together.
    pub fn held(&self) -> usize {
        self.to_server.bytes().len() + self.to_client.bytes().len()
    }

    /// Whether the stream is open and `policy` still knows its asset.
    fn ready(&mut self, policy: &Arc<Policy>, out: &mut dyn Output) -> bool {
        if !self.closed && !self.inspection.renew(policy) {
            self.close("the policy no longer knows this asset", out);
        }
        !self.closed
    }

    /// Judges what lies whole in `bytes` and holds what remains; nothing is held in this direction before.
    fn whole(&mut self, arrival: Arrival<'_>, bytes: &[u8], out: &mut dyn Output) {
        let Arrival { now, policy, direction } = arrival;
        // Bytes before `judged` have their verdict, those from `unsent` on are allowed and still to be sent.
        let (mut unsent, mut judged) = (0, 0);
        while judged < bytes.len() {
            let rest = &bytes[judged..];
            let (length, fate) = match self.inspection.frame(direction, rest) {
                Frame::Unit(length) => {
                    let message = Message { now, policy, direction, unit: &rest[..length] };
                    (length, self.inspection.message(&message, out))
                }
                stuck => {
                    flush(direction, &bytes[unsent..judged], out);
                    return self.stuck(&Message { now, policy, direction, unit: rest }, stuck, out);
                }
            };
            if fate == Fate::Deliver {
                judged += length;
                continue;
            }
            flush(direction, &bytes[unsent..judged], out);
            judged += length;
            unsent = judged;
            match fate {
                Fate::Refuse(refusal) => out.send(Direction::ToClient, &refusal),
                Fate::Reset => return self.close("the policy closes connections that it denies", out),
                Fate::Deliver | Fate::Withhold => {}
            }
        }
        flush(direction, &bytes[unsent..], out);
    }

    /// No message can be cut off the beginning of `message`: hold it, or give the stream up.
    fn stuck(&mut self, message: &Message<'_>, frame: Frame, out: &mut dyn Output) {
        match frame {
            Frame::Need(need) if need <= self.held_bytes as usize => {
                self.custody(message.direction).hold(message.now, message.unit, need);
            }
            Frame::Bad(anomaly) => self.abandon(message, What::Anomaly(anomaly), out),
            Frame::Need(_) | Frame::Unit(_) => self.abandon(message, What::Failure(Cause::HeldFull), out),
        }
    }

    /// Completes the message that is held and returns the bytes that were not needed for it.
    fn complete<'b>(&mut self, arrival: Arrival<'_>, bytes: &'b [u8], out: &mut dyn Output) -> &'b [u8] {
        let Self { inspection, to_server, to_client, held_bytes, .. } = self;
        let custody = match arrival.direction {
            Direction::ToServer => to_server,
            Direction::ToClient => to_client,
        };
        let rest = custody.add(bytes);
        if custody.is_complete() {
            match inspection.frame(arrival.direction, custody.bytes()) {
                Frame::Need(need) if need <= *held_bytes as usize => custody.need(need),
                _ => {
                    let held = custody.take();
                    self.whole(arrival, &held, out);
                }
            }
        }
        rest
    }

    /// Gives up a stream whose next message cannot be found.
    fn abandon(&mut self, message: &Message<'_>, what: What, out: &mut dyn Output) {
        self.inspection.report(message, what, Response::Reset, out);
        self.close(what.meaning(), out);
    }

    fn close(&mut self, why: &'static str, out: &mut dyn Output) {
        self.closed = true;
        self.to_server = Custody::default();
        self.to_client = Custody::default();
        out.reset(why);
    }

    const fn stall(&self) -> Duration {
        Duration::from_nanos(self.stall)
    }

    fn custody(&mut self, direction: Direction) -> &mut Custody {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }
}

/// When bytes came, from where, and the policy in force.
#[derive(Clone, Copy)]
struct Arrival<'p> {
    now: Instant,
    policy: &'p Arc<Policy>,
    direction: Direction,
}

fn flush(direction: Direction, bytes: &[u8], out: &mut dyn Output) {
    if !bytes.is_empty() {
        out.send(direction, bytes);
    }
}
