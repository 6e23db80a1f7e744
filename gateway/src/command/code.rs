//! `sluice policy explain P041`: the page of one kind of message.

use super::call::Format;
use super::failure::Failure;
use super::{Outcome, Terminal};
use serde::Serialize;
use sluice_policies::diagnose::{Entry, catalogue};

/// What `--format json` prints of a kind of message.
#[derive(Serialize)]
struct Shown {
    code: &'static str,
    title: &'static str,
    text: &'static str,
}

/// Whether words are the code of a message: a letter and three digits.
pub(super) fn is_code(words: &str) -> bool {
    words.len() == 4
        && words.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && words.bytes().skip(1).all(|b| b.is_ascii_digit())
}

/// Prints the page of a code.
pub(super) fn show(words: &str, format: Format, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let known = |entry: &&Entry| entry.code.eq_ignore_ascii_case(words);
    let Some(Entry { code, title, text }) = catalogue().iter().find(known) else {
        let letter = words[..1].to_uppercase();
        let codes: Vec<&str> = catalogue().iter().map(|e| e.code).filter(|c| c.starts_with(&letter)).collect();
        let others =
            if codes.is_empty() { "P041 is one".to_owned() } else { format!("there are {}", codes.join(", ")) };
        return Err(Failure::Call(format!("there is no message {words}; {others}")));
    };
    match format {
        Format::Json => terminal.json(&Shown { code, title, text })?,
        Format::Text => terminal.line(format_args!("{code}: {title}\n\n{text}"))?,
    }
    Ok(Outcome::Holds)
}
