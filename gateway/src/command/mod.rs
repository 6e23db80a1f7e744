//! The command line: one file a command, `call` the grammar, `terminal` what is printed where.
//!
//! Exit status: 0 done, 1 the thing checked does not hold, 2 the call or a file is wrong.

mod approvals;
mod ask;
mod call;
mod check;
mod code;
mod completions;
mod control;
mod demo;
mod diff;
mod explain;
mod failure;
mod fmt;
mod import;
mod inspect;
mod learn;
mod run;
mod schema;
mod service;
mod site;
mod terminal;
mod test;

use call::{Call, Command, Monitor, PolicyCommand};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;
use terminal::Terminal;

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done, or what was checked holds.
    Holds,
    /// What was checked does not hold.
    Fails,
}

/// Reads the call, does it and says how it went.
pub fn main() -> ExitCode {
    let call = Call::parse();
    let mut terminal = Terminal::of_process();
    match obey(call, &mut terminal) {
        Ok(Outcome::Holds) => ExitCode::SUCCESS,
        Ok(Outcome::Fails) => ExitCode::from(1),
        // Whoever read the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.error(&failure);
            ExitCode::from(2)
        }
    }
}

fn obey(call: Call, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match call.command {
        Command::Run(run) => run::run(&run, terminal),
        Command::Demo(demo) => demo::demo(&demo, terminal),
        Command::Inspect(inspect) => inspect::inspect(&inspect, terminal),
        Command::Monitor(monitor) => listen(&monitor, terminal),
        Command::Policy { command } => match command {
            PolicyCommand::Check(check) => check::check(&check, terminal),
            PolicyCommand::Test(test) => test::test(&test, terminal),
            PolicyCommand::Explain(explain) => explain::explain(&explain, terminal),
            PolicyCommand::Ask(ask) => ask::ask(&ask, terminal),
            PolicyCommand::Diff(diff) => diff::diff(&diff, terminal),
            PolicyCommand::Meaning(call) => approvals::meaning(&call, terminal),
            PolicyCommand::Key(call) => approvals::key(&call, terminal),
            PolicyCommand::Sign(call) => approvals::sign(&call, terminal),
            PolicyCommand::Approve(call) => approvals::approve(&call, terminal),
            PolicyCommand::Verify(call) => approvals::verify(&call, terminal),
            PolicyCommand::Replay(replay) => inspect::replay(&replay, terminal),
            PolicyCommand::Import(import) => import::import(&import, terminal),
            PolicyCommand::Learn(learn) => learn::learn(&learn, terminal),
            PolicyCommand::Fmt(fmt) => fmt::fmt(&fmt, terminal),
            PolicyCommand::Schema => schema::schema(terminal),
        },
        Command::Status(call) => control::status(&call, terminal),
        Command::Reload(call) => control::reload(&call, terminal),
        Command::Lockdown(call) => control::lockdown(call, terminal),
        Command::Window { command } => control::window(command, terminal),
        Command::BreakGlass(call) => control::break_glass(call, terminal),
        Command::Completions { shell } => completions::completions(shell, terminal),
    }
}

#[cfg(feature = "monitor")]
fn listen(call: &Monitor, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    inspect::monitor(call, terminal)
}

/// Built without libpcap, the command is there and says so.
#[cfg(not(feature = "monitor"))]
fn listen(call: &Monitor, _: &mut Terminal) -> Result<Outcome, Failure> {
    let Monitor { interface, .. } = call;
    Err(Failure::Call(format!(
        "this sluice was built without libpcap and cannot listen to {interface}: install libpcap-dev and build it with \
         `cargo build --release -p sluice --features monitor`"
    )))
}
