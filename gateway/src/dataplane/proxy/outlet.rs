//! Where the engine's output goes: bytes into the worker's buffers, reports into counters and the event queue.

use super::{Shared, Target};
use crate::events::{Ends, Notice, Occurrence, Verdict};
use crate::metrics::Cause;
use crate::policy::Loaded;
use sluice_engine::{Answer, Forgotten, Incident, Judged, Output, What};
use sluice_model::Direction;
use sluice_policies::decision;
use std::net::SocketAddr;
use std::sync::Arc;

/// What one call into the engine lets out.
pub(super) struct Outlet<'a> {
    pub(super) shared: &'a Shared,
    pub(super) loaded: &'a Arc<Loaded>,
    pub(super) target: &'a Arc<Target>,
    pub(super) source: SocketAddr,
    pub(super) to_server: &'a mut Vec<u8>,
    pub(super) to_client: &'a mut Vec<u8>,
    pub(super) finish_server: bool,
    pub(super) finish_client: bool,
    pub(super) reset: bool,
}

impl Outlet<'_> {
    fn ends(&self) -> Ends {
        Ends { source: self.source, target: self.target.clone(), loaded: self.loaded.clone() }
    }
}

impl Output for Outlet<'_> {
    fn send(&mut self, direction: Direction, bytes: &[u8]) {
        match direction {
            Direction::ToServer => self.to_server.extend_from_slice(bytes),
            Direction::ToClient => self.to_client.extend_from_slice(bytes),
        }
    }

    fn finish(&mut self, direction: Direction) {
        match direction {
            Direction::ToServer => self.finish_server = true,
            Direction::ToClient => self.finish_client = true,
        }
    }

    fn reset(&mut self, _why: &'static str) {
        self.reset = true;
    }

    fn judged(&mut self, judged: &Judged<'_>) {
        let Judged { operation, decision, verdict, .. } = judged;
        self.loaded.conduits.of(decision.conduit).judged(operation.protocol, *verdict, decision.reason);
        self.shared.metrics.action(operation.protocol, operation.action);
        if *verdict != decision::Verdict::Allow && decision.reason.is_some() || decision.trial {
            self.shared.events.tell(Notice::Verdict(Box::new(Verdict::of(judged, self.ends()))));
        }
    }

    fn incident(&mut self, incident: &Incident<'_>) {
        let series = self.loaded.conduits.of(incident.conduit);
        series.withheld(incident.reason);
        match incident.what {
            What::Anomaly(anomaly) => {
                self.shared.metrics.anomaly(self.target.protocol.descriptor().id, anomaly.kind);
            }
            What::Failure(cause) => series.failed(Cause::from(cause)),
        }
        self.shared.events.tell(Notice::Incident(Box::new(Occurrence::of(incident, self.ends()))));
    }

    fn answered(&mut self, answer: &Answer) {
        self.loaded.conduits.of(answer.conduit).answered(answer.elapsed.as_secs_f64());
    }

    fn forgotten(&mut self, forgotten: &Forgotten) {
        self.loaded.conduits.of(forgotten.conduit).failed(Cause::Unanswered);
    }
}
