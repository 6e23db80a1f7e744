//! The series of the bridge: of its ports, and of what it keeps. They exist once there is a bridge.

use super::Metrics;
use super::catalogue as list;
use super::register::{counters, int_gauges};
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};
use sluice_engine::bridge::Census;

/// The families.
pub(super) struct BridgeFamilies {
    packets: IntCounterVec,
    bytes: IntCounterVec,
    drops: IntCounterVec,
    up: IntGaugeVec,
    frames: IntCounterVec,
    flows: IntGaugeVec,
    on_loss: IntGaugeVec,
    bypass_active: IntGauge,
    bypassed: IntCounter,
    edited_lost: IntCounter,
    inspection: Histogram,
    added_latency: Histogram,
}

/// What became of a frame: the `outcome` of `sluice_bridge_frames_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It left as it came.
    Forwarded,
    /// It was built anew, is held, or was meant for the bridge.
    Consumed,
    /// The policy does not allow it.
    Denied,
    /// It is not acceptable, whatever the policy says.
    Malformed,
    /// A limit of the bridge was reached.
    Bound,
    /// It passed, or may have, without the gateway.
    Unheard,
}

/// The handles of one port, shared by the workers.
#[derive(Clone)]
pub(crate) struct PortSeries {
    /// Frames and bytes that came in, and that left.
    pub(crate) packets: [IntCounter; 2],
    pub(crate) bytes: [IntCounter; 2],
    pub(crate) drops: [IntCounter; 2],
    pub(crate) up: IntGauge,
    fates: [IntCounter; Fate::ALL.len()],
}

/// The handles of the bridge as a whole.
#[derive(Clone)]
pub(crate) struct BridgeSeries {
    pub(crate) bypass_active: IntGauge,
    pub(crate) bypassed: IntCounter,
    /// Connections whose ends count differently, by how much nobody knows any more.
    pub(crate) edited_lost: IntCounter,
    pub(crate) inspection: Histogram,
    pub(crate) added_latency: Histogram,
    flows: IntGaugeVec,
}

const KINDS: [&str; 6] = ["inspected", "edited", "followed", "replies", "half-open", "datagrams"];

impl Fate {
    /// Every one, in the order of their discriminants.
    pub(crate) const ALL: [Self; 6] =
        [Self::Forwarded, Self::Consumed, Self::Denied, Self::Malformed, Self::Bound, Self::Unheard];

    /// The label.
    const fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Consumed => "consumed",
            Self::Denied => "denied",
            Self::Malformed => "malformed",
            Self::Bound => "bound",
            Self::Unheard => "unheard",
        }
    }
}

impl PortSeries {
    /// Frames of this port met their fates.
    pub(crate) fn fates(&self, counts: &[u64; Fate::ALL.len()]) {
        for (series, count) in self.fates.iter().zip(counts).filter(|(_, count)| **count > 0) {
            series.inc_by(*count);
        }
    }
}

impl BridgeSeries {
    /// The gauges of one worker.
    pub(crate) fn worker(&self, worker: usize) -> impl Fn(&Census) + use<> {
        let worker = worker.to_string();
        let gauges = KINDS.map(|kind| self.flows.with_label_values(&[worker.as_str(), kind]));
        move |census: &Census| {
            let Census { inspected, edited, followed, replies, half_open, datagrams } = *census;
            for (gauge, count) in gauges.iter().zip([inspected, edited, followed, replies, half_open, datagrams]) {
                gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
    }
}

impl Metrics {
    /// The series of a port that is only listened to.
    pub(crate) fn overheard(&self, port: &str) -> PortSeries {
        self.bridge.port(port)
    }

    /// The series of a bridge between ports of these names, and what it does when the gateway is lost.
    pub(crate) fn bridge(&self, ports: [&str; 2], open: bool) -> (BridgeSeries, [PortSeries; 2]) {
        let families = &self.bridge;
        for (policy, is) in [("open", open), ("closed", !open)] {
            families.on_loss.with_label_values(&[policy]).set(i64::from(is));
        }
        let ports = ports.map(|port| families.port(port));
        let series = BridgeSeries {
            bypass_active: families.bypass_active.clone(),
            bypassed: families.bypassed.clone(),
            edited_lost: families.edited_lost.clone(),
            inspection: families.inspection.clone(),
            added_latency: families.added_latency.clone(),
            flows: families.flows.clone(),
        };
        (series, ports)
    }
}

impl BridgeFamilies {
    /// The handles of one port.
    fn port(&self, port: &str) -> PortSeries {
        let both = |family: &IntCounterVec| ["in", "out"].map(|way| family.with_label_values(&[port, way]));
        PortSeries {
            packets: both(&self.packets),
            bytes: both(&self.bytes),
            drops: both(&self.drops),
            up: self.up.with_label_values(&[port]),
            fates: Fate::ALL.map(|fate| self.frames.with_label_values(&[port, fate.name()])),
        }
    }

    pub(super) fn register(
        registry: &Registry,
        inspection: &HistogramVec,
        added_latency: &HistogramVec,
    ) -> Result<Self, prometheus::Error> {
        Ok(Self {
            packets: counters(registry, &list::PORT_PACKETS)?,
            bytes: counters(registry, &list::PORT_BYTES)?,
            drops: counters(registry, &list::PORT_DROPS)?,
            up: int_gauges(registry, &list::PORT_UP)?,
            frames: counters(registry, &list::FRAMES)?,
            flows: int_gauges(registry, &list::BRIDGE_FLOWS)?,
            on_loss: int_gauges(registry, &list::ON_LOSS)?,
            bypass_active: int_gauges(registry, &list::BYPASS_ACTIVE)?.with_label_values::<&str>(&[]),
            bypassed: counters(registry, &list::BYPASSED)?.with_label_values::<&str>(&[]),
            edited_lost: counters(registry, &list::EDITED_LOST)?.with_label_values::<&str>(&[]),
            inspection: inspection.with_label_values(&["bridge"]),
            added_latency: added_latency.with_label_values(&["bridge"]),
        })
    }
}
