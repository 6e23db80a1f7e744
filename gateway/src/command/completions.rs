//! `sluice completions SHELL`.

use super::call::Call;
use super::failure::Failure;
use super::{Outcome, Terminal};
use clap::CommandFactory;
use clap_complete::Shell;

pub(super) fn completions(shell: Shell, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Call::command(), "sluice", &mut script);
    terminal.print(String::from_utf8_lossy(&script))?;
    Ok(Outcome::Holds)
}
