//! The tags of a guarantee, on every asset of `to` that has them.

use super::picks::{self, Pick, Wanted};
use super::plant::Plant;
use super::reader::Reader;
use super::resolve::matching;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language;
use crate::site::{Crowd, Engineering, Kind, NeverFunctions, NeverTag, NeverValues, Tag};
use std::collections::HashMap;
use std::sync::Arc;

/// Values by their text and by what raw values mean; `None` when the text is wrong.
type Meant<'t> = HashMap<(&'t str, *const Engineering, Kind), Option<Arc<NeverValues>>>;

/// Reads `tags`: a list, or a table of values. T030 for what no asset of `to` has.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    to: &Crowd,
    functions: Option<&NeverFunctions>,
    entry: &Entry,
) -> Vec<NeverTag> {
    let wanted: Vec<(Pick<'_>, Option<&Node>)> = match &entry.node.value {
        Value::Table(table) => {
            let mut all = Vec::new();
            for entry in &table.entries {
                all.extend(picks::pick(reader, &entry.key, &entry.key_at, None).map(|pick| (pick, Some(&entry.node))));
            }
            all
        }
        _ => picks::listed(reader, entry, None).into_iter().map(|pick| (pick, None)).collect(),
    };
    let (mut tags, mut meant) = (Vec::new(), Meant::new());
    for (pick, values) in &wanted {
        let before = tags.len();
        let mut wrong = false;
        for id in &to.assets {
            let speaks = plant.assets[id.0 as usize].speaks.iter().enumerate();
            let speaks = speaks.filter(|(_, s)| functions.is_none_or(|f| f.protocol.id == s.protocol.id));
            for (index, spoken) in speaks {
                for at in matching(pick, &spoken.tags) {
                    let tag = &spoken.tags[at];
                    let Some((first, last)) = elements(pick, tag) else { continue };
                    let values = match values {
                        None => None,
                        Some(node) => {
                            let values = value(reader, &mut meant, node, tag);
                            wrong |= values.is_none();
                            if values.is_none() {
                                continue;
                            }
                            values
                        }
                    };
                    let place = pick.at.clone();
                    tags.push(NeverTag { asset: *id, speaks: index, tag: at, first, last, values, at: place });
                }
            }
        }
        let unread = plant.more_assets || to.assets.iter().any(|id| plant.partial.contains(id));
        if tags.len() == before && !wrong && !unread {
            nowhere(reader, plant, to, pick);
        }
    }
    tags
}

/// The elements that an entry means; none when the tag has not so many.
fn elements(pick: &Pick<'_>, tag: &Tag) -> Option<(u64, u64)> {
    match &pick.what {
        Wanted::Glob(_) | Wanted::Name(_, None) => Some((0, tag.count - 1)),
        Wanted::Name(_, Some((first, last))) => (*last < tag.count).then_some((*first, *last)),
    }
}

fn value<'t>(reader: &mut Reader<'_>, meant: &mut Meant<'t>, node: &'t Node, tag: &Tag) -> Option<Arc<NeverValues>> {
    let Value::Text(text) = &node.value else {
        // Said once, whatever the number of assets.
        if meant.insert(("", core::ptr::null(), tag.kind), None).is_none() {
            reader.wants("tags", node, "a table of values: { line_speed = \"> 15 m/min\" }");
        }
        return None;
    };
    let key = (text.as_str(), Arc::as_ptr(&tag.engineering), tag.kind);
    if let Some(known) = meant.get(&key) {
        return known.clone();
    }
    let values = match language::forbidden(tag, text) {
        Ok(values) => Some(Arc::new(values)),
        Err(fault) => {
            reader.tag_fault(node, tag, fault);
            None
        }
    };
    meant.insert(key, values.clone());
    values
}

fn nowhere(reader: &mut Reader<'_>, plant: &Plant, to: &Crowd, pick: &Pick<'_>) {
    let tags = to.assets.iter().flat_map(|id| &plant.assets[id.0 as usize].speaks).flat_map(|s| s.tags.iter());
    let mut wrong = match &pick.what {
        Wanted::Glob(_) => Diagnostic::error("T030", &pick.at, format!("no tag of `to` matches \"{}\"", pick.text)),
        Wanted::Name(name, _) => {
            let message = format!("no asset of `to` has a tag `{}`", pick.text);
            let near = reader.nearest(name, tags.map(|t| t.name.as_str()));
            let mut wrong = Diagnostic::error("T030", &pick.at, message);
            wrong.help = near.filter(|near| near != name).map(|near| format!("did you mean `{near}`?"));
            wrong
        }
    };
    wrong.notes.push("a guarantee about a tag that nobody has would hold for nothing".into());
    reader.report(wrong);
}
