//! Tag lists: CSV files with the plant's names, addresses, types and units. Called by `read`.

mod kinds;
mod notation;
mod overlap;
mod row;

pub(crate) use kinds::words;
pub(crate) use row::Meanings;

use crate::read::Reader;
use crate::sheet::{Columns, Sheet};
use crate::site::{Location, Tag, WordOrder};
use notation::notation;
use row::Row;
use sluice_model::Descriptor;
use std::collections::HashMap;
use std::sync::Arc;

/// Every column of a tag list; the first three are required.
const COLUMNS: [&str; 13] = [
    "name", "address", "type", "count", "words", "scale", "offset", "unit", "min", "max", "states", "access", "comment",
];

/// A tag list as it stands in its file, before an asset's own word order fills the gaps.
#[derive(Debug, Default)]
pub(crate) struct TagList {
    /// The tags, sorted by name.
    tags: Arc<[Tag]>,
    /// For each tag, whether it states its word order.
    stated: Vec<bool>,
    /// The order of the words of those that do not.
    words: WordOrder,
    /// Whether every line was understood; if not, a name that is missing may be one of those lines.
    pub(crate) whole: bool,
}

impl TagList {
    /// The tags of an asset whose wide values have their words in this order unless a tag says otherwise; a value of one
    /// register has no words to order, and only its own line can say that its bytes are swapped. Assets with the same
    /// order share them.
    pub(crate) fn with_words(&mut self, words: WordOrder) -> Arc<[Tag]> {
        if words != self.words {
            self.words = words;
            let keeps = |tag: &Tag, stated: bool| stated || tag.items == 1;
            let each = |(tag, stated): (&Tag, &bool)| {
                if keeps(tag, *stated) { tag.clone() } else { Tag { words, ..tag.clone() } }
            };
            self.tags = self.tags.iter().zip(&self.stated).map(each).collect();
        }
        Arc::clone(&self.tags)
    }
}

/// Reads the tag list at `path`, which `at` names.
pub(crate) fn read(reader: &mut Reader<'_>, path: &str, at: &Location, protocol: &'static Descriptor) -> TagList {
    let Some(file) = reader.open(path, Some(at)) else { return TagList::default() };
    // Taken out while its cells are looked at, so that messages can be written meanwhile.
    let text = core::mem::take(&mut reader.sources[usize::from(file)].text);
    let list = read_text(reader, file, &text, protocol);
    reader.sources[usize::from(file)].text = text;
    list
}

fn read_text(reader: &mut Reader<'_>, file: u16, text: &str, protocol: &'static Descriptor) -> TagList {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(notation) = notation(reader, file, &text[start..], start, protocol) else { return TagList::default() };
    let start = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
    let columns = Columns { what: "a tag list", code: "T002", names: COLUMNS.to_vec(), required: 3 };
    let Some(mut sheet) = Sheet::open(reader, file, text, start, columns) else { return TagList::default() };
    let mut tags: Vec<(Tag, bool)> = Vec::new();
    let mut whole = true;
    while let Some(cells) = sheet.next(reader) {
        match Row::read(reader, &cells, protocol, notation) {
            Some(row) => tags.push(row),
            None => whole = false,
        }
    }
    whole &= sheet.whole;
    tags.sort_by(|(a, _), (b, _)| (&a.name, a.at.span.start).cmp(&(&b.name, b.at.span.start)));
    duplicates(reader, &tags);
    overlap::check(reader, &tags, protocol);
    let stated = tags.iter().map(|(_, stated)| *stated).collect();
    let tags = tags.into_iter().map(|(tag, _)| tag).collect();
    TagList { tags, stated, words: WordOrder::default(), whole }
}

/// T015: one name twice.
fn duplicates(reader: &mut Reader<'_>, tags: &[(Tag, bool)]) {
    let mut first: HashMap<&str, &Tag> = HashMap::new();
    for (tag, _) in tags {
        match first.get(tag.name.as_str()) {
            Some(earlier) => {
                let message = format!("tag {} is declared twice", tag.name);
                let wrong = crate::diagnose::Diagnostic::error("T015", &tag.at, message);
                reader.report(wrong.also(&earlier.at, "declared here first"));
            }
            None => {
                first.insert(&tag.name, tag);
            }
        }
    }
}
