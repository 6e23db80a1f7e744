//! Program-wide series, made from the catalogue at start, every one of them at 0.

use super::bridge::BridgeFamilies;
use super::catalogue::{self as list, Family, Kind};
use super::state::StateSeries;
use super::{Cause, Ending, Upstream};
use prometheus::local::LocalHistogram;
use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};
use sluice_engine::bridge::FRAME_ANOMALIES;
use sluice_model::{Action, AnomalyKind, Descriptor, ProtocolId};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// Every series of the program. One for each gateway; never global, so that two gateways in one process do not mix.
pub struct Metrics {
    registry: Registry,
    pub(super) operations: IntCounterVec,
    pub(super) denials: IntCounterVec,
    pub(super) failures: IntCounterVec,
    pub(super) response: HistogramVec,
    pub(super) modes: IntGaugeVec,
    pub(super) series_dropped: IntCounter,
    /// Conduits that have series of their own, in the order in which they got them.
    pub(super) known: Mutex<Vec<String>>,
    pub(super) protocols: Vec<&'static Descriptor>,
    actions: Vec<[IntCounter; Action::ALL.len()]>,
    anomalies: Vec<Vec<(&'static str, IntCounter)>>,
    inspection: Histogram,
    added_latency: Histogram,
    pub(super) bridge: BridgeFamilies,
    pub(super) state: StateSeries,
    frame_anomalies: Vec<(&'static str, IntCounter)>,
    flows: IntGaugeVec,
    flows_limit: IntGaugeVec,
    policy_info: IntGaugeVec,
    policy_loaded: Gauge,
    policy_reload: IntGauge,
    proxies: [IntGauge; 2],
    accepted: IntCounter,
    refused: IntCounterVec,
    closed: Vec<IntCounter>,
    upstream: Vec<IntCounter>,
    events: IntCounter,
    events_lost: [IntCounter; 2],
}

impl Metrics {
    /// Registers everything that the catalogue lists.
    ///
    /// # Errors
    /// When the catalogue contradicts itself (a name twice); a test keeps that from happening.
    pub fn new(protocols: &[&'static Descriptor]) -> Result<Self, prometheus::Error> {
        let r = Registry::new();
        let build = int_gauges(&r, &list::BUILD_INFO)?;
        let revision = option_env!("SLUICE_REVISION").unwrap_or("unknown");
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), revision]).set(1);
        gauge(&r, &list::START_TIME)?.set(unix_seconds());
        let actions = counters(&r, &list::ACTIONS)?;
        let anomalies = counters(&r, &list::ANOMALIES)?;
        let refused = counters(&r, &list::REFUSED)?;
        for cause in Cause::ALL.iter().filter(|c| c.at_the_door()) {
            refused.with_label_values(&[cause.name()]);
        }
        let closed = counters(&r, &list::CLOSED)?;
        let upstream = counters(&r, &list::UPSTREAM_ERRORS)?;
        let proxies = int_gauges(&r, &list::PROXIES)?;
        let lost = counters(&r, &list::EVENTS_LOST)?;
        let inspection = histograms(&r, &list::INSPECTION)?;
        let added_latency = histograms(&r, &list::ADDED_LATENCY)?;
        Ok(Self {
            operations: counters(&r, &list::OPERATIONS)?,
            denials: counters(&r, &list::DENIALS)?,
            failures: counters(&r, &list::FAILURE_POLICY)?,
            response: histograms(&r, &list::RESPONSE)?,
            modes: int_gauges(&r, &list::CONDUIT_MODE)?,
            series_dropped: counters(&r, &list::SERIES_DROPPED)?.with_label_values::<&str>(&[]),
            known: Mutex::new(Vec::new()),
            actions: protocols
                .iter()
                .map(|p| Action::ALL.map(|a| actions.with_label_values(&[p.name, a.name()])))
                .collect(),
            anomalies: protocols.iter().map(|p| anomaly_series(&anomalies, p)).collect(),
            protocols: protocols.to_vec(),
            inspection: inspection.with_label_values(&["proxy"]),
            added_latency: added_latency.with_label_values(&["proxy"]),
            bridge: BridgeFamilies::register(&r, &inspection, &added_latency)?,
            state: StateSeries::register(&r)?,
            frame_anomalies: frame_anomaly_series(&anomalies),
            flows: int_gauges(&r, &list::FLOWS)?,
            flows_limit: int_gauges(&r, &list::FLOWS_LIMIT)?,
            policy_info: int_gauges(&r, &list::POLICY_INFO)?,
            policy_loaded: gauge(&r, &list::POLICY_LOADED)?,
            policy_reload: int_gauges(&r, &list::POLICY_RELOAD)?.with_label_values::<&str>(&[]),
            proxies: ["listening", "failed"].map(|s| proxies.with_label_values(&[s])),
            accepted: counters(&r, &list::ACCEPTED)?.with_label_values::<&str>(&[]),
            refused,
            closed: Ending::ALL.iter().map(|e| closed.with_label_values(&[e.name()])).collect(),
            upstream: Upstream::ALL.iter().map(|k| upstream.with_label_values(&[k.name()])).collect(),
            events: counters(&r, &list::EVENTS)?.with_label_values::<&str>(&[]),
            events_lost: ["queue-full", "write-error"].map(|c| lost.with_label_values(&[c])),
            registry: r,
        })
    }

    /// The text format of Prometheus.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        // Writing to memory cannot fail, and a family that did would be missing from the page, not stop it.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        text
    }

    /// One operation was judged.
    pub fn action(&self, protocol: ProtocolId, action: Action) {
        if let Some(of) = self.actions.get(usize::from(protocol.0)) {
            of[action as usize].inc();
        }
    }

    /// Operations of this kind were overheard.
    pub fn actions(&self, protocol: ProtocolId, action: Action, times: u64) {
        if let Some(of) = self.actions.get(usize::from(protocol.0)) {
            of[action as usize].inc_by(times);
        }
    }

    /// One message was not acceptable.
    pub fn anomaly(&self, protocol: ProtocolId, kind: &AnomalyKind) {
        let Some(of) = self.anomalies.get(usize::from(protocol.0)) else { return };
        let found = of.iter().find(|(name, _)| *name == kind.name).or(of.last());
        if let Some((_, counter)) = found {
            counter.inc();
        }
    }

    /// One frame was not acceptable, or several of the same kind.
    pub fn frame_anomaly(&self, kind: &AnomalyKind, count: u64) {
        let found = self.frame_anomalies.iter().find(|(name, _)| *name == kind.name).or(self.frame_anomalies.last());
        if let Some((_, counter)) = found {
            counter.inc_by(count);
        }
    }

    /// Time to decode and decide what one read brought, and time from receiving to having sent, both in seconds: cells of
    /// one worker of the proxy, seen by others when it flushes them.
    pub fn timings(&self) -> [LocalHistogram; 2] {
        [self.inspection.local(), self.added_latency.local()]
    }

    /// The gauge of open connections of a worker, its limit set.
    pub fn worker(&self, worker: usize, limit: usize) -> IntGauge {
        let name = worker.to_string();
        self.flows_limit.with_label_values(&[name.as_str()]).set(i64::try_from(limit).unwrap_or(i64::MAX));
        self.flows.with_label_values(&[name.as_str()])
    }

    /// A policy with this hash runs from now on.
    pub fn policy_loaded(&self, hash: &str) {
        self.policy_info.reset();
        self.policy_info.with_label_values(&[hash]).set(1);
        self.policy_loaded.set(unix_seconds());
        self.policy_reload.set(1);
    }

    /// The policy on disk is broken; the one before still runs.
    pub fn policy_broken(&self) {
        self.policy_reload.set(0);
    }

    /// The policy on disk is the one that runs.
    pub fn policy_confirmed(&self) {
        self.policy_reload.set(1);
    }

    /// How many proxies listen and how many could not.
    pub fn proxies(&self, listening: usize, failed: usize) {
        for (gauge, count) in self.proxies.iter().zip([listening, failed]) {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// A proxy that could not take its address listens now.
    pub fn proxy_recovered(&self) {
        let [listening, failed] = &self.proxies;
        listening.inc();
        failed.dec();
    }

    /// A connection was taken.
    pub fn accepted(&self) {
        self.accepted.inc();
    }

    /// A connection was reset at the door.
    pub fn refused(&self, cause: Cause) {
        self.refused.with_label_values(&[cause.name()]).inc();
    }

    /// A connection ended.
    pub fn closed(&self, ending: Ending) {
        self.closed[ending as usize].inc();
    }

    /// A controller could not be reached, or its connection broke.
    pub fn upstream_error(&self, kind: Upstream) {
        self.upstream[kind as usize].inc();
    }

    /// An event was written.
    pub fn event_written(&self) {
        self.events.inc();
    }

    /// Events found no room in the queue.
    pub fn events_overflowed(&self, count: u64) {
        self.events_lost[0].inc_by(count);
    }

    /// An event could not be written.
    pub fn event_unwritable(&self) {
        self.events_lost[1].inc();
    }

    /// Messages that were not acceptable, of every kind.
    pub fn anomalies_seen(&self) -> u64 {
        self.anomalies.iter().flatten().map(|(_, counter)| counter.get()).sum()
    }

    /// Connections that are open now.
    pub fn connections(&self) -> u64 {
        use prometheus::core::Collector;
        let families = self.flows.collect();
        let series = families.iter().flat_map(prometheus::proto::MetricFamily::get_metric);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small count
        series.map(|metric| metric.get_gauge().get_value() as u64).sum()
    }

    /// The added latency below which a share `q` of all reads stayed, in seconds, interpolated inside its bucket;
    /// `None` before the first.
    pub fn latency_quantile(&self, q: f64) -> Option<f64> {
        use prometheus::core::Metric;
        let metric = self.added_latency.metric();
        let histogram = metric.get_histogram();
        let total = histogram.get_sample_count();
        #[allow(clippy::cast_precision_loss)] // counts stay far below 2^53
        let rank = q * total as f64;
        let (mut below, mut floor) = (0.0, 0.0);
        for bucket in histogram.get_bucket() {
            #[allow(clippy::cast_precision_loss)]
            let count = bucket.cumulative_count() as f64;
            if total > 0 && count >= rank {
                let share = if count > below { (rank - below) / (count - below) } else { 1.0 };
                return Some(floor + share * (bucket.upper_bound() - floor));
            }
            (below, floor) = (count, bucket.upper_bound());
        }
        (total > 0).then_some(floor)
    }
}

/// One counter for each anomaly that a protocol or the engine declares, and `other` last.
fn anomaly_series(family: &IntCounterVec, protocol: &'static Descriptor) -> Vec<(&'static str, IntCounter)> {
    let own = protocol.anomalies.iter().chain(sluice_engine::ANOMALIES).map(|a| a.name);
    let names = own.chain(["other"]);
    names.map(|name| (name, family.with_label_values(&[protocol.name, name]))).collect()
}

/// The same for what the bridge finds in frames, under a name that no protocol has.
fn frame_anomaly_series(family: &IntCounterVec) -> Vec<(&'static str, IntCounter)> {
    let names = FRAME_ANOMALIES.iter().map(|a| a.name).chain(["other"]);
    names.map(|name| (name, family.with_label_values(&["frame", name]))).collect()
}

/// Seconds since 1970.
#[allow(clippy::disallowed_methods)]
fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn names(family: &Family) -> Vec<&'static str> {
    family.labels.iter().map(|l| l.name).collect()
}

pub(super) fn counters(registry: &Registry, family: &Family) -> Result<IntCounterVec, prometheus::Error> {
    let vec = IntCounterVec::new(Opts::new(family.name, family.help), &names(family))?;
    registry.register(Box::new(vec.clone()))?;
    Ok(vec)
}

pub(super) fn int_gauges(registry: &Registry, family: &Family) -> Result<IntGaugeVec, prometheus::Error> {
    let vec = IntGaugeVec::new(Opts::new(family.name, family.help), &names(family))?;
    registry.register(Box::new(vec.clone()))?;
    Ok(vec)
}

fn gauge(registry: &Registry, family: &Family) -> Result<Gauge, prometheus::Error> {
    let vec = GaugeVec::new(Opts::new(family.name, family.help), &names(family))?;
    registry.register(Box::new(vec.clone()))?;
    Ok(vec.with_label_values::<&str>(&[]))
}

fn histograms(registry: &Registry, family: &Family) -> Result<HistogramVec, prometheus::Error> {
    let bounds = match family.kind {
        Kind::Histogram(bounds) => bounds.to_vec(),
        Kind::Counter | Kind::Gauge => Vec::new(),
    };
    let vec = HistogramVec::new(HistogramOpts::new(family.name, family.help).buckets(bounds), &names(family))?;
    registry.register(Box::new(vec.clone()))?;
    Ok(vec)
}
