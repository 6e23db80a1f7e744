//! What becomes of what an observer hears: counters and events. A denial is an alert, for it went by whatever was said of it.

use super::Means;
use crate::dataplane::proxy::Target;
use crate::events::{Ends, Notice, Occurrence, Verdict};
use crate::policy::Loaded;
use sluice_engine::observe::{Odd, Report, Seen};
use sluice_engine::{Incident, Judged, Response, What};
use sluice_model::{Anomaly, Descriptor, Direction};
use sluice_policies::decision::{self, Reason};
use sluice_protocols::registry;
use std::net::SocketAddr;
use std::sync::Arc;

/// Who listens, under the policy in force.
pub(super) struct Ear<'a> {
    pub(super) means: &'a Means,
    pub(super) loaded: &'a Arc<Loaded>,
}

impl Ear<'_> {
    /// The two ends of a conversation, the client first.
    fn ends(&self, source: SocketAddr, server: SocketAddr, protocol: &'static Descriptor) -> Ends {
        let policy = &self.loaded.policy;
        let asset = policy.asset_of(server.ip());
        let asset = asset.map_or_else(|| server.ip().to_string(), |id| policy.site().asset(id).name.clone());
        let target = Target { asset, listen: server, upstream: server, protocol: registry::protocol(protocol.id) };
        Ends { source, target: Arc::new(target), loaded: self.loaded.clone() }
    }
}

impl Report for Ear<'_> {
    fn each(&self) -> bool {
        false
    }

    fn operation(&mut self, seen: &Seen<'_>) {
        let Some(judged) = seen.judged else { return };
        let Judged { operation, decision, .. } = judged;
        let verdict = match judged.verdict {
            decision::Verdict::Deny => decision::Verdict::Alert,
            other => other,
        };
        let series = self.loaded.conduits.of(decision.conduit);
        series.overheard(operation.protocol, verdict, decision.reason, seen.times);
        self.means.metrics.actions(operation.protocol, operation.action, seen.times);
        if verdict != decision::Verdict::Allow && decision.reason.is_some() {
            let ends = self.ends(judged.source, other(seen, judged.source), seen.protocol);
            let overheard = Judged { verdict, ..*judged };
            self.means.events.tell(Notice::Verdict(Box::new(Verdict::of(&overheard, ends))));
        }
    }

    fn anomaly(&mut self, odd: &Odd<'_>) {
        let (Some((protocol, direction)), Some((from, to))) = (odd.message, odd.between) else {
            return self.means.metrics.frame_anomaly(odd.kind, 1);
        };
        let (client, server) = if direction == Direction::ToServer { (from, to) } else { (to, from) };
        let (ends, policy) = (self.ends(client, server, protocol), &self.loaded.policy);
        let Some(asset) = policy.asset_of(server.ip()) else { return };
        let route = policy.route(client.ip(), asset, protocol.id);
        let reason = if direction == Direction::ToServer { Reason::Malformed } else { Reason::Response };
        let incident = Incident {
            what: What::Anomaly(Anomaly::new(odd.kind, 0)),
            reason,
            direction,
            excerpt: odd.excerpt,
            response: Response::Overheard,
            source: client,
            conduit: policy.stance(route).conduit,
            route,
        };
        self.means.metrics.anomaly(protocol.id, odd.kind);
        self.means.events.tell(Notice::Incident(Box::new(Occurrence::of(&incident, ends))));
    }
}

/// The end of a message that `one` is not.
fn other(seen: &Seen<'_>, one: SocketAddr) -> SocketAddr {
    if seen.scene.source == one { seen.scene.destination } else { seen.scene.source }
}
