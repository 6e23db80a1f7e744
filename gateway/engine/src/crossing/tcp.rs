//! How a TCP connection begins: by a SYN that the policy allows, or by being found under way.

use super::anomalies::MID_STREAM;
use super::bridge::Bridge;
use super::flow::{Entry, Greeted, HOPS, Kind, Stage};
use super::followed::Followed;
use super::frame::{Frame, Refusal};
use super::key::Ends;
use super::lead::Lead;
use super::{Leaving, Outcome, Why, build};
use crate::Opening;
use crate::bridge::{Flow, Options, Segment, Seq};
use crate::frames::{Ip, Tcp, TcpFlags};
use sluice_model::Direction;
use sluice_policies::decision::{ConduitId, Mode, OnDeny, Reason, Verdict};
use sluice_policies::policy::{End, Packet};
use sluice_policies::site::AssetId;
use sluice_protocols::{Protocol, registry};
use std::net::SocketAddr;

/// The flags of a segment in the middle of a connection.
const UNDER_WAY: u8 = TcpFlags::ACK.0 | TcpFlags::PSH.0;
/// The flags that say where in a connection a segment belongs.
const PLACE: TcpFlags = TcpFlags(0x3F);

/// A segment and the frame that it came in.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) frame: &'a Frame<'a>,
    /// The flow that it belongs to, or would.
    pub(super) ends: Ends,
    pub(super) direction: Direction,
    pub(super) lead: Lead,
    pub(super) segment: &'a Segment<'a>,
}

/// Who is dialled, and what is spoken there.
type Spoken = (AssetId, &'static dyn Protocol);

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
        let segment = &Segment::from(tcp);
        let lead = Lead::of(frame.bytes, &frame.packet, ip.hops);
        let arrival = Arrival { frame, ends, direction: Direction::ToServer, lead, segment };
        let opens = segment.flags.has(TcpFlags::SYN) && !segment.flags.has(TcpFlags::ACK);
        let old = self.table.find(&ends.key());
        if let Some(place) = old {
            let over = self.table.entry(place).is_some_and(|e| e.stage() == Stage::Passing);
            if !(opens && over) {
                let direction = self.known(frame, place, ends.client, lead, out)?;
                return self.segment(place, &Arrival { direction, ..arrival }, out);
            }
        }
        let both = (frame.sender(Some(ip.head.source))?, frame.receiver(Some(ip.head.destination))?);
        if !opens {
            return self.found(&arrival, both, out);
        }
        let kind = match self.admitted(&arrival, both, out) {
            Ok(kind) => kind,
            Err(refusal) => {
                self.answer(&arrival, &refusal, out);
                return Err(refusal);
            }
        };
        // The same ports again: the connection before is over.
        if let Some(place) = old {
            self.table.remove(place);
        }
        self.begin(&arrival, kind, Greeted::No, out)
    }

    /// What a connection is to the bridge, if the policy allows it.
    fn admitted(&mut self, arrival: &Arrival<'_>, both: (End, End), out: &mut dyn Leaving) -> Result<Kind, Refusal> {
        let Arrival { frame, ends, segment, .. } = *arrival;
        if let Some(spoken) = spoken(frame, both, ends)? {
            let opening = self.opening(ends, spoken);
            return Ok(Kind::Inspected(Box::new(Flow::open(frame.policy, opening, segment))));
        }
        self.serve(frame, both, Packet::Tcp { port: ends.server.port }, out)?;
        Ok(Kind::Followed(Box::new(Followed::open(segment))))
    }

    /// A segment of a connection that was under way before the bridge was, from either end of it.
    fn found(
        &mut self,
        arrival: &Arrival<'_>,
        (from, to): (End, End),
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let Arrival { frame, ends, segment, .. } = *arrival;
        if !segment.flags.has(TcpFlags::ACK) || segment.flags.only(PLACE).0 & !UNDER_WAY != 0 {
            return Err((&MID_STREAM).into());
        }
        let forth = *arrival;
        let back = Arrival { ends: ends.turned(), direction: Direction::ToClient, ..forth };
        for (way, both) in [(forth, (from, to)), (back, (to, from))] {
            if let Ok(Some(spoken)) = spoken(frame, both, way.ends) {
                let flow = Flow::adopt(frame.policy, self.opening(way.ends, spoken));
                return self.begin(&way, Kind::Inspected(Box::new(flow)), Greeted::Found, out);
            }
        }
        // It was let in before: how often that may happen was asked then.
        let decision = frame.policy.review(frame.now).service(from, to, Packet::Tcp { port: ends.server.port });
        let inspected = matches!(to, End::Asset(asset) if frame.policy.speaks(asset, ends.server.port).is_some());
        if inspected || decision.verdict == Verdict::Deny {
            return Err((&MID_STREAM).into());
        }
        self.begin(&forth, Kind::Followed(Box::new(Followed::take_up(segment))), Greeted::Found, out)
    }

    fn begin(
        &mut self,
        arrival: &Arrival<'_>,
        kind: Kind,
        greeted: Greeted,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let Arrival { frame, ends, direction, lead, .. } = *arrival;
        let client = if direction == Direction::ToServer { frame.side } else { frame.side.other() };
        let vlans = frame.packet.link.vlans.networks();
        let mut entry = Entry { greeted, ..Entry::new(ends, vlans, client, kind, frame.now, self.generation) };
        entry.heading(direction, lead);
        let place = self.insert(entry, true)?;
        self.segment(place, arrival, out)
    }

    fn opening(&self, ends: Ends, (asset, protocol): Spoken) -> Opening {
        let source = SocketAddr::new(ends.client.ip, ends.client.port);
        Opening { source, asset, protocol, limits: self.options.limits }
    }

    /// Tells the sender of a SYN that nothing comes of it, if its conduit answers denials.
    fn answer(&mut self, arrival: &Arrival<'_>, refusal: &Refusal, out: &mut dyn Leaving) {
        if refusal.on_deny == OnDeny::Drop {
            return;
        }
        let (head, ports) = arrival.ends.heading(Direction::ToClient);
        let rst = Segment {
            sequence: Seq(0),
            acknowledgement: arrival.segment.end(),
            flags: TcpFlags::RST | TcpFlags::ACK,
            window: 0,
            options: Options::default(),
            payload: &[],
        };
        let lead = arrival.lead.turned(HOPS);
        self.scratch.add(arrival.frame.side, |bytes| build::tcp(bytes, &lead, &head, ports, 0, &rst));
        self.scratch.send(out);
    }
}

/// What is spoken on the port that is dialled, if it is inspected and the policy lets the client dial there.
fn spoken(frame: &Frame<'_>, (client, server): (End, End), ends: Ends) -> Result<Option<Spoken>, Refusal> {
    let (policy, End::Asset(asset)) = (frame.policy, server) else { return Ok(None) };
    let Some(id) = policy.speaks(asset, ends.server.port) else { return Ok(None) };
    let stance = policy.stance(policy.route(ends.client.ip, asset, id));
    let dials = stance.conduit == ConduitId::UNMATCHED || stance.mode != Mode::Enforce || policy.dials(client, server);
    if stance.joined && dials {
        return Ok(Some((asset, registry::protocol(id))));
    }
    let (conduit, on_deny) = (stance.conduit, stance.on_deny);
    Err(Refusal { why: Why::Policy(Reason::NoConduit), conduit, statement: None, on_deny })
}
