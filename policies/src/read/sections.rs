//! The files of a site, and the tables of each kind from all of them.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::tree::{self, Entry, Node, Table, Value};
use crate::diagnose::Diagnostic;
use crate::site::Location;

/// One file.
pub(super) struct Document {
    pub(super) table: Table,
    pub(super) at: Location,
}

/// Reads site.toml and every file that it includes, site.toml first. `None` when there is no site.toml.
pub(super) fn documents(reader: &mut Reader<'_>) -> Option<Vec<Document>> {
    let first = open(reader, "site.toml", None)?;
    let mut paths: Vec<String> = Vec::new();
    if let Some(include) = first.table.entry("include") {
        for (pattern, node) in reader.texts("include", &include.node) {
            let found = match reader.files.matching(pattern) {
                Ok(found) => found,
                Err(why) => {
                    reader.report(Diagnostic::error("S004", &node.at, format!("\"{pattern}\" {why}")));
                    continue;
                }
            };
            if found.is_empty() {
                reader.report(
                    Diagnostic::error("S004", &node.at, format!("no file matches \"{pattern}\""))
                        .help("patterns are relative to the site's folder, as in \"tests/*.toml\""),
                );
            }
            // A file that two patterns match is read once.
            let new: Vec<String> = found.into_iter().filter(|p| !is_apart(p) && !paths.contains(p)).collect();
            paths.extend(new);
        }
    }
    let mut documents = vec![first];
    for path in paths {
        documents.extend(open(reader, &path, None));
    }
    Some(documents)
}

/// Whether a file is no policy file although a pattern matches it: what is read first, and who approved it.
fn is_apart(path: &str) -> bool {
    path == "site.toml" || path == crate::meaning::approval::FILE
}

fn open(reader: &mut Reader<'_>, path: &str, at: Option<&Location>) -> Option<Document> {
    let file = reader.open(path, at)?;
    let table = tree::parse(file, &reader.sources[usize::from(file)].text, &mut reader.diagnostics);
    Some(Document { table, at: Location { file, span: 0..0 } })
}

/// The tables of each kind from all files, in their order.
#[derive(Default)]
pub(super) struct Sections<'t> {
    pub(super) unmatched: Vec<&'t Entry>,
    pub(super) defaults: Vec<&'t Entry>,
    pub(super) gateways: Vec<&'t Entry>,
    pub(super) kinds: Vec<&'t Entry>,
    pub(super) assets: Vec<&'t Entry>,
    /// Every `assets-from`.
    pub(super) rosters: Vec<&'t Entry>,
    pub(super) zones: Vec<&'t Entry>,
    pub(super) calendars: Vec<&'t Entry>,
    pub(super) windows: Vec<&'t Entry>,
    pub(super) break_glass: Vec<&'t Entry>,
    pub(super) lockdown: Vec<&'t Entry>,
    pub(super) approvals: Vec<&'t Entry>,
    pub(super) conduits: Vec<&'t Entry>,
    pub(super) tests: Vec<&'t Node>,
    pub(super) nevers: Vec<&'t Node>,
}

impl<'t> Sections<'t> {
    /// Sorts the tables of all files by their kind; reports keys that no file may have.
    pub(super) fn of(reader: &mut Reader<'_>, documents: &'t [Document]) -> Self {
        let mut sections = Self::default();
        for (index, document) in documents.iter().enumerate() {
            sections.add(reader, document, index == 0);
        }
        sections
    }

    fn add(&mut self, reader: &mut Reader<'_>, document: &'t Document, first: bool) {
        let mut fields = Fields::of(&document.table, &document.at);
        for (key, into) in [
            ("gateways", &mut self.gateways),
            ("kinds", &mut self.kinds),
            ("assets", &mut self.assets),
            ("zones", &mut self.zones),
            ("calendars", &mut self.calendars),
            ("windows", &mut self.windows),
            ("conduit", &mut self.conduits),
        ] {
            if let Some(entry) = fields.take(key) {
                match &entry.node.value {
                    Value::Table(table) => into.extend(&table.entries),
                    _ => reader.wants(key, &entry.node, &format!("a table: [{key}.NAME]")),
                }
            }
        }
        self.unmatched.extend(fields.take("unmatched"));
        self.defaults.extend(fields.take("defaults"));
        self.break_glass.extend(fields.take("break-glass"));
        self.lockdown.extend(fields.take("lockdown"));
        self.approvals.extend(fields.take("approvals"));
        for (key, into) in [("test", &mut self.tests), ("never", &mut self.nevers)] {
            if let Some(entry) = fields.take(key) {
                match &entry.node.value {
                    Value::List(all) => into.extend(all),
                    _ => reader.wants(key, &entry.node, &format!("written [[{key}]]")),
                }
            }
        }
        self.rosters.extend(fields.take("assets-from"));
        for key in keys::SITE {
            if let Some(entry) = fields.take(key)
                && !first
            {
                let message = format!("`{key}` stands in site.toml alone");
                reader
                    .report(Diagnostic::error("S001", &entry.key_at, message).help("move it to the head of site.toml"));
            }
        }
        let known: Vec<&str> = keys::TOP.iter().chain(keys::SITE).copied().collect();
        let shape =
            Shape { what: "a policy file", header: String::new(), keys: &known, later: keys::TOP_LATER, above: &[] };
        fields.finish(reader, &shape);
    }
}
