//! Counts what is seen, and tells the report.

use super::Limits;
use super::anomalies::{DEVICE_TABLE_FULL, OUTSTANDING_FULL};
use super::books::Books;
use super::flows;
use super::report::{Odd, Report, Scene, Seen};
use super::summary::{Content, Device};
use crate::Incident;
use crate::inspect::{Heard, Witness};
use crate::output::Judged;
use sluice_model::{Anomaly, AnomalyKind, Descriptor, Direction, Instant, Operation};
use sluice_policies::decision::Verdict;
use sluice_policies::policy::Policy;
use sluice_protocols::Protocol;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The books while one packet is read.
pub(super) struct Ledger<'l> {
    pub(super) at: Instant,
    pub(super) limits: &'l Limits,
    pub(super) policy: Option<&'l Arc<Policy>>,
    pub(super) books: &'l mut Books,
    pub(super) report: &'l mut dyn Report,
    /// Who is heard to whom.
    ends: Option<(SocketAddr, SocketAddr)>,
}

impl<'l> Ledger<'l> {
    pub(super) fn new(
        at: Instant,
        limits: &'l Limits,
        policy: Option<&'l Arc<Policy>>,
        books: &'l mut Books,
        report: &'l mut dyn Report,
    ) -> Self {
        Self { at, limits, policy, books, report, ends: None }
    }

    /// From now on, the end `sender` of a flow is heard.
    pub(super) fn between(&mut self, key: &flows::Key, sender: usize) {
        self.ends = Some((key.ends[sender], key.ends[1 - sender]));
    }

    /// From now on, `source` is heard.
    pub(super) fn ends(&mut self, source: SocketAddr, destination: SocketAddr) {
        self.ends = Some((source, destination));
    }

    /// Something odd of a frame or a flow.
    pub(super) fn odd(&mut self, kind: &'static AnomalyKind, bytes: &[u8]) {
        *self.books.anomalies.entry(kind.name).or_default() += 1;
        self.tell(kind, None, bytes);
    }

    fn tell(&mut self, kind: &'static AnomalyKind, message: Option<(&'static Descriptor, Direction)>, bytes: &[u8]) {
        self.report.anomaly(&Odd {
            at: self.at,
            packet: self.books.packets,
            between: self.ends,
            message,
            kind,
            excerpt: &bytes[..bytes.len().min(Incident::EXCERPT)],
        });
    }

    /// Something odd of a message.
    fn odd_message(&mut self, protocol: &'static Descriptor, direction: Direction, anomaly: Anomaly, bytes: &[u8]) {
        self.books.odd_message(protocol, anomaly.kind);
        self.tell(anomaly.kind, Some((protocol, direction)), bytes);
    }

    /// Bytes of a flow in which no message can be found; a gate ends there.
    pub(super) fn unframed(
        &mut self,
        protocol: &'static Descriptor,
        direction: Direction,
        anomaly: Anomaly,
        bytes: &[u8],
    ) {
        self.odd_message(protocol, direction, anomaly, bytes);
        if let Some(verdicts) = &mut self.books.verdicts {
            verdicts.deny += 1;
        }
    }

    /// A whole message, and how often it came.
    pub(super) fn message(&mut self, protocol: &'static dyn Protocol, direction: Direction, unit: &[u8], times: u64) {
        self.books.message(protocol, direction, unit, times);
    }

    /// What a message came to.
    pub(super) fn heard(&mut self, protocol: &'static Descriptor, heard: Heard) {
        if heard == Heard::Unpaired {
            self.books.unpaired(protocol);
        }
        let Some(verdicts) = &mut self.books.verdicts else { return };
        match heard {
            Heard::Verdict(Verdict::Allow) => verdicts.allow += 1,
            Heard::Verdict(Verdict::Alert) => verdicts.alert += 1,
            Heard::Verdict(Verdict::Deny) => verdicts.deny += 1,
            Heard::Moot => verdicts.moot += 1,
            Heard::Unpaired => {}
        }
    }

    /// A packet whose content no protocol here reads.
    pub(super) fn unidentified(&mut self, content: Content) {
        let known = &mut self.books.unidentified;
        let full = known.len() >= self.limits.unidentified && !known.contains_key(&content);
        *known.entry(if full { Content::Other } else { content }).or_default() += 1;
    }

    /// An address that sent something.
    pub(super) fn device(&mut self, ip: IpAddr, mac: Option<[u8; 6]>) {
        if let Some(device) = self.books.devices.get_mut(&ip) {
            device.mac = device.mac.or(mac);
        } else if self.books.devices.len() < self.limits.devices {
            self.books.devices.insert(ip, Device { mac, ..Device::default() });
        } else {
            self.odd(&DEVICE_TABLE_FULL, &[]);
        }
    }

    /// An address that speaks a protocol, and as what.
    pub(super) fn speaks(&mut self, ip: IpAddr, protocol: &'static str, direction: Direction) {
        if let Some(device) = self.books.devices.get_mut(&ip) {
            device.protocols.insert(protocol);
            match direction {
                Direction::ToServer => device.client = true,
                Direction::ToClient => device.server = true,
            }
        }
    }
}

/// Hears one message.
pub(super) struct Listener<'a, 'l> {
    pub(super) ledger: &'a mut Ledger<'l>,
    pub(super) protocol: &'static Descriptor,
    pub(super) direction: Direction,
    pub(super) unit: &'a [u8],
    pub(super) times: u64,
}

impl Witness for Listener<'_, '_> {
    fn operation(&mut self, operation: &Operation<'_>, refused: Option<u16>, judged: Option<&Judged<'_>>) {
        let Some((source, destination)) = self.ledger.ends else { return };
        let scene = Scene { at: self.ledger.at, packet: self.ledger.books.packets, source, destination };
        let (protocol, times) = (self.protocol, self.times);
        self.ledger.report.operation(&Seen { scene, protocol, operation, refused, times, judged });
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.ledger.odd_message(self.protocol, self.direction, anomaly, self.unit);
    }

    fn crowded(&mut self) {
        self.ledger.odd(&OUTSTANDING_FULL, self.unit);
    }
}
