//! A segment of a connection that the bridge knows.

use super::anomalies::{FLOW_SIDE, FLOW_VLAN, MID_STREAM, SUPER_FRAME};
use super::bridge::Bridge;
use super::flow::Kind;
use super::frame::{Frame, Refusal};
use super::key::Place;
use super::lead::Lead;
use super::scratch::Builder;
use super::tcp::Arrival;
use super::{Leaving, Outcome, Why, build};
use crate::bridge::{Passage, Turn};
use sluice_model::Direction;
use sluice_policies::decision::Reason;

impl Bridge {
    /// The way of a frame of a flow that is known; its ends are who they were, and the policy still allows it.
    pub(super) fn known(
        &mut self,
        frame: &Frame<'_>,
        place: u32,
        source: Place,
        lead: Lead,
        out: &mut dyn Leaving,
    ) -> Result<Direction, Refusal> {
        let Some(entry) = self.table.entry(place) else { return Err((&MID_STREAM).into()) };
        let direction = entry.ends.direction(source);
        if entry.exit(direction) != frame.side.other() {
            return Err((&FLOW_SIDE).into());
        }
        if entry.vlans != frame.packet.link.vlans.networks() {
            return Err((&FLOW_VLAN).into());
        }
        let current = entry.generation == self.generation;
        if !current || entry.lead(direction).is_none_or(|known| known.link() != lead.link()) {
            let (from, to) = frame.addresses();
            frame.sender(from)?;
            frame.receiver(to)?;
        }
        if !current && !self.judge_again(frame.now, frame.policy, place, out) {
            return Err(Why::Policy(Reason::NoStatement).into());
        }
        if let Some(entry) = self.table.entry_mut(place) {
            entry.heading(direction, lead);
            entry.heard = frame.now;
        }
        Ok(direction)
    }

    /// A segment of the flow at `place`.
    pub(super) fn segment(
        &mut self,
        place: u32,
        arrival: &Arrival<'_>,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let Arrival { frame, direction, segment, .. } = *arrival;
        self.wake(place, frame.policy);
        let Some(entry) = self.table.entry_mut(place) else { return Err((&MID_STREAM).into()) };
        let mut wire = Builder::of(entry, &mut self.scratch);
        let passage = match &mut entry.kind {
            Kind::Inspected(flow) => {
                let (now, policy, spare) = (frame.now, frame.policy, &mut self.spare);
                let mut turn = Turn { now, policy, wire: &mut wire, reports: out, spare };
                Ok(flow.segment(direction, segment, &mut turn))
            }
            Kind::Followed(followed) => followed.segment(direction, segment, &mut wire),
            Kind::Asleep(_) | Kind::Asked => Err(&MID_STREAM),
        };
        entry.id = wire.id;
        if passage.is_ok() {
            entry.greet(direction, segment);
        }
        let lead = entry.lead(direction).copied();
        self.scratch.send(out);
        self.table.settle(place);
        if let Some(bound) = self.table.overfull(place) {
            self.end(place, frame.now, frame.policy, out);
            self.table.settle(place);
            return Err(Why::Bound(bound).into());
        }
        match (passage?, lead) {
            (Passage::Forward, Some(lead)) => forward(frame, &lead, out),
            _ => Ok(Outcome::Consumed),
        }
    }
}

/// Sends a segment as it came, with its flow's own hop limit.
fn forward(frame: &Frame<'_>, lead: &Lead, out: &mut dyn Leaving) -> Result<Outcome, Refusal> {
    let bytes = &frame.bytes[..frame.length()];
    if build::hops(bytes, lead) == lead.hops {
        out.forward(frame.side.other(), bytes.len());
        return Ok(Outcome::Forwarded);
    }
    if frame.offload.segment.is_some() {
        return Err((&SUPER_FRAME).into());
    }
    out.emit(frame.side.other(), &build::with_hops(bytes, lead, frame.offload.unfinished.is_some()));
    Ok(Outcome::Consumed)
}
