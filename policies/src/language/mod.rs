//! The scalars of the language: exact decimal numbers, ranges in engineering units, texts, and what they are as raw
//! values of a tag. Called by `read` and `tags` for files, and by whoever shows or reads a value in words.

mod compare;
mod decimal;
mod duration;
#[cfg(test)]
pub(crate) mod fixture;
mod forbidden;
mod limit;
mod range;
mod rate;
mod scale;
mod schedule;
mod step;
mod text;
mod value;

pub use value::RawValue;

pub(crate) use compare::{Operator, compared};
pub(crate) use duration::{duration, show as show_duration};
pub(crate) use forbidden::{domain, forbidden, joined};
pub(crate) use limit::{bounds, limit};
pub(crate) use range::is_name;
pub(crate) use rate::rate;
pub(crate) use schedule::schedule;
pub(crate) use step::Said as SaidStep;

use core::ops::Range;

/// Why a text is no scalar, with the part of it that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A code of the catalogue of messages.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: String,
    /// The part of the text, in bytes.
    pub(crate) part: Range<usize>,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, part: Range<usize>) -> Self {
        Self { code, message: message.into(), part, help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
