//! A passive observer of captured traffic: packets and their times go in, counts, operations and verdicts come out.
//!
//! It changes nothing and answers nobody, so it may do what a gate must not: begin in the middle of a conversation,
//! go on behind a gap, read what a receiver would have refused. Used by the commands that read captures and mirror
//! ports; what a bridge needs of frames lies in [`crate::frames`].
//!
//! A packet is read (`reading`), finds its flow (`flows`, `flow`), put in order (`tcp`) and, once it is known what the flow
//! speaks (`identify`), cut into messages (`speech`) that the inspection core judges; the `ledger` counts all of it
//! in the `books`.

mod anomalies;
mod books;
mod flow;
mod flows;
mod identify;
mod ledger;
mod limits;
mod past;
mod reading;
mod report;
mod speech;
mod summary;
mod tcp;
#[cfg(test)]
mod tests;

pub use anomalies::ANOMALIES;
pub use limits::Limits;
pub use report::{Odd, Report, Scene, Seen};
pub use summary::{Class, Content, Device, Key, Spoken, Summary, Verdicts};

use crate::frames::{Bounds, LinkType, Plain, Reassembly, plain};
use books::Books;
use flows::{Flows, Short};
use ledger::Ledger;
use reading::{Reading, TCP};
use sluice_model::Instant;
use sluice_policies::Policy;
use std::sync::Arc;

/// Reads captured packets.
pub struct Observer {
    policy: Option<Arc<Policy>>,
    limits: Limits,
    books: Books,
    flows: Flows,
    /// Bytes that the flows keep.
    kept: usize,
    fragments: Reassembly,
    last: Instant,
}

impl Observer {
    /// An observer that has seen nothing; with a policy it judges every message.
    pub fn new(policy: Option<Arc<Policy>>, limits: Limits) -> Self {
        let verdicts = policy.is_some().then(Verdicts::default);
        let Limits { datagrams, datagram_bytes: bytes, datagram_age: age, .. } = limits;
        Self {
            policy,
            limits,
            books: Books::new(verdicts),
            flows: Flows::default(),
            kept: 0,
            fragments: Reassembly::new(Bounds { datagrams, bytes, age }),
            last: Instant::default(),
        }
    }

    /// One packet: when it came, what kind of link it was captured from, its bytes as captured, its length on the wire.
    pub fn packet(
        &mut self,
        at: Instant,
        link: LinkType,
        bytes: &[u8],
        original_length: usize,
        report: &mut dyn Report,
    ) {
        self.last = at;
        self.books.packet(at, original_length.max(bytes.len()));
        let whole = link == LinkType::Ethernet && original_length <= bytes.len();
        let plain = if whole { plain(bytes) } else { None };
        if let Some(plain) = &plain
            && !report.each()
            && let Some(grown) = self.again(at, plain)
        {
            self.books.again();
            if grown && self.kept > self.limits.flow_bytes {
                self.reading(at, report).keep_bounds();
            }
            return;
        }
        let mut reading = self.reading(at, report);
        let class = match plain {
            Some(plain) => reading.plain(&plain),
            None => reading.packet(link, bytes, original_length),
        };
        self.books.class(class);
    }

    /// A packet that is what a poll repeats, for a report that need not hear of it at once: whether more is kept than
    /// before. `None` if it is not, and nothing is changed.
    fn again(&mut self, at: Instant, plain: &Plain<'_>) -> Option<bool> {
        let Plain { source, destination, tcp, .. } = plain;
        let (key, sender) = Short::of(TCP, (*source, tcp.source), (*destination, tcp.destination));
        let place = self.flows.find_short(key)?;
        let flow = self.flows.at(place)?;
        let grown = flow.again(sender, tcp, at)?;
        if grown {
            flow.charge(&mut self.kept);
        }
        Some(grown)
    }

    fn reading<'o>(&'o mut self, at: Instant, report: &'o mut dyn Report) -> Reading<'o> {
        let Self { policy, limits, books, flows, kept, fragments, .. } = self;
        Reading { ledger: Ledger::new(at, limits, policy.as_ref(), books, report), flows, kept, fragments }
    }

    /// The capture ends: reads what waits behind gaps.
    pub fn finish(&mut self, report: &mut dyn Report) {
        let mut ledger = Ledger::new(self.last, &self.limits, self.policy.as_ref(), &mut self.books, report);
        while let Some((key, mut flow)) = self.flows.remove_oldest() {
            flow.end(&key, &mut ledger);
        }
        self.kept = 0;
    }

    /// Tells what a report that does not want each operation was not told yet, so that it and the summary are complete.
    pub fn settle(&mut self, report: &mut dyn Report) {
        let mut ledger = Ledger::new(self.last, &self.limits, self.policy.as_ref(), &mut self.books, report);
        for flow in self.flows.each() {
            flow.tell(&mut ledger);
            flow.charge(&mut self.kept);
        }
    }

    /// What is known by now; complete after [`Observer::settle`] or [`Observer::finish`].
    pub fn summary(&self) -> Summary {
        self.books.summary()
    }

    /// Flows that are followed now.
    pub fn flows(&self) -> usize {
        self.flows.len()
    }

    /// Bytes that they hold back or remember; at most [`Limits::flow_bytes`].
    pub fn kept(&self) -> usize {
        self.kept
    }
}
