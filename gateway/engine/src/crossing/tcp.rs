//! TCP: a connection is opened by a SYN that the policy allows, and then every segment has its place in it.

use super::anomalies::{FLOW_SIDE, FLOW_VLAN, MID_STREAM, SUPER_FRAME};
use super::bridge::Bridge;
use super::flow::{Entry, Kind, Stage};
use super::followed::Followed;
use super::frame::{Frame, Refusal, ruling};
use super::key::{Ends, Place};
use super::lead::Lead;
use super::scratch::Builder;
use super::{Leaving, Outcome, Why, build};
use crate::bridge::{Flow, Options, Passage, Segment, Turn};
use crate::frames::{Ip, Tcp, TcpFlags};
use crate::{Opening, Response};
use sluice_model::Direction;
use sluice_policies::decision::{ConduitId, Mode, OnDeny, Reason, Verdict};
use sluice_policies::policy::{End, Packet};
use sluice_policies::site::AssetId;
use sluice_protocols::{Protocol, registry};
use std::net::SocketAddr;

/// What a connection that the policy allows is to the bridge.
enum Admitted {
    Inspected(AssetId, &'static dyn Protocol),
    Followed,
}

impl Bridge {
    /// A segment.
    pub(super) fn tcp(
        &mut self,
        frame: &Frame<'_>,
        ip: &Ip<'_>,
        tcp: &Tcp<'_>,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let ends = Ends::of(&ip.head, tcp.source, tcp.destination);
        let segment = Segment::from(tcp);
        let opens = segment.flags.has(TcpFlags::SYN) && !segment.flags.has(TcpFlags::ACK);
        let lead = Lead::of(frame.bytes, &frame.packet, ip.hops);
        let old = self.table.find(&ends.key());
        if let Some(place) = old {
            let over = self.table.entry(place).is_some_and(|e| e.stage() == Stage::Passing);
            if !(opens && over) {
                let direction = self.known(frame, place, ends.client, lead, out)?;
                return self.segment(frame, place, direction, &segment, out);
            }
        }
        let (from, to) = (frame.sender(Some(ip.head.source))?, frame.receiver(Some(ip.head.destination))?);
        let admitted = self.admit(frame, (from, to), tcp.destination, out);
        let kind = match (admitted, opens) {
            (Ok(admitted), true) => self.opened(frame, ends, &admitted, &segment),
            (Ok(admitted), false) => Self::taken_up(&admitted, &segment).ok_or(&MID_STREAM)?,
            (Err(refusal), true) => {
                self.answer(frame, ends, &lead, &segment, &refusal, out);
                return Err(refusal);
            }
            (Err(_), false) => return Err((&MID_STREAM).into()),
        };
        // The same ports again: the connection before is over.
        if let Some(place) = old {
            self.table.remove(place);
        }
        let mut entry = Entry::new(ends, frame.packet.link.vlans.ids(), frame.side, kind, frame.now, self.generation);
        entry.heading(Direction::ToServer, lead);
        entry.taken_up(!opens);
        let place = self.insert(entry, opens)?;
        self.segment(frame, place, Direction::ToServer, &segment, out)
    }

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
        if entry.vlans != frame.packet.link.vlans.ids() {
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
    fn segment(
        &mut self,
        frame: &Frame<'_>,
        place: u32,
        direction: Direction,
        segment: &Segment<'_>,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let Some(entry) = self.table.entry_mut(place) else { return Err((&MID_STREAM).into()) };
        let mut wire = Builder::of(entry, &mut self.scratch);
        let passage = match &mut entry.kind {
            Kind::Inspected(flow) => {
                let mut turn = Turn {
                    now: frame.now,
                    policy: frame.policy,
                    wire: &mut wire,
                    reports: out,
                    spare: &mut self.spare,
                };
                Ok(flow.segment(direction, segment, &mut turn))
            }
            Kind::Followed(followed) => followed.segment(direction, segment, &mut wire),
            Kind::Asked => Err(&MID_STREAM),
        };
        entry.id = wire.id;
        if passage.is_ok() {
            entry.greet(direction, segment);
        }
        let lead = entry.lead(direction).copied();
        self.scratch.send(out);
        self.table.settle(place);
        match (passage?, lead) {
            (Passage::Forward, Some(lead)) => Self::forward(frame, &lead, out),
            _ => Ok(Outcome::Consumed),
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
        out.emit(frame.side.other(), &build::with_hops(bytes, lead, frame.offload.partial));
        Ok(Outcome::Consumed)
    }

    /// Whether the policy allows a connection from one end to a port of the other.
    fn admit(
        &mut self,
        frame: &Frame<'_>,
        (from, to): (End, End),
        port: u16,
        out: &mut dyn Leaving,
    ) -> Result<Admitted, Refusal> {
        let policy = frame.policy;
        if let End::Asset(asset) = to
            && let Some(id) = policy.speaks(asset, port)
        {
            let (Some(ip), _) = frame.addresses() else { return Err((&MID_STREAM).into()) };
            let stance = policy.stance(policy.route(ip, asset, id));
            let dialled = stance.conduit == ConduitId::UNMATCHED || policy.dials(from, to);
            if stance.joined && (dialled || stance.mode != Mode::Enforce) {
                return Ok(Admitted::Inspected(asset, registry::protocol(id)));
            }
            let (conduit, on_deny) = (stance.conduit, stance.on_deny);
            return Err(Refusal { why: Why::Policy(Reason::NoConduit), conduit, statement: None, on_deny });
        }
        let (passes, refusal) = ruling(&policy.service(from, to, Packet::Tcp { port }));
        match refusal {
            Some(refusal) if !passes => return Err(refusal),
            Some(refusal) => self.notices.note(frame, &refusal, (Verdict::Alert, Response::Dropped), out),
            None => {}
        }
        Ok(Admitted::Followed)
    }

    fn opened(&self, frame: &Frame<'_>, ends: Ends, admitted: &Admitted, syn: &Segment<'_>) -> Kind {
        match *admitted {
            Admitted::Inspected(asset, protocol) => {
                let opening = self.opening(ends, asset, protocol);
                Kind::Inspected(Box::new(Flow::open(frame.policy, opening, syn)))
            }
            Admitted::Followed => Kind::Followed(Followed::open(syn)),
        }
    }

    /// A connection that was under way before the bridge was.
    fn taken_up(admitted: &Admitted, segment: &Segment<'_>) -> Option<Kind> {
        let plain = TcpFlags::ACK.0 | TcpFlags::PSH.0;
        let under_way = segment.flags.has(TcpFlags::ACK) && segment.flags.0 & !plain == 0;
        match admitted {
            Admitted::Followed if under_way => Some(Kind::Followed(Followed::take_up(segment))),
            Admitted::Followed | Admitted::Inspected(..) => None,
        }
    }

    fn opening(&self, ends: Ends, asset: AssetId, protocol: &'static dyn Protocol) -> Opening {
        let source = SocketAddr::new(ends.client.ip, ends.client.port);
        Opening { source, asset, protocol, limits: self.options.limits }
    }

    /// Tells the sender of a SYN that nothing comes of it, if its conduit answers denials.
    fn answer(
        &mut self,
        frame: &Frame<'_>,
        ends: Ends,
        lead: &Lead,
        syn: &Segment<'_>,
        refusal: &Refusal,
        out: &mut dyn Leaving,
    ) {
        if refusal.on_deny == OnDeny::Drop {
            return;
        }
        let (head, ports) = ends.heading(Direction::ToClient);
        let rst = Segment {
            sequence: crate::bridge::Seq(0),
            acknowledgement: syn.end(),
            flags: TcpFlags::RST | TcpFlags::ACK,
            window: 0,
            options: Options::default(),
            payload: &[],
        };
        let lead = lead.turned(super::flow::HOPS);
        self.scratch.add(frame.side, |bytes| build::tcp(bytes, &lead, &head, ports, 0, &rst));
        self.scratch.send(out);
    }
}
