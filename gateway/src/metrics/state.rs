//! Series of what the gateway knows of its plant and was ordered to do.

use super::catalogue as list;
use super::register::{counters, int_gauges};
use prometheus::{IntCounter, IntGauge, Registry};
use sluice_policies::state::Summary;

/// Answers to what is asked over the control socket: the `outcome` of `sluice_control_requests_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ordered {
    /// It is done.
    Done,
    /// It waits for somebody else to ask for the same.
    Waiting,
    /// It is not done.
    Refused,
}

/// The handles.
pub(super) struct StateSeries {
    facts: [IntGauge; 3],
    held: IntGauge,
    windows: IntGauge,
    broken: IntGauge,
    lockdown: IntGauge,
    clock: IntGauge,
    requests: [IntCounter; 3],
}

impl StateSeries {
    pub(super) fn register(r: &Registry) -> Result<Self, prometheus::Error> {
        let facts = int_gauges(r, &list::FACTS)?;
        let requests = counters(r, &list::CONTROL_REQUESTS)?;
        let gauge = |family| int_gauges(r, family).map(|vec| vec.with_label_values::<&str>(&[]));
        Ok(Self {
            facts: ["fresh", "stale", "unknown"].map(|state| facts.with_label_values(&[state])),
            held: gauge(&list::RESERVATIONS)?,
            windows: gauge(&list::WINDOWS_OPEN)?,
            broken: gauge(&list::BREAK_GLASS)?,
            lockdown: gauge(&list::LOCKDOWN)?,
            clock: gauge(&list::CLOCK_TRUSTED)?,
            requests: ["done", "waiting", "refused"].map(|outcome| requests.with_label_values(&[outcome])),
        })
    }
}

impl super::Metrics {
    /// How the state stands.
    pub(crate) fn state(&self, summary: &Summary) {
        let series = &self.state;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        for (gauge, n) in series.facts.iter().zip([summary.fresh, summary.stale, summary.unknown]) {
            gauge.set(count(n));
        }
        series.held.set(count(summary.held));
        series.windows.set(count(summary.windows.len()));
        series.broken.set(summary.broken.is_some().into());
        series.lockdown.set(summary.lockdown.into());
        series.clock.set(summary.clock.into());
    }

    /// Something was asked over the control socket.
    pub(crate) fn ordered(&self, ordered: Ordered) {
        self.state.requests[ordered as usize].inc();
    }
}
