//! One message.

use crate::site::Location;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used; somebody should look.
    Warning,
}

impl Severity {
    /// The word in messages and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place with what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The place.
    pub at: Location,
    /// What is to be seen there; may be empty.
    pub label: String,
}

/// One message about the policy's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, an entry of the [`super::catalogue`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` when it is about no place in a file.
    pub primary: Option<Annotation>,
    /// Other places that belong to it.
    pub secondary: Vec<Annotation>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// What goes by a name of its own, before the notes: `example`, `path`.
    pub named: Vec<(&'static str, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, at: &Location, message: impl Into<String>) -> Self {
        let primary = Some(Annotation { at: at.clone(), label: String::new() });
        Self { primary, ..Self::nowhere(code, message) }
    }

    /// A warning.
    pub fn warning(code: &'static str, at: &Location, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
    }

    /// An error about no place in a file.
    pub fn nowhere(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            named: Vec::new(),
            help: None,
        }
    }

    /// One line each, and none longer than anybody reads: a cell of many megabytes is not said again.
    fn shortened(mut self) -> Self {
        shorten(&mut self.message);
        let annotations = self.primary.iter_mut().chain(&mut self.secondary).map(|a| &mut a.label);
        let named = self.named.iter_mut().map(|(_, text)| text);
        annotations.chain(&mut self.notes).chain(named).chain(&mut self.help).for_each(shorten);
        self
    }

    /// With words beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.label = label.into();
        }
        self
    }

    /// With another place.
    #[must_use]
    pub fn also(mut self, at: &Location, label: impl Into<String>) -> Self {
        self.secondary.push(Annotation { at: at.clone(), label: label.into() });
        self
    }

    /// With something that goes by a name of its own.
    #[must_use]
    pub fn named(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.named.push((name, text.into()));
        self
    }

    /// With a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The longest text of a message, in bytes.
const LONGEST: usize = 2000;

fn shorten(text: &mut String) {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push_str(" ..");
    }
    if text.contains(['\n', '\r']) {
        *text = text.replace(['\n', '\r'], " ");
    }
}

/// How many messages are kept; a broken file of many megabytes cannot fill the memory with them.
const KEPT: usize = 10_000;

/// The messages of one run, while it runs.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    pub(crate) kept: Vec<Diagnostic>,
    pub(crate) dropped: usize,
    /// How many of `kept` were looked at for a warning that makes room.
    looked: usize,
}

impl Diagnostics {
    /// These messages, and no others.
    pub(super) fn of(kept: Vec<Diagnostic>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Whether more messages would only be counted: then what costs much to find out is not looked for.
    pub(crate) fn full(&self) -> bool {
        self.kept.len() >= KEPT
    }

    /// What is not TOML (S002) is said once: a message about the value that was guessed there says it again.
    pub(crate) fn once_per_syntax_error(&mut self) {
        let at = |d: &Diagnostic| d.primary.as_ref().map(|p| (p.at.file, p.at.span.clone()));
        let mut broken: Vec<_> = self.kept.iter().filter(|d| d.code == "S002").filter_map(at).collect();
        broken.sort_unstable_by_key(|(file, span)| (*file, span.start));
        self.kept.retain(|d| {
            let Some((file, span)) = at(d).filter(|_| d.code == "S006") else { return true };
            let next = broken.partition_point(|(f, s)| (*f, s.start) < (file, span.start));
            !broken.get(next).is_some_and(|(f, s)| *f == file && s.start <= span.end)
        });
    }

    /// How many there were so far, kept or not.
    pub(crate) fn count(&self) -> usize {
        self.kept.len() + self.dropped
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if !self.full() {
            self.kept.push(diagnostic.shortened());
            return;
        }
        self.dropped += 1;
        // A dropped warning may make room for an error, never the other way round.
        if diagnostic.severity == Severity::Error {
            while let Some(place) = self.kept.get_mut(self.looked) {
                self.looked += 1;
                if place.severity == Severity::Warning {
                    *place = diagnostic.shortened();
                    break;
                }
            }
        }
    }
}
