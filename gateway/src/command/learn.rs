//! `sluice policy learn`.

use super::call::Learn;
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use crate::capture::Capture;
use crate::dataplane::inspect::{self, Watch};
use crate::replace::replace;
use jiff::Timestamp;
use sluice_engine::observe::{Limits, Observer, Odd, Report, Seen};
use sluice_policies::learn::{Learned, Learner};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub(super) fn learn(call: &Learn, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let policy = Arc::new(site::load(&call.site, terminal)?.policy);
    let mut pupil = Pupil(Learner::new(Arc::clone(&policy)));
    for file in &call.captures {
        let wrong = |why: String| Failure::Capture(format!("{} {why}", file.display()));
        let mut capture = Capture::open(file).map_err(|refused| wrong(refused.to_string()))?;
        let mut observer = Observer::new(Some(Arc::clone(&policy)), Limits::default());
        if let Some(stop) = inspect::inspect(&mut capture, &mut observer, &mut pupil) {
            terminal.say(format_args!("note: {} {stop}", file.display()));
        }
    }
    let output = call.output.clone().unwrap_or_else(|| call.site.join("proposed/learned.toml"));
    let before = fs::read_to_string(&output).unwrap_or_default();
    let (text, learned) = pupil.0.propose(Timestamp::now(), &before);
    write(&output, &text)?;
    tell(&output, &learned, terminal)?;
    Ok(Outcome::Holds)
}

fn write(output: &Path, text: &str) -> Result<(), Failure> {
    let unwritten = |error| Failure::Unwritten(output.to_owned(), error);
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).map_err(unwritten)?;
    }
    replace(output, text).map_err(unwritten)
}

fn tell(output: &Path, learned: &Learned, terminal: &mut Terminal) -> Result<(), Failure> {
    let Learned { statements, remarks, allowed, lost } = learned;
    terminal.line(format_args!(
        "{}: {statements} statements proposed, {remarks} remarks; {allowed} operations are allowed already",
        output.display()
    ))?;
    if *lost > 0 {
        terminal.line(format_args!("there was no room for {lost} operations: learn from fewer captures at a time"))?;
    }
    Ok(())
}

/// Tells a learner what an observer sees.
struct Pupil(Learner);

impl Report for Pupil {
    fn operation(&mut self, seen: &Seen<'_>) {
        let Some(judged) = seen.judged else { return };
        let ends = (judged.source.ip(), seen.scene.destination.ip());
        let at = Timestamp::from_nanosecond(seen.scene.at.0.into()).unwrap_or_default();
        self.0.operation(ends, judged.route, judged.operation, judged.decision.reason.is_none(), at);
    }

    fn anomaly(&mut self, _: &Odd<'_>) {}
}

impl Watch for Pupil {
    fn goes_on(&mut self, _: u64) -> bool {
        true
    }
}
