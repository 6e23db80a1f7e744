//! All messages of one run.

use super::lines::Lines;
use super::{Diagnostic, Diagnostics, Severity};
use crate::prove::Guarantees;
use crate::site::{Location, SourceFile};
use std::collections::HashSet;

/// How many messages a report shows.
const SHOWN: usize = 200;

/// All messages of one run, sorted by place, each once, with the files that they quote.
#[derive(Debug)]
pub struct Report {
    /// By their index; `None` where no message quotes the file.
    files: Vec<Option<Quoted>>,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    more: usize,
    guarantees: Guarantees,
}

/// A file whose lines can be quoted.
#[derive(Debug)]
pub(super) struct Quoted {
    pub(super) file: SourceFile,
    pub(super) lines: Lines,
}

impl Quoted {
    fn of(file: &SourceFile) -> Self {
        Self { lines: Lines::of(&file.text), file: file.clone() }
    }
}

impl Report {
    /// A report of `diagnostics` about `files`. At most 200 are kept, errors before warnings; the others are counted.
    pub fn new(files: &[SourceFile], diagnostics: Vec<Diagnostic>) -> Self {
        Self::of(files, Diagnostics::of(diagnostics))
    }

    pub(crate) fn of(files: &[SourceFile], diagnostics: Diagnostics) -> Self {
        let Diagnostics { kept: mut all, dropped, .. } = diagnostics;
        all.sort_by(|a, b| (place(a), a.code, &a.message).cmp(&(place(b), b.code, &b.message)));
        all.dedup_by(|a, b| a.code == b.code && place(a) == place(b) && a.message == b.message);
        let errors = all.iter().filter(|d| d.severity == Severity::Error).count();
        let warnings = all.len() - errors;
        let more = all.len().saturating_sub(SHOWN) + dropped;
        if all.len() > SHOWN {
            all.sort_by_key(|d| d.severity);
            all.truncate(SHOWN);
            all.sort_by_key(place);
        }
        let cited: HashSet<u16> =
            all.iter().flat_map(|d| d.primary.iter().chain(&d.secondary)).map(|a| a.at.file).collect();
        let quoted = |(index, file): (u16, &SourceFile)| cited.contains(&index).then(|| Quoted::of(file));
        let files = (0..).zip(files).map(quoted).collect();
        Self { files, diagnostics: all, errors, warnings, more, guarantees: Guarantees::default() }
    }

    /// The messages, sorted by file and place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many errors there are.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings there are.
    pub const fn warnings(&self) -> usize {
        self.warnings
    }

    /// How many messages are not shown.
    pub const fn more(&self) -> usize {
        self.more
    }

    /// The same with what became of the site's guarantees.
    pub(crate) fn with(self, guarantees: Guarantees) -> Self {
        Self { guarantees, ..self }
    }

    /// What became of the site's guarantees; none when it has other mistakes.
    pub const fn guarantees(&self) -> &Guarantees {
        &self.guarantees
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    pub(super) fn quoted(&self, at: &Location) -> Option<&Quoted> {
        self.files.get(usize::from(at.file))?.as_ref()
    }
}

/// What messages are sorted by; those about no place come first.
fn place(diagnostic: &Diagnostic) -> Option<(u16, usize, usize)> {
    diagnostic.primary.as_ref().map(|p| (p.at.file, p.at.span.start, p.at.span.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_no_message_quotes_are_not_kept() {
        let file = |path: &str| SourceFile { path: path.into(), text: "a\n".into() };
        let at = Location { file: 1, span: 0..1 };
        let report = Report::new(&[file("a"), file("b")], vec![Diagnostic::error("S006", &at, "wrong")]);
        assert!(report.files[0].is_none() && report.files[1].is_some());
    }
}
