//! Why words are no message.

use core::fmt;

/// What is wrong with words, and where in them.
#[derive(Debug)]
pub(crate) struct Trouble<'t> {
    /// The code of the message about it.
    pub(crate) code: &'static str,
    /// What is wrong, in a sentence.
    pub(crate) message: String,
    /// The part of the text that is wrong; `None` when it is no single one.
    pub(crate) part: Option<&'t str>,
    /// What to write instead: `did you mean pump_speed?`.
    pub(crate) hint: Option<String>,
}

impl<'t> Trouble<'t> {
    /// X005: what cannot be asked.
    pub(super) fn at(part: &'t str, message: String) -> Self {
        Self { part: Some(part), ..Self::from(message) }
    }

    /// X006: a tag that the asset does not have.
    pub(super) fn unknown(part: &'t str, message: String) -> Self {
        Self { code: "X006", ..Self::at(part, message) }
    }

    /// X007: what a tag or an item cannot be.
    pub(super) fn value(part: &'t str, message: String) -> Self {
        Self { code: "X007", ..Self::at(part, message) }
    }
}

impl From<String> for Trouble<'_> {
    fn from(message: String) -> Self {
        Self { code: "X005", message, part: None, hint: None }
    }
}

impl fmt::Display for Trouble<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}
