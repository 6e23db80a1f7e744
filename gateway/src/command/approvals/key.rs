//! `sluice policy key new`.

use crate::approval;
use crate::command::failure::Failure;
use crate::command::{Outcome, Terminal};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy key new zhang --dir ~/keys")]
pub(crate) struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a pair of keys: PERSON.key to sign with, which nobody else may have, and PERSON.pub for everybody.
    ///
    /// They are minisign's, so keys that somebody has already serve as well.
    New(New),
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy key new zhang --dir ~/keys")]
struct New {
    /// Whose keys they are, as [approvals] owners names the person.
    #[arg(value_name = "PERSON")]
    person: String,
    /// The folder to write them into.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Protect the secret key by no password: for keys that a machine keeps for itself.
    #[arg(long)]
    no_password: bool,
}

pub(crate) fn key(call: &Key, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let KeyCommand::New(New { person, dir, no_password }) = &call.command;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if person.is_empty() || person.starts_with('.') || !person.bytes().all(fits) {
        return Err(Failure::Call(format!(
            "`{person}` is no name for a key's file: letters, digits, `-`, `_` and `.`"
        )));
    }
    let (secret, public) = approval::create(dir, person, *no_password)?;
    terminal.line(format_args!("{}: sign with it; keep it to yourself", secret.display()))?;
    terminal.line(format_args!("{}: give it to everybody who verifies", public.display()))?;
    Ok(Outcome::Holds)
}
