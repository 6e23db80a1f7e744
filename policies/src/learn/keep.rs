//! The notes that people made in a proposal, for the next one.

use std::collections::BTreeMap;

/// What begins a line of evidence, so that it is told from a note.
pub(super) const EVIDENCE: &str = "#| ";

/// The notes above each statement, by `conduit.id`; those above nothing, and those at the end, by an empty name.
pub(super) fn notes(before: &str) -> BTreeMap<String, Vec<String>> {
    let mut notes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut waiting, mut conduit) = (Vec::new(), None::<String>);
    for line in before.lines().map(str::trim) {
        if line.starts_with('#') && !line.starts_with(EVIDENCE.trim_end()) {
            waiting.push(line.to_owned());
        } else if let Some(name) = line.strip_prefix("[[conduit.").and_then(|rest| rest.strip_suffix(".allow]]")) {
            conduit = Some(name.to_owned());
        } else if let Some(id) = line.strip_prefix("id").map(|rest| rest.trim_start_matches([' ', '=']))
            && let Some(conduit) = conduit.take().filter(|_| !waiting.is_empty())
        {
            notes.insert(format!("{conduit}.{}", id.trim_matches('"')), core::mem::take(&mut waiting));
        }
    }
    if !waiting.is_empty() {
        notes.insert(String::new(), waiting);
    }
    notes
}
