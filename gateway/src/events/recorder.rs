//! Notices to lines: aggregates, numbers, writes, and hands the same events to subscribers.

use super::aggregate::{Aggregator, Told as Fate, WINDOW};
use super::describe::{Kind, describe, kind};
use super::event::{Event, Gap, Severity, class};
use super::lessons::Lessons;
use super::notice::Notice;
use super::queue::Told;
use crate::metrics::Metrics;
use sluice_model::Instant;
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Kinds of high severity that are aggregated at the same time; four times as many of the others.
const KINDS: usize = 1024;

/// The recorder. It has no clock: time is handed in.
pub(super) struct Recorder {
    gateway: String,
    epoch: u32,
    sequence: u64,
    out: BufWriter<Box<dyn Write + Send>>,
    aggregator: Aggregator<Kind, IpAddr, Option<Told>>,
    subscribers: broadcast::Sender<Arc<Event>>,
    metrics: Arc<Metrics>,
    /// When the next gap of the aggregation's tables may be told.
    gap_due: Instant,
    table_lost: [u64; 5],
    lessons: Lessons,
}

impl Recorder {
    /// A recorder with a fresh, random epoch, and the folder for what conduits in learn mode teach.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn new(
        gateway: &str,
        out: Box<dyn Write + Send>,
        subscribers: broadcast::Sender<Arc<Event>>,
        metrics: Arc<Metrics>,
        learned: Option<PathBuf>,
    ) -> io::Result<Self> {
        let mut epoch = [0; 4];
        getrandom::fill(&mut epoch).map_err(io::Error::other)?;
        Ok(Self {
            gateway: gateway.to_owned(),
            epoch: u32::from_ne_bytes(epoch),
            sequence: 0,
            out: BufWriter::new(out),
            aggregator: Aggregator::new(KINDS),
            subscribers,
            metrics,
            gap_due: Instant(0),
            table_lost: [0; 5],
            lessons: Lessons::new(learned),
        })
    }

    /// Another place to write to.
    pub(super) fn reopen(&mut self, out: Box<dyn Write + Send>) {
        self.flush();
        self.out = BufWriter::new(out);
    }

    /// One notice.
    pub(super) fn take(&mut self, now: Instant, told: Told) {
        if let Notice::Verdict(verdict) = &told.notice {
            self.lessons.hear(verdict, told.at);
        }
        let Some((kind, source)) = kind(&told.notice) else {
            return self.write(describe(&told.notice, told.at, 1));
        };
        let severity = told.notice.severity();
        let mut told = Some(told);
        // The aggregator keeps the notice only when it is told later; otherwise it is still here.
        match self.aggregator.occurs(now, severity, &kind, &source, || told.take()) {
            Fate::Now => {
                if let Some(Told { at, notice }) = told {
                    self.write(describe(&notice, at, 1));
                }
            }
            Fate::Later | Fate::Lost => {}
        }
    }

    /// Tells the counts that are due and what was lost, and writes everything out.
    pub(super) fn settle(&mut self, now: Instant, at: u64, queue_lost: [u64; 5]) {
        let mut due = Vec::new();
        self.aggregator.expire(now, |told, count| due.extend(told.map(|t| (t, count))));
        for (told, count) in due {
            self.write(describe(&told.notice, told.at, count));
        }
        self.lessons.settle(now);
        self.gap(at, "queue-full", queue_lost);
        for (sum, lost) in self.table_lost.iter_mut().zip(self.aggregator.lost()) {
            *sum += lost;
        }
        if now >= self.gap_due && self.table_lost != [0; 5] {
            self.gap_due = now + WINDOW;
            let lost = std::mem::take(&mut self.table_lost);
            self.gap(at, "table-full", lost);
        }
        self.flush();
    }

    /// Tells every count, due or not, then the last notice, and writes everything out.
    pub(super) fn finish(mut self, at: u64, last: Option<Notice>) {
        self.settle(Instant(u64::MAX), at, [0; 5]);
        self.lessons.write();
        if let Some(last) = last {
            self.write(describe(&last, at, 1));
        }
        self.flush();
    }

    fn gap(&mut self, at: u64, reason: &'static str, by_severity: [u64; 5]) {
        let total = by_severity.iter().sum();
        if total == 0 {
            return;
        }
        self.metrics.events_overflowed(total);
        let worst = by_severity.iter().rposition(|n| *n > 0).unwrap_or(0);
        let severity = if worst >= Severity::High as usize { Severity::Critical } else { Severity::High };
        let message = format!("{total} events were not kept: more happened at once than there was room for ({reason})");
        let gap = Gap { reason, by_severity };
        self.write(Event { gap: Some(gap), count: total, ..Event::new(class::GAP, at, severity, message) });
    }

    fn write(&mut self, mut event: Event) {
        self.sequence += 1;
        event.metadata.uid = format!("{}:{:08x}:{}", self.gateway, self.epoch, self.sequence);
        let written = serde_json::to_writer(&mut self.out, &event).map_err(io::Error::from);
        match written.and_then(|()| self.out.write_all(b"\n")) {
            Ok(()) => self.metrics.event_written(),
            Err(_) => self.metrics.event_unwritable(),
        }
        // No subscriber is no loss: the line is the record.
        let _ = self.subscribers.send(Arc::new(event));
    }

    fn flush(&mut self) {
        if self.out.flush().is_err() {
            self.metrics.event_unwritable();
        }
    }
}
