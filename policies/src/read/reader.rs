//! What every part of `read` shares: the files, the messages, and the readers of plain values.

use super::RawPlaces;
use super::memory::Memory;
use super::names;
use super::tree::{Entry, Node, Value};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::language::Fault;
use crate::site::{Location, SourceFile, Tag};
use crate::source::{Files, MAX_FILES};
use crate::tags::Meanings;
use core::ops::RangeInclusive;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use sluice_model::Descriptor;
use std::collections::HashMap;

/// The state of one reading of a site.
pub(crate) struct Reader<'s> {
    pub(crate) files: &'s dyn Files,
    pub(crate) catalogue: &'s [&'static Descriptor],
    /// In the site's time zone, once it was read.
    pub(crate) now: ZonedDateTime,
    pub(crate) sources: Vec<SourceFile>,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) raw_places: RawPlaces,
    /// Where statements say what they allow, by their own places.
    pub(crate) stated: HashMap<Location, Location>,
    pub(crate) meanings: Meanings,
    pub(crate) memory: Memory,
    /// How many names may still be compared to guess what was meant.
    guesses: usize,
}

/// How many names one reading compares; a person who made so many slips does not read all guesses.
const GUESSES: usize = 300_000;

impl<'s> Reader<'s> {
    pub(crate) fn new(files: &'s dyn Files, catalogue: &'s [&'static Descriptor], now: Timestamp) -> Self {
        Self {
            files,
            catalogue,
            now: now.to_zoned_datetime(TimeZone::UTC),
            sources: Vec::new(),
            diagnostics: Diagnostics::default(),
            raw_places: RawPlaces::new(),
            stated: HashMap::new(),
            meanings: Meanings::default(),
            memory: Memory::default(),
            guesses: GUESSES,
        }
    }

    /// The name among `known` that `name` is most likely a slip of; `None` when too much was guessed already.
    pub(crate) fn nearest<'n>(&mut self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        let mut left = self.guesses;
        let compared = known.into_iter().inspect(|_| left = left.saturating_sub(1));
        let found = names::nearest(name, compared.take(self.guesses));
        self.guesses = left;
        found.filter(|_| left > 0)
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reads a file that is named at `at` (`None`: by nobody) and keeps its text.
    pub(crate) fn open(&mut self, path: &str, at: Option<&Location>) -> Option<u16> {
        let text = match self.files.read(path) {
            Ok(_) if self.sources.len() >= MAX_FILES => {
                Err(format!("is one file too many; a site may have {MAX_FILES}"))
            }
            other => other,
        };
        match text {
            Ok(text) => {
                self.sources.push(SourceFile { path: path.into(), text });
                Some((self.sources.len() - 1) as u16)
            }
            Err(why) => {
                let message = format!("{path}: {why}");
                self.report(match at {
                    Some(at) => Diagnostic::error("S003", at, message),
                    None => Diagnostic::nowhere("S003", message),
                });
                None
            }
        }
    }

    /// `conduits.toml:24` for a place.
    pub(crate) fn show(&self, at: &Location) -> String {
        let file = &self.sources[usize::from(at.file)];
        format!("{}:{}", file.path, file.line(at.span.start))
    }

    /// The place of a part of a text value: exact when the text stands in the file as it is, else the whole value.
    pub(crate) fn part(&self, node: &Node, part: core::ops::Range<usize>) -> Location {
        if let Value::Text(text) = &node.value {
            let inner = node.at.span.start + 1;
            let source = &self.sources[usize::from(node.at.file)].text;
            if source.get(inner..inner + text.len()) == Some(text) {
                let span = inner + part.start.min(text.len())..inner + part.end.min(text.len());
                return Location { file: node.at.file, span };
            }
        }
        node.at.clone()
    }

    /// Reports what is wrong with a text, at the part of it that is wrong.
    pub(crate) fn fault(&mut self, node: &Node, fault: Fault) {
        let mut wrong = Diagnostic::error(fault.code, &self.part(node, fault.part), fault.message);
        wrong.help = fault.help;
        self.report(wrong);
    }

    /// Reports what is wrong with a text about a tag.
    pub(crate) fn tag_fault(&mut self, node: &Node, tag: &Tag, fault: Fault) {
        let place = self.show(&tag.at);
        let message = match fault.code {
            "U003" if fault.message.contains(&tag.name) => {
                format!("{} ({place}); units are never converted", fault.message)
            }
            _ => fault.message,
        };
        let mut wrong = Diagnostic::error(fault.code, &self.part(node, fault.part), message);
        wrong.help = fault.help;
        self.report(wrong.also(&tag.at, format!("{} is declared here", tag.name)));
    }

    /// S006: `key` wants something else than it got.
    pub(crate) fn wants(&mut self, key: &str, node: &Node, wanted: &str) {
        let message = format!("`{key}` must be {wanted}; this is {}", node.value.what());
        self.report(Diagnostic::error("S006", &node.at, message));
    }

    pub(crate) fn text<'t>(&mut self, key: &str, node: &'t Node) -> Option<&'t str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.wants(key, node, "a text in quotes");
        None
    }

    pub(crate) fn flag(&mut self, key: &str, node: &Node) -> Option<bool> {
        if let Value::Flag(flag) = node.value {
            return Some(flag);
        }
        self.wants(key, node, "true or false");
        None
    }

    /// A whole number from `range`.
    pub(crate) fn integer<T>(&mut self, key: &str, node: &Node, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i128> + PartialOrd + core::fmt::Display,
    {
        let Value::Integer(number) = node.value else {
            self.wants(key, node, "a whole number");
            return None;
        };
        let fits = T::try_from(number).ok().filter(|n| range.contains(n));
        if fits.is_none() {
            let message = format!("`{key}` must lie in {} .. {}; this is {number}", range.start(), range.end());
            self.report(Diagnostic::error("S014", &node.at, message));
        }
        fits
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key, node)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let mut wrong = Diagnostic::error("S007", &node.at, format!("`{key}` is one of {}", all.join(" | ")));
        if let Some(near) = self.nearest(text, all) {
            wrong = wrong.help(format!("did you mean \"{near}\"?"));
        }
        self.report(wrong);
        None
    }

    /// The items of a list, or a single value as a list of one.
    pub(crate) fn list(node: &Node) -> &[Node] {
        match &node.value {
            Value::List(items) => items,
            _ => core::slice::from_ref(node),
        }
    }

    /// The texts of a list or of a single text.
    pub(crate) fn texts<'t>(&mut self, key: &str, node: &'t Node) -> Vec<(&'t str, &'t Node)> {
        let mut texts = Vec::new();
        for item in Self::list(node) {
            if let Some(text) = self.text(key, item) {
                texts.push((text, item));
            }
        }
        texts
    }

    /// S008: `what` (`asset hmi-1`) is declared twice.
    pub(crate) fn twice(&mut self, what: &str, at: &Location, first: &Location) {
        self.report(
            Diagnostic::error("S008", at, format!("{what} is declared twice")).also(first, "declared here first"),
        );
    }

    /// S009: `key` of the language has no meaning yet.
    pub(crate) fn not_enforced(&mut self, at: &Location, what: &str) {
        let message = format!("{what} is part of the policy language but not enforced by this version");
        let help = "leave it out; a statement that it narrows allows more without it";
        self.report(Diagnostic::error("S009", at, message).help(help));
    }

    /// Checks the name of something that is declared: S013.
    pub(crate) fn name(&mut self, what: &str, name: &str, at: &Location) -> bool {
        let fits = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !fits {
            let message = format!("`{name}` is no name for {what}: letters, digits, `-` and `_`, at most 64");
            self.report(Diagnostic::error("S013", at, message));
        }
        fits
    }
}

/// A date: `2026-12-20`, bare or in quotes.
pub(crate) fn date(reader: &mut Reader<'_>, entry: &Entry) -> Option<Date> {
    let (Value::Date(text) | Value::Text(text)) = &entry.node.value else {
        reader.wants(&entry.key, &entry.node, "a date such as 2026-12-20");
        return None;
    };
    let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
    if date.is_none() {
        let message = format!("`{text}` is no date; write it as 2026-12-20");
        reader.report(Diagnostic::error("S012", &entry.node.at, message));
    }
    date
}
