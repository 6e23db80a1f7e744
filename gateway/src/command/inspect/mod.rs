//! `sluice inspect` and `sluice policy replay`: what is in captures, and what a site's policy says to it.
//!
//! `account` is the shape of the answer for programs and `text` that for people; `tally` counts what the engine's
//! summary does not, `events` writes one line an operation, `html` makes a page of it, `progress` shows how
//! far a long file is read; `live` does the same with an interface.

mod account;
mod events;
mod html;
#[cfg(feature = "monitor")]
mod live;
mod progress;
mod replay;
mod tally;
mod text;

#[cfg(feature = "monitor")]
pub(super) use live::monitor;
pub(super) use replay::replay;

use super::call::{Format, Inspect};
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use crate::capture::{Capture, Why};
use crate::dataplane::inspect::{self, Watch};
use account::Account;
use events::Events;
use progress::Progress;
use sluice_engine::observe::{Limits, Observer, Odd, Report, Seen, Summary};
use sluice_model::Instant;
use sluice_policies::{Policy, State};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tally::Tally;

pub(super) fn inspect(call: &Inspect, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let policy = policy(call.site.as_deref(), terminal)?;
    let mut page = call.html.as_deref().map(|to| html::Page::new(to, call)).transpose()?;
    let outcome = each(&call.captures, |file| {
        let found = read(file, policy.as_ref(), call.events, page.is_some(), terminal)?;
        if let Some(page) = &mut page {
            page.capture(file, &found, policy.as_deref());
        }
        match call.format {
            Format::Json => terminal.json(&Account::of(file, &found.summary, found.broken.as_ref()))?,
            Format::Text => text::show(file, &found, policy.as_deref(), terminal)?,
        }
        Ok(found)
    });
    match page {
        Some(page) => page.write().and(outcome),
        None => outcome,
    }
}

/// What one file held.
struct Found {
    summary: Summary,
    tally: Tally,
    /// What a page shows; empty unless one is wanted.
    story: html::Story,
    broken: Option<account::Broken>,
}

/// The policy of a site.
fn policy(site: Option<&Path>, terminal: &mut Terminal) -> Result<Option<Arc<Policy>>, Failure> {
    site.map(|folder| Ok(Arc::new(site::load(folder, terminal)?.policy.bind(&overheard())))).transpose()
}

/// Deals with one file after the other. One that is wrong does not keep the others from being read, but the call is.
fn each(files: &[PathBuf], mut one: impl FnMut(&Path) -> Result<Found, Failure>) -> Result<Outcome, Failure> {
    let (mut outcome, mut wrong) = (Outcome::Holds, Vec::new());
    for file in files {
        match one(file) {
            Ok(found) => {
                if found.summary.verdicts.is_some_and(|v| v.deny > 0) {
                    outcome = Outcome::Fails;
                }
                wrong.extend(found.broken.map(|b| format!("{} {}", file.display(), b.sentence)));
            }
            Err(Failure::Capture(why)) => wrong.push(why),
            Err(failure) => return Err(failure),
        }
    }
    if wrong.is_empty() { Ok(outcome) } else { Err(Failure::Capture(wrong.join("\n"))) }
}

/// The state of a plant that is overheard: nothing is known, and the time of a packet is the wall clock's.
fn overheard() -> Arc<State> {
    let state = State::new(1);
    state.clock().tell(Instant(0), 0, true);
    state
}

/// Reads one file to its end, or to where it breaks. A file that is still being written is said to be.
fn read(
    file: &Path,
    policy: Option<&Arc<Policy>>,
    events: bool,
    story: bool,
    terminal: &mut Terminal,
) -> Result<Found, Failure> {
    let opened = if file.is_dir() { None } else { Some(Capture::open(file)) };
    let mut capture = opened
        .ok_or_else(|| Failure::Capture(format!("{} is a folder; name the captures in it", file.display())))?
        .map_err(|refused| Failure::Capture(format!("{} {refused}", file.display())))?;
    // Each capture is a plant of its own, of which nothing is known before its first packet.
    let policy = policy.map(|policy| Arc::new(policy.bind(&overheard())));
    let mut observer = Observer::new(policy, Limits::default());
    let progress = Progress::of(file, terminal);
    let events = events.then(|| Events::new(terminal));
    let mut watcher = Watcher { tally: Tally::default(), story: story.then(html::Story::default), events, progress };
    let stop = inspect::inspect(&mut capture, &mut observer, &mut watcher);
    watcher.progress.end();
    let Watcher { tally, story, events, .. } = watcher;
    if let Some(failure) = events.and_then(Events::failure) {
        return Err(failure);
    }
    let broken = stop.and_then(|stop| {
        if let Why::Unfinished = stop.why {
            terminal.say(format_args!("note: {} {stop}", file.display()));
        }
        account::Broken::of(stop)
    });
    Ok(Found { summary: observer.summary(), tally, story: story.unwrap_or_default(), broken })
}

/// Everyone who follows an inspection.
struct Watcher<'t> {
    tally: Tally,
    story: Option<html::Story>,
    events: Option<Events<'t>>,
    progress: Progress,
}

impl Report for Watcher<'_> {
    fn each(&self) -> bool {
        self.events.is_some() || self.story.is_some()
    }

    fn operation(&mut self, seen: &Seen<'_>) {
        self.tally.operation(seen);
        if let Some(story) = &mut self.story {
            story.operation(seen);
        }
        if let Some(events) = &mut self.events {
            events.operation(seen);
        }
    }

    fn anomaly(&mut self, odd: &Odd<'_>) {
        self.tally.anomaly(odd);
        if let Some(story) = &mut self.story {
            story.anomaly(odd);
        }
    }
}

impl Watch for Watcher<'_> {
    fn goes_on(&mut self, bytes_read: u64) -> bool {
        self.progress.advance(bytes_read);
        self.events.as_ref().is_none_or(Events::goes_on)
    }
}
