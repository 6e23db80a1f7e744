//! What one gateway knows of its plant and was ordered to do, shared by every worker and every policy: kept on disk over
//! restarts, told the time, and shown in metrics and events.
//!
//! The state itself is [`sluice_policies::state`]. Used by [`crate::gateway`]; changed by [`crate::control`].

mod journal;

use crate::clock::Clock;
use crate::config;
use crate::events::{Events, Notice, Severity};
use crate::metrics::Metrics;
use crate::policy::Live;
use journal::{Found, Keeping};
use sluice_model::Instant;
use sluice_policies::state::{ClockChange, Closed};
use sluice_policies::{Policy, State};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often the clock is looked at, and what closed by itself is told.
const PERIOD: Duration = Duration::from_millis(200);

/// How long before its end a service is told of.
const WARNING: Duration = Duration::from_mins(10);

/// A gateway's state, and where it is kept.
pub(crate) struct Keeper {
    state: Arc<State>,
    clock: Clock,
    keeping: Option<Keeping>,
    /// Whether the machine's clock is trusted whatever the kernel says of it.
    assumed: bool,
    /// Why nobody knows how often things were done before.
    uncounted: Option<String>,
}

/// A folder that the state cannot be kept in.
#[derive(Debug)]
pub(crate) struct Unkept(pub(crate) PathBuf, pub(crate) io::Error);

impl Keeper {
    /// Goes on where the gateway called `name` ended.
    pub(crate) fn start(name: &str, config: &config::State, clock: Clock) -> Result<Self, Unkept> {
        let unkept = |error| Unkept(config.folder.clone().unwrap_or_default(), error);
        let keeping = config.folder.as_ref().map(|folder| Keeping::of(folder, name)).transpose().map_err(unkept)?;
        let mut epoch = [0; 2];
        // Without randomness, reservations of another process may be taken for ours: their writes count as answered.
        let _ = getrandom::fill(&mut epoch);
        let state = State::new(u16::from_ne_bytes(epoch));
        let mut keeper = Self { state, clock, keeping, assumed: config.clock_assumed, uncounted: None };
        keeper.uncounted = keeper.go_on();
        keeper.set_clock();
        keeper.keep(false).map_err(unkept)?;
        Ok(keeper)
    }

    /// Takes up what the process before left; why that does not say how often things were done.
    fn go_on(&self) -> Option<String> {
        let now = self.clock.now();
        let found = self.keeping.as_ref().map_or(Ok(None), |keeping| keeping.read(now));
        let (found, why) = match found {
            Ok(Some(found)) if found.journal.rates.is_some() => (Some(found), None),
            Ok(Some(found)) => (Some(found), Some("the gateway did not end by itself".to_owned())),
            Ok(None) if self.keeping.is_some() => (None, Some("nothing was kept".to_owned())),
            Ok(None) => (None, Some("box.toml names no [state] folder".to_owned())),
            Err(why) => (None, Some(why)),
        };
        let (journal, away) = found.map_or((None, Duration::ZERO), |Found { journal, away }| (Some(journal), away));
        self.state.import(journal.as_ref(), away, now);
        why
    }

    /// Tells what a policy that begins must be told of the time before.
    pub(crate) fn tell(&self, policy: &Policy, events: &Events) {
        if let Some(why) = self.uncounted.as_ref().filter(|_| policy.counts()) {
            let message = format!("how often things were done before is not known ({why}): every rate counts as full");
            events.tell(Notice::Condition { severity: Severity::Low, message });
        }
        if self.state.orders().lockdown() {
            let message = "the plant is locked down, as it was when the gateway ended".to_owned();
            events.tell(Notice::Condition { severity: Severity::Critical, message });
        }
    }

    /// The state.
    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Writes down what must outlive the process: all of it when it `ended`, else that it has not.
    pub(crate) fn keep(&self, ended: bool) -> io::Result<()> {
        let now = self.clock.now();
        self.keeping.as_ref().map_or(Ok(()), |keeping| keeping.write(self.state.export(now, ended), now))
    }

    /// The gateway did not start after all: what was kept before is kept as it was.
    pub(crate) fn withdraw(&self) {
        // A start that failed has told its reason; a next one finds every rate full.
        let _ = self.keep(true);
    }

    /// Another policy is in force: what it does not know any more is not open.
    pub(crate) fn close_unknown(&self, policy: &Policy, events: &Events) {
        let site = policy.site();
        let summary = self.state.summary(self.clock.now());
        for (name, _) in summary.windows {
            if site.windows.iter().all(|window| window.name != name) && self.state.close_window(&name) {
                let message = format!("window {name} closed: the policy has it no more");
                events.tell(Notice::Condition { severity: Severity::Medium, message });
            }
        }
        if site.break_glass.is_none() && self.state.mend_glass() {
            let message = "break-glass ended: the policy has it no more".to_owned();
            events.tell(Notice::Condition { severity: Severity::Medium, message });
        }
    }

    /// Looks after the state until it is dropped.
    pub(crate) async fn look_after(&self, live: &Live, metrics: &Metrics, events: &Events) {
        let mut period = tokio::time::interval(PERIOD);
        let mut warned = BTreeMap::new();
        loop {
            period.tick().await;
            self.warn(&live.current().policy, &mut warned, events);
            self.tell_time(events);
            for closed in self.state.ran_out(self.clock.now()) {
                events.tell(Notice::Condition { severity: Severity::Medium, message: ran_out(&closed) });
            }
            metrics.state(&self.state.summary(self.clock.now()));
        }
    }

    /// Tells of services whose time is nearly over, once: their connections are cut then.
    fn warn(&self, policy: &Policy, warned: &mut BTreeMap<String, Instant>, events: &Events) {
        let now = self.clock.now();
        warned.retain(|_, ends| now < *ends);
        for (statement, ends) in policy.ending(now) {
            let left = ends - now;
            // A window that was opened for less is not worth a warning.
            if left > WARNING || left < WARNING / 2 {
                continue;
            }
            let name = policy.statement_name(statement);
            if warned.insert(name.clone(), ends).is_none() {
                let message = format!("{name} ends in 10 minutes: its connections are cut then");
                events.tell(Notice::Condition { severity: Severity::Medium, message });
            }
        }
    }

    fn set_clock(&self) -> Option<ClockChange> {
        let (wall, synchronised) = sluice_hardware::wall();
        self.state.clock().tell(self.clock.now(), wall, synchronised || self.assumed)
    }

    fn tell_time(&self, events: &Events) {
        let Some(change) = self.set_clock() else { return };
        let (severity, message) = match change {
            ClockChange::Trusted => (Severity::Informational, "the clock is trusted: schedules hold".to_owned()),
            ClockChange::Unsynchronised => {
                (Severity::High, "the clock is not synchronised any more: no schedule is sure".to_owned())
            }
            ClockChange::Stepped(by) => {
                let by = Duration::from_nanos(by.unsigned_abs()).as_secs_f64();
                (Severity::High, format!("the clock was set by {by:.1} s: no schedule is sure for a minute"))
            }
        };
        events.tell(Notice::Condition { severity, message });
    }
}

fn ran_out(closed: &Closed) -> String {
    match closed {
        Closed::Window(name) => format!("window {name} closed: its time is over"),
        Closed::BreakGlass => "break-glass ended: its time is over, conduits enforce again".to_owned(),
    }
}
