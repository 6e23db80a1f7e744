//! approvals.toml: entries of who approved what.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::{Reader, date};
use super::tree::{self, Node, Value};
use crate::meaning::approval;
use crate::site::Location;

/// A text with its place.
type Placed = (String, Location);

/// Reads every entry; of a file with mistakes none counts.
pub(crate) fn approvals(reader: &mut Reader<'_>) -> Vec<approval::Entry> {
    let Some(file) = reader.open(approval::FILE, None) else { return Vec::new() };
    let table = tree::parse(file, &reader.sources[usize::from(file)].text, &mut reader.diagnostics);
    let at = Location { file, span: 0..0 };
    let mut fields = Fields::of(&table, &at);
    let entries = fields.take("approval");
    let shape = Shape { what: "approvals.toml", header: String::new(), keys: &["approval"], later: &[], above: &[] };
    fields.finish(reader, &shape);
    let Some(entries) = entries else { return Vec::new() };
    let Value::List(nodes) = &entries.node.value else {
        reader.wants("approval", &entries.node, "written [[approval]]");
        return Vec::new();
    };
    nodes.iter().filter_map(|node| entry(reader, node)).collect()
}

fn entry(reader: &mut Reader<'_>, node: &Node) -> Option<approval::Entry> {
    let Value::Table(table) = &node.value else {
        reader.wants("approval", node, "written [[approval]]");
        return None;
    };
    let header = "[[approval]]".to_owned();
    let shape = Shape { what: "an approval", header, keys: keys::APPROVAL, later: &[], above: &[] };
    let mut fields = Fields::of(table, &node.at);
    let help = "entries are written by sluice policy sign and sluice policy approve";
    let mut texts: Vec<Option<Placed>> = Vec::new();
    for key in ["statement", "person", "role", "meaning", "signature"] {
        let entry = fields.need(reader, &shape, key, help);
        texts.push(entry.and_then(|e| Some((reader.text(key, &e.node)?.to_owned(), e.node.at.clone()))));
    }
    let day = fields.need(reader, &shape, "date", help).and_then(|entry| date(reader, entry));
    fields.finish(reader, &shape);
    let (signature, signature_at) = texts.pop()??;
    let (meaning, meaning_at) = texts.pop()??;
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if meaning.len() != 64 || !meaning.bytes().all(hexadecimal) {
        reader.report(approval::unreadable(&meaning_at, "`meaning` is no SHA-256 in hexadecimal"));
        return None;
    }
    let role = plain(reader, texts.pop()??)?;
    let person = plain(reader, texts.pop()??)?;
    let statement = plain(reader, texts.pop()??)?;
    let (at, date) = (node.at.clone(), day?.to_string());
    Some(approval::Entry { statement, meaning, person, role, date, signature, at, signature_at })
}

/// A name: it stands on one line of what is signed.
fn plain(reader: &mut Reader<'_>, (text, at): Placed) -> Option<String> {
    if !text.is_empty() && text.len() <= 200 && !text.contains(char::is_control) {
        return Some(text);
    }
    reader.report(approval::unreadable(&at, "a name has from 1 to 200 characters, all of them on one line"));
    None
}
