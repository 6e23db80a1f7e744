//! Reports of frames that may not pass, a flood of which costs no more than its counting.

use super::anomalies::SAME_SIDE;
use super::flow::Entry;
use super::frame::{Frame, Refusal};
use super::key::Place;
use super::{Leaving, Notice, Party, Side, Traffic, Why};
use crate::Response;
use core::time::Duration;
use foldhash::fast::RandomState;
use sluice_model::{Direction, Instant};
use sluice_policies::decision::{ConduitId, Reason, StatementId, Verdict};
use sluice_policies::policy::Policy;
use std::collections::HashMap;

/// Kinds that are told apart; of what else comes, only the reason is.
const KINDS: usize = 1024;
/// How often what followed is reported.
const EVERY: Duration = Duration::from_secs(10);

/// What was reported, and how often it came again since.
#[derive(Default)]
pub(super) struct Notices {
    /// A quick hash will do: it is seeded, and the table is small whatever comes.
    kinds: HashMap<Kind, Told, RandomState>,
    /// When the counts are reported next.
    due: Option<Instant>,
}

/// What makes two frames the same to a reader of reports: ports of askers do not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    why: &'static str,
    /// Nothing when there are too many kinds.
    ends: Option<(Side, Party, Party, Traffic)>,
}

/// One kind.
struct Told {
    why: Why,
    verdict: Verdict,
    response: Response,
    side: Side,
    source: Party,
    destination: Party,
    vlans: [u16; 2],
    traffic: Traffic,
    conduit: ConduitId,
    statement: Option<StatementId>,
    count: u64,
}

impl Notices {
    /// A frame does not pass, or passes although it is not allowed.
    pub(super) fn note(
        &mut self,
        frame: &Frame<'_>,
        refusal: &Refusal,
        (verdict, response): (Verdict, Response),
        out: &mut dyn Leaving,
    ) {
        // On a shared segment, most of what comes is for a neighbour.
        if refusal.why == Why::Anomaly(&SAME_SIDE) {
            return;
        }
        let (from, to) = frame.addresses();
        let party = |ip: Option<_>, mac: sluice_policies::site::Mac| Party {
            mac: mac.0,
            ip,
            asset: ip.and_then(|ip| frame.policy.asset_of(ip)).or_else(|| frame.policy.asset_of_mac(mac)),
        };
        let told = Told {
            why: refusal.why,
            verdict,
            response,
            side: frame.side,
            source: party(from, frame.source()),
            destination: party(to, frame.destination()),
            vlans: frame.packet.link.vlans.ids(),
            traffic: frame.traffic(),
            conduit: refusal.conduit,
            statement: refusal.statement,
            count: 1,
        };
        self.tell(told, frame.bytes, frame.policy, frame.now, out);
    }

    /// A connection is over, because the policy that is in force now does not allow it.
    pub(super) fn ended(&mut self, entry: &Entry, now: Instant, policy: &Policy, out: &mut dyn Leaving) {
        let party = |place: Place, direction| {
            let lead = entry.lead(direction);
            let mac = lead.and_then(|lead| lead.link()[6..].first_chunk().copied()).unwrap_or_default();
            Party { mac, ip: Some(place.ip), asset: policy.asset_of(place.ip) }
        };
        let (client, server) = (entry.ends.client, entry.ends.server);
        let told = Told {
            why: Why::Policy(Reason::NoStatement),
            verdict: Verdict::Deny,
            response: Response::Reset,
            side: entry.client,
            source: party(client, Direction::ToServer),
            destination: party(server, Direction::ToClient),
            vlans: entry.vlans.map(|network| network & 0x0FFF),
            traffic: Traffic::Tcp(client.port, server.port),
            conduit: ConduitId::UNMATCHED,
            statement: None,
            count: 1,
        };
        self.tell(told, &[], policy, now, out);
    }

    /// A frame that cannot be read.
    pub(super) fn unread(
        &mut self,
        now: Instant,
        policy: &Policy,
        side: Side,
        (why, bytes): (Why, &[u8]),
        out: &mut dyn Leaving,
    ) {
        let mac = |at: usize| bytes.get(at..at + 6).and_then(|b| b.first_chunk().copied()).unwrap_or_default();
        let party = |mac| Party { mac, ip: None, asset: policy.asset_of_mac(sluice_policies::site::Mac(mac)) };
        let told = Told {
            why,
            verdict: Verdict::Deny,
            response: Response::Dropped,
            side,
            source: party(mac(6)),
            destination: party(mac(0)),
            vlans: [0; 2],
            traffic: Traffic::Unread,
            conduit: ConduitId::UNMATCHED,
            statement: None,
            count: 1,
        };
        self.tell(told, bytes, policy, now, out);
    }

    fn tell(&mut self, mut told: Told, bytes: &[u8], policy: &Policy, now: Instant, out: &mut dyn Leaving) {
        let ends = (told.side, told.source, told.destination, told.traffic.service());
        let mut kind = Kind { why: told.why.name(), ends: Some(ends) };
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(&kind) {
            kind.ends = None;
        }
        if let Some(known) = self.kinds.get_mut(&kind) {
            known.count += 1;
            return;
        }
        out.notice(&told.notice(policy, &bytes[..bytes.len().min(Notice::EXCERPT)]));
        told.count = 0;
        self.kinds.insert(kind, told);
        self.due.get_or_insert(now + EVERY);
    }

    /// Reports what was counted, and forgets what came no more. Ids of an older policy must not be reported as the new
    /// one's: to be called before the policy changes, too.
    pub(super) fn report(&mut self, now: Instant, policy: &Policy, out: &mut dyn Leaving) {
        self.kinds.retain(|_, told| {
            let again = told.count > 0;
            if again {
                out.notice(&told.notice(policy, &[]));
                told.count = 0;
            }
            again
        });
        self.due = (!self.kinds.is_empty()).then(|| now + EVERY);
    }

    /// Another policy is in force, to which the ids of conduits, statements and assets do not belong.
    pub(super) fn forget(&mut self) {
        self.kinds.clear();
        self.due = None;
    }

    /// When [`Notices::report`] has work.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Told {
    const fn notice<'n>(&self, policy: &'n Policy, excerpt: &'n [u8]) -> Notice<'n> {
        Notice {
            why: self.why,
            verdict: self.verdict,
            response: self.response,
            side: self.side,
            source: self.source,
            destination: self.destination,
            vlans: self.vlans,
            traffic: self.traffic,
            conduit: self.conduit,
            statement: self.statement,
            count: self.count,
            excerpt,
            policy,
        }
    }
}
