//! Walks one table: which keys it has, and what to say about those that it should not have.

use super::reader::Reader;
use super::tree::{Entry, Table};
use crate::diagnose::Diagnostic;
use crate::site::Location;

/// What a table may hold.
pub(crate) struct Shape<'k> {
    /// What it is: `an allow statement`.
    pub(crate) what: &'static str,
    /// How its header is written: `[[conduit.C.allow]]`.
    pub(crate) header: String,
    /// The keys that it has.
    pub(crate) keys: &'k [&'k str],
    /// The keys that the language has and this version does not enforce.
    pub(crate) later: &'k [&'k str],
    /// Tables above it in a file whose keys TOML would put into this one.
    pub(crate) above: &'k [Above<'k>],
}

/// A table whose keys slip into a table below it.
pub(crate) struct Above<'k> {
    /// Its keys.
    pub(crate) keys: &'k [&'k str],
    /// Where they belong: `under [conduit.C]`.
    pub(crate) place: String,
}

/// The keys of one table, each taken once.
pub(crate) struct Fields<'t> {
    table: &'t Table,
    at: &'t Location,
    taken: Vec<&'t str>,
}

impl<'t> Fields<'t> {
    /// The keys of `table`, which stands at `at`.
    pub(crate) const fn of(table: &'t Table, at: &'t Location) -> Self {
        Self { table, at, taken: Vec::new() }
    }

    /// The entry of a key, if the table has it.
    pub(crate) fn take(&mut self, key: &str) -> Option<&'t Entry> {
        let entry = self.table.entry(key)?;
        self.taken.push(&entry.key);
        Some(entry)
    }

    /// The entry of a key that the table must have: S005.
    pub(crate) fn need(
        &mut self,
        reader: &mut Reader<'_>,
        shape: &Shape<'_>,
        key: &str,
        help: &str,
    ) -> Option<&'t Entry> {
        let entry = self.take(key);
        if entry.is_none() {
            let message = format!("`{key}` is missing; {} needs it", shape.what);
            reader.report(Diagnostic::error("S005", self.at, message).help(help));
        }
        entry
    }

    /// Whether the table has any of `keys`.
    pub(crate) fn has_any(&self, keys: &[&str]) -> bool {
        self.table.entries.iter().any(|e| keys.contains(&e.key.as_str()))
    }

    /// Reports every key that nobody took.
    pub(crate) fn finish(self, reader: &mut Reader<'_>, shape: &Shape<'_>) {
        let left: Vec<&Entry> = self.table.entries.iter().filter(|e| !self.taken.contains(&e.key.as_str())).collect();
        for entry in left {
            self.unknown(reader, shape, entry);
        }
    }

    fn unknown(&self, reader: &mut Reader<'_>, shape: &Shape<'_>, entry: &Entry) {
        let key = entry.key.as_str();
        if shape.later.contains(&key) {
            reader.not_enforced(&entry.key_at, &format!("`{key}`"));
            return;
        }
        let mut wrong = Diagnostic::error("S001", &entry.key_at, format!("`{key}` is not a key of {}", shape.what));
        if let Some(above) = shape.above.iter().find(|a| a.keys.contains(&key)) {
            let line = reader.sources[usize::from(self.at.file)].line(self.at.span.start);
            wrong = wrong
                .label(format!("TOML puts this line into {} (line {line})", shape.header))
                .help(format!("move it above line {line}, {}", above.place));
        } else if let Some(near) = reader.nearest(key, shape.keys.iter().copied()) {
            wrong = wrong.help(format!("did you mean `{near}`?"));
        } else {
            wrong = wrong.help(format!("it has {}", shape.keys.join(", ")));
        }
        reader.report(wrong);
    }
}
