//! Decisions on what is not inspected, in words.

use super::Explanation;
use crate::decision::{Decision, Reason};
use crate::policy::Policy;
use crate::services::{Carries, End, Packet, presets};
use crate::site::AssetId;
use sluice_model::Instant;

impl Policy {
    /// Puts a decision of [`Policy::service`] on the same packet into words.
    pub fn explain_service(&self, from: End, to: End, packet: Packet, decision: &Decision) -> Explanation {
        self.explain_service_at(from, to, packet, decision, Instant::default())
    }

    /// Puts a decision that was made in a turn at `now` into words.
    pub fn explain_service_at(
        &self,
        from: End,
        to: End,
        packet: Packet,
        decision: &Decision,
        now: Instant,
    ) -> Explanation {
        let statement = decision.statement.map(|id| self.statement_name(id));
        let sentence = match (decision.reason, &statement) {
            (None, by) => format!("{} allows it", by.as_deref().unwrap_or("the policy")),
            (Some(Reason::NoConduit), _) => self.not_joined(from, to),
            (Some(reason), Some(statement)) if reason != Reason::NoStatement => {
                self.condition_of_service(decision, reason, statement, now)
            }
            (Some(_), _) => {
                format!("conduit {} has no statement about it", self.conduit_name(decision.conduit))
            }
        };
        Explanation {
            verdict: decision.verdict,
            reason: decision.reason,
            statement,
            at: decision.statement.map(|id| self.statement_at(id)),
            operation: words(packet),
            sentence,
            nearest: None,
            tag: None,
            value: None,
            unit: None,
            others: Vec::new(),
        }
    }

    fn condition_of_service(&self, decision: &Decision, reason: Reason, statement: &str, now: Instant) -> String {
        let terms = decision.statement.and_then(|id| self.terms().of(id));
        let rate = terms.and_then(|terms| terms.rate.as_ref()).filter(|_| reason == Reason::Rate);
        match (rate, decision.statement, self.bound().peek(now)) {
            (Some(rate), ..) => format!("{statement} has had its {}", rate.wording),
            (None, Some(id), Some(known)) => self.lasting_words(&known, id, reason, statement),
            _ => format!("{statement} does not hold ({})", reason.name()),
        }
    }

    fn not_joined(&self, from: End, to: End) -> String {
        let (sender, receiver) = (self.end_name(from), self.end_name(to));
        if let Some(conduit) = self.opened_by_other(from, to) {
            let name = self.conduit_name(conduit);
            return format!("in conduit {name} it is {receiver} who opens, and {sender} answers");
        }
        let apart = match (from, to) {
            (End::Asset(from), End::Asset(to)) => self.apart(from, to),
            _ => String::new(),
        };
        format!("no conduit joins {sender} to {receiver}{apart}")
    }

    /// What keeps a conduit within cells from joining two assets, if there is one: `; panels joins assets of one cell`.
    pub(crate) fn apart(&self, from: AssetId, to: AssetId) -> String {
        let Some(conduit) = self.joined_in_a_cell(from, to) else { return String::new() };
        let cell = |id: AssetId| match &self.site().asset(id).cell {
            Some(cell) => format!("in {cell}"),
            None => "in none".into(),
        };
        format!(
            "; {} joins assets of one cell, and these stand {} and {}",
            self.conduit_name(conduit),
            cell(from),
            cell(to)
        )
    }

    /// The asset's name, or the address.
    fn end_name(&self, end: End) -> String {
        match end {
            End::Asset(id) => self.site().asset(id).name.clone(),
            End::Address(ip) => ip.to_string(),
            End::Mac(mac) => mac.to_string(),
        }
    }
}

/// `TCP to port 22 (ssh)`.
fn words(packet: Packet) -> String {
    match presets().iter().find(|p| p.legs.iter().any(|leg| carries(leg.carries, packet))) {
        Some(preset) => format!("{packet} ({})", preset.name),
        None => packet.to_string(),
    }
}

fn carries(carries: Carries, packet: Packet) -> bool {
    match (carries, packet) {
        (Carries::Tcp(ports), Packet::Tcp { port })
        | (Carries::Reads(ports), Packet::Udp { port, .. } | Packet::Reading { port, .. })
        | (Carries::Moves(ports), Packet::Udp { port, .. }) => ports.contains(&port),
        (Carries::Udp { source: wanted, ports }, Packet::Udp { source, port }) => {
            ports.contains(&port) && wanted.is_none_or(|wanted| wanted == source)
        }
        (Carries::Icmp(asks, _), Packet::Icmp { kind }) | (Carries::Icmp6(asks, _), Packet::Icmp6 { kind }) => {
            asks == kind
        }
        (Carries::Ethertype(known), Packet::Ethertype(number)) => known == number,
        (Carries::Llc(point), Packet::Llc { destination, source }) => point == destination && point == source,
        _ => false,
    }
}
