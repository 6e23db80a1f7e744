//! Where output goes, and whether it may be coloured.

use super::failure::Failure;
use core::fmt::Display;
use sluice_policies::diagnose::Report;
use std::io::{self, IsTerminal, Write};

/// Standard output and standard error of a call.
pub(super) struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    colour_out: bool,
    colour_err: bool,
    watched: bool,
}

impl Terminal {
    /// The process's own; colour where a terminal shows it and `NO_COLOR` does not forbid it.
    pub(super) fn of_process() -> Self {
        let able = std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        let wanted = able && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Self {
            out: Box::new(io::stdout().lock()),
            err: Box::new(io::stderr()),
            colour_out: wanted && io::stdout().is_terminal(),
            colour_err: wanted && io::stderr().is_terminal(),
            watched: able && io::stderr().is_terminal(),
        }
    }

    /// Whether somebody sees standard error move.
    pub(super) fn is_watched(&self) -> bool {
        self.watched
    }

    /// Whether what goes to standard output may be coloured.
    pub(super) fn is_coloured(&self) -> bool {
        self.colour_out
    }

    /// Prints to standard output.
    pub(super) fn print(&mut self, text: impl Display) -> Result<(), Failure> {
        write!(self.out, "{text}").and_then(|()| self.out.flush()).map_err(Failure::Output)
    }

    /// Prints a line to standard output.
    pub(super) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        self.print(format_args!("{text}\n"))
    }

    /// Prints a JSON value on one line.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|e| Failure::Output(e.into()))?;
        self.line(text)
    }

    /// Gives standard output back, for a command that hands it on.
    pub(super) fn release(&mut self) {
        self.out = Box::new(io::stdout());
    }

    /// Says something to whoever looks after the program. A closed standard error silences it.
    pub(super) fn say(&mut self, text: impl Display) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Says what went wrong, each line of it.
    pub(super) fn error(&mut self, failure: &impl Display) {
        let mark = if self.colour_err { "\u{1b}[1;31merror\u{1b}[0m:" } else { "error:" };
        for line in failure.to_string().lines() {
            self.say(format_args!("{mark} {line}"));
        }
    }

    /// Says what a report says, on standard error.
    pub(super) fn report(&mut self, report: &Report) {
        if !report.is_empty() {
            self.say(report.render(self.colour_err).trim_end());
        }
    }

    /// Green when good, red when not, on standard output.
    pub(super) fn tint(&self, good: bool, text: &str) -> String {
        match (self.colour_out, good) {
            (false, _) => text.to_owned(),
            (true, true) => format!("\u{1b}[32m{text}\u{1b}[0m"),
            (true, false) => format!("\u{1b}[1;31m{text}\u{1b}[0m"),
        }
    }
}
