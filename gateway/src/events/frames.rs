//! Frames that may not cross the bridge, in words.

use super::describe::{ICS_V, hexadecimal};
use super::event::{Action, Anomaly, Decision, Endpoint, Event, Ics, Severity, class};
use crate::policy::Loaded;
use sluice_engine::Response;
use sluice_engine::bridge::{self, Party, Traffic, Why};
use sluice_policies::decision::{ConduitId, Reason, StatementId, Verdict};
use std::sync::Arc;

/// Frames of one kind between two ends, owned.
pub(crate) struct Frames {
    pub(super) why: Why,
    verdict: Verdict,
    response: Response,
    /// The name of the port that they came in by.
    port: String,
    pub(super) source: Party,
    pub(super) destination: Party,
    vlans: [u16; 2],
    traffic: Traffic,
    pub(super) conduit: ConduitId,
    statement: Option<StatementId>,
    count: u64,
    excerpt: Box<[u8]>,
    pub(super) loaded: Arc<Loaded>,
}

impl Frames {
    pub(crate) fn of(notice: &bridge::Notice<'_>, port: String, loaded: Arc<Loaded>) -> Self {
        let bridge::Notice { why, verdict, response, source, destination, vlans, traffic, conduit, .. } = *notice;
        let bridge::Notice { statement, count, excerpt, .. } = *notice;
        let excerpt = excerpt.into();
        Self {
            why,
            verdict,
            response,
            port,
            source,
            destination,
            vlans,
            traffic,
            conduit,
            statement,
            count,
            excerpt,
            loaded,
        }
    }

    /// How much it matters.
    pub(super) fn severity(&self) -> Severity {
        match self.why {
            Why::Policy(Reason::NoConduit) | Why::Anomaly(_) | Why::Bound(_) => Severity::Medium,
            Why::Policy(_) => Severity::Low,
        }
    }

    pub(super) fn event(&self, at: u64, severity: Severity) -> Event {
        let (done, action) = match (self.verdict, self.response) {
            (Verdict::Deny, Response::Reset) => ("denied, and the connection was reset", Action::Denied),
            (Verdict::Deny, _) => ("denied", Action::Denied),
            (Verdict::Alert, _) => ("would be denied", Action::Observed),
            (Verdict::Allow, _) => ("allowed", Action::Allowed),
        };
        let why = self.sentence();
        let [from, to] = [&self.source, &self.destination].map(|party| self.name(party));
        let message = format!("{from} -> {to}: {}{} {done}: {why}", self.carried(), self.tags());
        let anomaly = match self.why {
            Why::Anomaly(kind) => {
                let excerpt = hexadecimal(&self.excerpt);
                Some(Anomaly { kind: kind.name, clause: kind.clause, offset: 0, excerpt })
            }
            Why::Policy(_) | Why::Bound(_) => None,
        };
        let policy = &self.loaded.policy;
        let decision = Decision {
            verdict: self.verdict.name(),
            conduit: Some(policy.conduit_name(self.conduit).to_owned()),
            statement: self.statement.map(|id| policy.statement_name(id)),
            at: self.statement.map(|id| policy.statement_at(id)),
            reason: Some(self.why.name()),
            why: Some(why),
            nearest: None,
        };
        let [source, destination] = self.endpoints();
        Event {
            action_id: Some(action),
            src_endpoint: Some(source),
            dst_endpoint: Some(destination),
            ics_v: Some(ICS_V),
            ics: Some(Ics { protocol: "frame", operation: Some(self.carried()), anomaly, ..Ics::default() }),
            decision: Some(decision),
            count: self.count,
            ..Event::new(class::VERDICT, at, severity, message)
        }
    }

    /// The asset's name, or the address.
    pub(super) fn name(&self, party: &Party) -> String {
        let asset = party.asset.and_then(|id| self.loaded.policy.site().assets.get(id.0 as usize));
        asset.map_or_else(|| address(party), |asset| asset.name.clone())
    }

    /// What they carry, in the field's words.
    pub(super) fn carried(&self) -> String {
        match self.traffic {
            Traffic::Tcp(_, port) => format!("TCP port {port}"),
            Traffic::Udp(_, port) => format!("UDP port {port}"),
            Traffic::Icmp(kind, code) => format!("ICMP type {kind} code {code}"),
            Traffic::Ip(protocol) => format!("IP protocol {protocol}"),
            Traffic::Arp(1) => "ARP request".to_owned(),
            Traffic::Arp(2) => "ARP reply".to_owned(),
            Traffic::Arp(operation) => format!("ARP operation {operation}"),
            Traffic::Ether(number) => format!("Ethertype 0x{number:04X}"),
            Traffic::Llc(point) => format!("802.2 frame for 0x{point:02X}"),
            Traffic::Unread => "frame".to_owned(),
        }
    }

    fn tags(&self) -> String {
        match self.vlans {
            [0, _] => format!(" at port {}", self.port),
            [outer, 0] => format!(" in VLAN {outer} at port {}", self.port),
            [outer, inner] => format!(" in VLAN {outer}.{inner} at port {}", self.port),
        }
    }

    fn sentence(&self) -> String {
        match self.why {
            Why::Policy(Reason::NoConduit) => "no conduit joins the two".to_owned(),
            Why::Policy(_) => format!(
                "no statement of {} allows it",
                match self.loaded.policy.conduit_name(self.conduit) {
                    "" => "the policy",
                    conduit => conduit,
                }
            ),
            Why::Anomaly(kind) => kind.meaning.trim_end_matches('.').to_owned(),
            Why::Bound(bound) => bound.meaning().to_owned(),
        }
    }

    fn endpoints(&self) -> [Endpoint; 2] {
        let ports = match self.traffic {
            Traffic::Tcp(source, destination) | Traffic::Udp(source, destination) => [source, destination],
            _ => [0, 0],
        };
        let end = |party: &Party, port| {
            let asset = party.asset.and_then(|id| self.loaded.policy.site().assets.get(id.0 as usize));
            Endpoint { name: asset.map(|a| a.name.clone()), ip: address(party), port }
        };
        [end(&self.source, ports[0]), end(&self.destination, ports[1])]
    }
}

/// The IP address, or the hardware address of who has none.
fn address(party: &Party) -> String {
    let mac = || party.mac.map(|byte| format!("{byte:02x}")).join(":");
    party.ip.map_or_else(mac, |ip| ip.to_string())
}
