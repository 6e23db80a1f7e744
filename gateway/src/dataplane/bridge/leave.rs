//! Where the engine's output goes: frames into the outboxes of the ports, reports into counters and the event queue.

use super::Context;
use crate::dataplane::proxy::Target;
use crate::events::{self, Ends, Frames, Occurrence, Verdict};
use crate::metrics::Cause;
use crate::policy::Loaded;
use sluice_engine::bridge::{Leaving, Notice, Side, Why};
use sluice_engine::frames::{LinkType, Network, Packet, Transport};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Output, What};
use sluice_hardware::port::Outbox;
use sluice_model::Direction;
use sluice_policies::{Route, decision};
use sluice_protocols::registry;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// What one call into the engine lets out.
pub(super) struct Leave<'a> {
    pub(super) context: &'a Context,
    pub(super) loaded: &'a Arc<Loaded>,
    pub(super) outboxes: &'a mut [Outbox; 2],
    /// The frame that was handed in, and its place in the batch; empty when it is the time that is.
    pub(super) frame: &'a [u8],
    pub(super) index: usize,
}

impl Leave<'_> {
    /// The two ends of the connection that a report is about.
    fn ends(&self, source: SocketAddr, route: Route) -> Ends {
        let asset = self.loaded.policy.site().assets.get(route.to().0 as usize);
        let fallback = asset.and_then(|a| a.addresses.first()).copied().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let upstream = ends_of(self.frame).and_then(|ends| ends.into_iter().find(|end| *end != source));
        let upstream = upstream.unwrap_or(SocketAddr::new(fallback, 0));
        let asset = asset.map_or_else(|| upstream.ip().to_string(), |a| a.name.clone());
        let target = Target { asset, listen: upstream, upstream, protocol: registry::protocol(route.protocol()) };
        Ends { source, target: Arc::new(target), loaded: self.loaded.clone() }
    }

    fn tell(&self, notice: events::Notice) {
        self.context.means.events.tell(notice);
    }
}

/// Bytes of a stream do not leave here: the engine's bridge sends frames.
impl Output for Leave<'_> {
    fn send(&mut self, _direction: Direction, _bytes: &[u8]) {}

    fn finish(&mut self, _direction: Direction) {}

    fn reset(&mut self, _why: &'static str) {}

    fn judged(&mut self, judged: &Judged<'_>) {
        let Judged { operation, decision, verdict, .. } = judged;
        self.loaded.conduits.of(decision.conduit).judged(operation.protocol, *verdict, decision.reason);
        self.context.means.metrics.action(operation.protocol, operation.action);
        if *verdict != decision::Verdict::Allow && decision.reason.is_some() || decision.trial {
            let ends = self.ends(judged.source, judged.route);
            self.tell(events::Notice::Verdict(Box::new(Verdict::of(judged, ends))));
        }
    }

    fn incident(&mut self, incident: &Incident<'_>) {
        let series = self.loaded.conduits.of(incident.conduit);
        series.withheld(incident.reason);
        match incident.what {
            What::Anomaly(anomaly) => {
                self.context.means.metrics.anomaly(incident.route.protocol(), anomaly.kind);
            }
            What::Failure(cause) => series.failed(Cause::from(cause)),
        }
        let ends = self.ends(incident.source, incident.route);
        self.tell(events::Notice::Incident(Box::new(Occurrence::of(incident, ends))));
    }

    fn answered(&mut self, answer: &Answer) {
        self.loaded.conduits.of(answer.conduit).answered(answer.elapsed.as_secs_f64());
    }

    fn forgotten(&mut self, forgotten: &Forgotten) {
        self.loaded.conduits.of(forgotten.conduit).failed(Cause::Unanswered);
    }
}

impl Leaving for Leave<'_> {
    fn forward(&mut self, to: Side, length: usize) {
        self.outboxes[to.index()].forward(self.index, length);
    }

    fn emit(&mut self, to: Side, frame: &[u8]) {
        self.outboxes[to.index()].send(frame);
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        let series = self.loaded.conduits.of(notice.conduit);
        series.frames(notice.why.reason(), notice.count);
        match notice.why {
            Why::Policy(_) => {}
            Why::Anomaly(kind) => self.context.means.metrics.frame_anomaly(kind, notice.count),
            Why::Bound(bound) => series.failed(Cause::from(bound)),
        }
        let port = self.context.plan.ports[notice.side.index()].clone();
        self.tell(events::Notice::Frames(Box::new(Frames::of(notice, port, self.loaded.clone()))));
    }
}

/// Both ends of the TCP connection that a frame belongs to.
fn ends_of(frame: &[u8]) -> Option<[SocketAddr; 2]> {
    let Network::Ip(ip) = Packet::read(LinkType::Ethernet, frame, frame.len()).ok()?.network else { return None };
    let Transport::Tcp(tcp) = ip.transport else { return None };
    Some([SocketAddr::new(ip.head.source, tcp.source), SocketAddr::new(ip.head.destination, tcp.destination)])
}
