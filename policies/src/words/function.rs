//! The first word: a verb, a function's name, or a raw code.

use super::Trouble;
use crate::read::names::nearest;
use sluice_model::{Action, Code, Descriptor, Function};

/// What is asked to be done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    /// A verb; the usual function for its target is taken.
    Verb(Action),
    /// One function.
    Function {
        /// Its code, sub-function included.
        code: Code,
        /// What the protocol says about it.
        function: &'static Function,
    },
}

impl Named {
    /// Whether it changes bits of an item and keeps the others: a function whose name begins with `mask-`.
    pub(super) fn masks(self) -> bool {
        matches!(self, Self::Function { function, .. } if function.name.starts_with("mask-"))
    }
}

/// Reads the function, its sub-function where one follows, and returns the rest of the text.
pub(super) fn read<'t>(protocol: &'static Descriptor, text: &'t str) -> Result<(Named, &'t str), Trouble<'t>> {
    let (first, rest) = first_word(text);
    if let Some(action) = Action::from_verb(first) {
        return Ok((Named::Verb(action), rest));
    }
    let (code, takes_sub) = code(protocol, first)?;
    let (second, after) = first_word(rest);
    let (code, rest) = match number(second) {
        Some(sub) if takes_sub => (Code { sub: Some(sub), ..code }, after),
        _ => (code, rest),
    };
    let missing = || Trouble::at(first, format!("{} has no function {code}", protocol.name));
    let function = protocol.function(code).ok_or_else(missing)?;
    Ok((Named::Function { code, function }, rest))
}

/// The code that a name or a number stands for, and whether a sub-function may follow it.
fn code<'t>(protocol: &'static Descriptor, word: &'t str) -> Result<(Code, bool), Trouble<'t>> {
    if let Some(function) = protocol.function_named(word) {
        let code = Code { function: *function.codes.start(), sub: function.sub };
        return Ok((code, function.sub.is_none() && function.spaces.is_empty()));
    }
    if let Some((function, sub)) = word.split_once('/')
        && let (Some(function), Some(sub)) = (number(function), number(sub))
    {
        return Ok((Code::with_sub(function, sub), false));
    }
    let function = number(word).ok_or_else(|| unknown(protocol, word))?;
    Ok((Code::new(function), protocol.function(Code::new(function)).is_none_or(|f| f.spaces.is_empty())))
}

fn unknown<'t>(protocol: &'static Descriptor, word: &'t str) -> Trouble<'t> {
    let means = |verb: &Action| protocol.functions.iter().any(|f| f.by_verb && f.actions.contains(verb));
    let verbs = || Action::ALL.iter().filter(|a| means(a)).map(|a| a.name()).filter(|v| Action::from_verb(v).is_some());
    let names = protocol.functions.iter().map(|f| f.name);
    let hint = match nearest(word, verbs().chain(names)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the verbs are {}", verbs().collect::<Vec<_>>().join(", ")),
    };
    let message = match word {
        "" => "say what is done".into(),
        _ => format!("`{word}` is no verb, and no function or code of {}", protocol.name),
    };
    Trouble { hint: Some(hint), ..Trouble::at(word, message) }
}

/// `90` or `0x5A`.
pub(super) fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).ok(),
        None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

/// The first word, and what follows it.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim_start())
}
