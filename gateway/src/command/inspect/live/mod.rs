//! `sluice monitor`: what `sluice inspect` says of a file, of an interface and while it happens.

mod alerts;

use super::super::call::{Format, Monitor};
use super::super::failure::Failure;
use super::super::{Outcome, Terminal};
use super::account::Account;
use super::tally::Tally;
use super::{Found, html, policy, text};
use crate::dataplane::monitor::{Kernel, Port};
use alerts::Alerts;
use sluice_engine::observe::{Limits, Observer, Odd, Report, Seen};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// How often it is said how things stand.
const STATUS: Duration = Duration::from_secs(10);

pub(in super::super) fn monitor(call: &Monitor, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let policy = policy(call.site.as_deref(), terminal)?;
    let over = Arc::new(AtomicBool::new(false));
    end_on_signal(&over)?;
    let mut port = Port::open(&call.interface, call.filter.as_deref()).map_err(|e| Failure::Call(e.to_string()))?;
    let filter = if port.filter().is_empty() { String::new() } else { format!(" for `{}`", port.filter()) };
    terminal.say(format_args!("listening on {}{filter}; Ctrl-C ends", call.interface));
    let mut observer = Observer::new(policy.as_ref().map(Arc::clone), Limits::default());
    let mut ear = Ear { tally: Tally::default(), alerts: Alerts::new(terminal, call) };
    let broken = listen(&mut port, &mut observer, &mut ear, call.length, &over);
    observer.finish(&mut ear);
    let Ear { tally, alerts } = ear;
    if let Some(failure) = alerts.failure() {
        return Err(failure);
    }
    let found = Found { summary: observer.summary(), tally, story: html::Story::default(), broken: None };
    let (name, kernel) = (Path::new(&call.interface), port.kernel());
    match call.format {
        Format::Json => terminal.json(&Account::of(name, &found.summary, None).with(kernel))?,
        Format::Text => {
            text::show(name, &found, policy.as_deref(), terminal)?;
            terminal.line(format_args!("  kernel: {}", told(kernel)))?;
        }
    }
    match broken {
        Some(why) => Err(Failure::Call(format!("{} cannot be listened to any more: {why}", call.interface))),
        None if found.summary.verdicts.is_some_and(|v| v.deny > 0) => Ok(Outcome::Fails),
        None => Ok(Outcome::Holds),
    }
}

/// Hands packets to the observer until the time is over, a signal comes, nobody reads any more, or the interface is gone;
/// why, in the last case.
fn listen(
    port: &mut Port,
    observer: &mut Observer,
    ear: &mut Ear<'_>,
    length: Option<Duration>,
    over: &AtomicBool,
) -> Option<String> {
    let link = port.link();
    let begun = Instant::now();
    let mut status = begun + STATUS;
    loop {
        match port.next_packet() {
            Ok(Some(heard)) => observer.packet(heard.at, link, heard.bytes, heard.original_length, ear),
            Ok(None) => port.wait(),
            Err(why) => return Some(why),
        }
        let now = Instant::now();
        if over.load(Ordering::Relaxed) || !ear.alerts.goes_on() || length.is_some_and(|length| now >= begun + length) {
            return None;
        }
        if now >= status {
            status = now + STATUS;
            ear.alerts.status(&observer.summary(), &told(port.kernel()));
        }
    }
}

/// The kernel's counts as a sentence.
fn told(Kernel { received, dropped, dropped_by_interface }: Kernel) -> String {
    format!("{received} packets received, {dropped} dropped by the kernel, {dropped_by_interface} by the interface")
}

/// Sets `over` when the process is asked to end.
fn end_on_signal(over: &Arc<AtomicBool>) -> Result<(), Failure> {
    let system = |error: std::io::Error| Failure::System(error.to_string());
    let runtime = Builder::new_current_thread().enable_all().build().map_err(system)?;
    let streams = {
        let _entered = runtime.enter();
        (signal(SignalKind::interrupt()).map_err(system)?, signal(SignalKind::terminate()).map_err(system)?)
    };
    let over = Arc::clone(over);
    let wait = move || {
        let (mut interrupt, mut terminate) = streams;
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        });
        over.store(true, Ordering::Relaxed);
    };
    thread::Builder::new().name("signals".into()).spawn(wait).map_err(system)?;
    Ok(())
}

/// Everyone who listens.
struct Ear<'t> {
    tally: Tally,
    alerts: Alerts<'t>,
}

impl Report for Ear<'_> {
    fn each(&self) -> bool {
        self.alerts.each()
    }

    fn operation(&mut self, seen: &Seen<'_>) {
        self.tally.operation(seen);
        self.alerts.operation(seen);
    }

    fn anomaly(&mut self, odd: &Odd<'_>) {
        self.tally.anomaly(odd);
        self.alerts.anomaly(odd);
    }
}
