//! What conduits in learn mode teach: a proposal of statements, kept beside the gateway's state and written anew every minute.
//!
//! It hears every operation before repetitions are counted together, because each value is evidence. A policy that comes into force
//! begins a proposal of its own, named after it: what the old one taught stays.

use super::notice::Verdict;
use crate::policy::Loaded;
use crate::replace::replace;
use jiff::Timestamp;
use sluice_model::Instant;
use sluice_policies::decision::Mode;
use sluice_policies::learn::Learner;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a lesson may be lost when the machine is.
const EVERY: Duration = Duration::from_mins(1);

/// Proposals of a gateway.
pub(super) struct Lessons {
    /// Where they are kept; nowhere, nothing is learned.
    folder: Option<PathBuf>,
    current: Option<(Arc<Loaded>, Learner)>,
    /// Whether anything was heard since it was written.
    fresh: bool,
    due: Instant,
}

impl Lessons {
    pub(super) const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, current: None, fresh: false, due: Instant(0) }
    }

    /// An operation that the policy does not allow, and when it came, in milliseconds since 1970.
    pub(super) fn hear(&mut self, verdict: &Verdict, at: u64) {
        let loaded = &verdict.ends.loaded;
        if self.folder.is_none() || loaded.policy.stance(verdict.route).mode != Mode::Learn {
            return;
        }
        if self.current.as_ref().is_some_and(|(of, _)| of.hash != loaded.hash) {
            self.write();
            self.current = None;
        }
        let fresh = || (Arc::clone(loaded), Learner::new(Arc::clone(&loaded.policy)));
        let (_, learner) = self.current.get_or_insert_with(fresh);
        let ends = (verdict.ends.source.ip(), verdict.ends.target.upstream.ip());
        let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        learner.operation(ends, verdict.route, &verdict.operation(), false, at);
        self.fresh = true;
    }

    /// Writes what was heard, when that is due.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.fresh && now >= self.due {
            self.due = now + EVERY;
            self.write();
        }
    }

    /// Writes what was heard.
    pub(super) fn write(&mut self) {
        let (Some(folder), Some((loaded, learner))) = (&self.folder, &self.current) else { return };
        if !core::mem::take(&mut self.fresh) {
            return;
        }
        let path = folder.join(format!("learned-{}.toml", loaded.hash.get(..12).unwrap_or(&loaded.hash)));
        let before = fs::read_to_string(&path).unwrap_or_default();
        let (text, _) = learner.propose(Timestamp::now(), &before);
        let written = fs::create_dir_all(folder).and_then(|()| replace(&path, &text));
        if let Err(error) = written {
            tracing::warn!(
                "{} cannot be written: {error}; what conduits in learn mode show is kept in memory alone",
                path.display()
            );
        }
    }
}
