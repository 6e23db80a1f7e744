//! The answer for programs: one object a file.

use crate::capture::{Stop, Why};
use serde::{Serialize, Serializer};
use sluice_engine::observe::{Content, Device, Key, Spoken, Summary};
use std::collections::BTreeMap;
use std::path::Path;

/// What `--format json` prints of a file.
#[derive(Serialize)]
pub(super) struct Account<'s> {
    file: String,
    packets: u64,
    bytes: u64,
    seconds: f64,
    protocols: BTreeMap<&'static str, Said<'s>>,
    anomalies: &'s BTreeMap<&'static str, u64>,
    #[serde(serialize_with = "by_words")]
    unidentified: &'s BTreeMap<Content, u64>,
    devices: Vec<Present<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Verdicts>,
    /// Only of a broken file.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<&'s Broken>,
    /// Only of an interface: what the kernel counted.
    #[cfg(feature = "monitor")]
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<crate::dataplane::monitor::Kernel>,
}

#[derive(Serialize)]
struct Said<'s> {
    messages: u64,
    counts: BTreeMap<&'static str, Keys<'s>>,
    anomalies: &'s BTreeMap<&'static str, u64>,
}

struct Keys<'s>(&'s BTreeMap<Key, u64>);

#[derive(Serialize)]
struct Present<'s> {
    ip: String,
    mac: Option<String>,
    roles: Vec<&'static str>,
    protocols: Vec<&'s str>,
}

/// Verdicts on messages.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Verdicts {
    pub(super) allow: u64,
    pub(super) alert: u64,
    pub(super) deny: u64,
}

/// Where and why a file is broken.
#[derive(Serialize)]
pub(super) struct Broken {
    at: u64,
    why: String,
    /// The same, and what it means for the answer.
    #[serde(skip)]
    pub(super) sentence: String,
}

impl<'s> Account<'s> {
    pub(super) fn of(file: &Path, summary: &'s Summary, broken: Option<&'s Broken>) -> Self {
        Self {
            file: file.display().to_string(),
            packets: summary.packets,
            bytes: summary.bytes,
            seconds: seconds(summary),
            protocols: summary.protocols.iter().map(|(name, spoken)| (*name, Said::of(spoken))).collect(),
            anomalies: &summary.anomalies,
            unidentified: &summary.unidentified,
            devices: summary
                .devices
                .iter()
                .map(|(ip, device)| Present {
                    ip: ip.to_string(),
                    mac: device.mac.map(mac),
                    roles: roles(device),
                    protocols: device.protocols.iter().copied().collect(),
                })
                .collect(),
            verdicts: Verdicts::of(summary),
            broken,
            #[cfg(feature = "monitor")]
            kernel: None,
        }
    }

    /// The same with what the kernel counted.
    #[cfg(feature = "monitor")]
    pub(super) fn with(self, kernel: crate::dataplane::monitor::Kernel) -> Self {
        Self { kernel: Some(kernel), ..self }
    }
}

impl<'s> Said<'s> {
    fn of(spoken: &'s Spoken) -> Self {
        let counts = spoken.counts.iter().map(|(facet, keys)| (*facet, Keys(keys))).collect();
        Self { messages: spoken.messages, counts, anomalies: &spoken.anomalies }
    }
}

impl Verdicts {
    pub(super) fn of(summary: &Summary) -> Option<Self> {
        summary.verdicts.map(|v| Self { allow: v.allow, alert: v.alert, deny: v.deny })
    }
}

impl Broken {
    /// Of a file that is; not of one that is still being written.
    pub(super) fn of(stop: Stop) -> Option<Self> {
        let sentence = stop.to_string();
        match stop.why {
            Why::Broken(why) => Some(Self { at: stop.at, why, sentence }),
            Why::Unfinished => None,
        }
    }
}

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, count)| (key.to_string(), count)))
    }
}

fn by_words<S: Serializer>(counts: &BTreeMap<Content, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(content, count)| (content.to_string(), count)))
}

/// The time from the earliest packet to the latest.
pub(super) fn seconds(summary: &Summary) -> f64 {
    summary.span.map_or(0.0, |(first, last)| last.since(first).as_secs_f64())
}

/// A hardware address.
pub(super) fn mac(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

/// What a device did in protocols that are read here.
pub(super) fn roles(device: &Device) -> Vec<&'static str> {
    [(device.client, "client"), (device.server, "server")].into_iter().filter(|(is, _)| *is).map(|(_, r)| r).collect()
}
