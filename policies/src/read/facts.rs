//! `when`: facts that must be known, fresh and true.

use super::conduits::Ends;
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::tree::{Entry, Node};
use crate::diagnose::Diagnostic;
use crate::language::{self, Operator};
use crate::site::{Access, AssetId, Engineering, Fact, Facts, Interlock, Kind, Limit, Tag};
use core::ops::Range;
use std::collections::HashMap;
use std::sync::Arc;

/// Reads every fact of a `when`; one that is wrong is reported and left out.
pub(super) fn read(reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, entry: &Entry) -> Arc<[Interlock]> {
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        reader.report(Diagnostic::error("P051", &entry.node.at, "`when` lists nothing"));
    }
    nodes.iter().filter_map(|node| interlock(reader, plant, ends, node)).collect()
}

/// A fact as its author wrote it.
struct Said<'t> {
    text: &'t str,
    subject: Range<usize>,
    operator: Operator,
    value: Range<usize>,
}

fn interlock(reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, node: &Node) -> Option<Interlock> {
    let text = reader.text("when", node)?;
    let help = "write \"plc-1.tank_level > 20 % within 10 s\"";
    let Some((operator, at)) = Operator::find(text) else {
        let message = format!("`{text}` compares nothing");
        reader.report(Diagnostic::error("P051", &node.at, message).help(help));
        return None;
    };
    let Some(end) = text[at.end..].rfind(" within ").map(|end| at.end + end) else {
        let message = format!("`{text}` does not say how fresh the fact must be");
        reader.report(Diagnostic::error("P051", &node.at, message).help(help));
        return None;
    };
    let within = match language::duration(text, end + " within ".len()..text.len()) {
        Ok(within) => within,
        Err(fault) => {
            reader.fault(node, fault);
            return None;
        }
    };
    let lead = text.len() - text.trim_start().len();
    let subject = lead..lead + text[..at.start].trim().len();
    let value = &text[at.end..end];
    let value = at.end + (value.len() - value.trim_start().len())..at.end + value.trim_end().len();
    let said = Said { text, subject: subject.clone(), operator, value };
    let facts = facts(reader, plant, ends, node, &said)?;
    let at = reader.part(node, subject);
    Some(Interlock { wording: text.trim().into(), at, within, facts })
}

/// Whose tag it is: an asset's, `self`'s, or without an asset that of the only destination.
fn facts(reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, node: &Node, said: &Said<'_>) -> Option<Facts> {
    let subject = &said.text[said.subject.clone()];
    let at = reader.part(node, said.subject.clone());
    let (head, rest) = subject.split_once('.').unwrap_or((subject, ""));
    let mut finder = Finder { plant, node, said, limits: HashMap::new() };
    if head == "self" && !rest.is_empty() {
        let (name, element) = finder.element(reader, rest)?;
        let mut facts = Vec::new();
        for id in &ends.to.assets {
            if let Some((speaks, tag)) = finder.tag(*id, name) {
                facts.push(finder.fact(reader, *id, speaks, tag, element)?);
            }
        }
        if facts.is_empty() && ends.to.whole && !ends.to.assets.iter().any(|id| plant.partial.contains(id)) {
            let message = format!("no asset of `to` has a tag `{name}`");
            reader.report(Diagnostic::error("T030", &at, message));
        }
        return (!facts.is_empty()).then_some(Facts::Own(facts));
    }
    let (asset, rest) = match (plant.names.get(head), ends.to.assets.as_slice()) {
        (Some(Named::Asset(id)), _) if !rest.is_empty() => (*id, rest),
        (_, [only]) if finder.tag(*only, subject.split('[').next().unwrap_or(subject)).is_some() => (*only, subject),
        (_, [_]) if rest.is_empty() && ends.to.whole => {
            finder.unknown(reader, ends.to.assets[0], subject, &at);
            return None;
        }
        (_, [_, _, ..]) if rest.is_empty() => {
            let message = format!("`{subject}` does not say whose tag it is, and `to` is several assets");
            let help = format!("write self.{subject} for the asset that is written, or name one: plc-1.{subject}");
            reader.report(Diagnostic::error("P053", &at, message).help(help));
            return None;
        }
        _ => {
            plant.unknown(reader, "asset", head, &at);
            return None;
        }
    };
    let (name, element) = finder.element(reader, rest)?;
    let Some((speaks, tag)) = finder.tag(asset, name) else {
        finder.unknown(reader, asset, name, &at);
        return None;
    };
    finder.fact(reader, asset, speaks, tag, element).map(Facts::One)
}

/// Finds tags of assets, and what their values must be.
struct Finder<'r, 't> {
    plant: &'r Plant,
    node: &'r Node,
    said: &'r Said<'t>,
    /// By what tells the meanings of values apart.
    limits: HashMap<(*const Engineering, Kind), Arc<Limit>>,
}

impl Finder<'_, '_> {
    /// `recipe[3]` as its name and element.
    fn element<'n>(&self, reader: &mut Reader<'_>, name: &'n str) -> Option<(&'n str, Option<u64>)> {
        let Some((name, rest)) = name.split_once('[') else { return Some((name, None)) };
        let element = rest.strip_suffix(']').and_then(|n| n.trim().parse().ok());
        if element.is_none() {
            let message = format!("`{name}[{rest}` is no element of a tag");
            let at = reader.part(self.node, self.said.subject.clone());
            reader.report(Diagnostic::error("P051", &at, message).help(format!("write {name}[3]")));
        }
        Some((name.trim(), Some(element?)))
    }

    fn tag(&self, asset: AssetId, name: &str) -> Option<(usize, usize)> {
        let speaks = self.plant.assets[asset.0 as usize].speaks.iter().enumerate();
        let found = |tags: &[Tag]| tags.binary_search_by(|t| t.name.as_str().cmp(name)).ok();
        speaks.into_iter().find_map(|(index, s)| Some((index, found(&s.tags)?)))
    }

    /// T030. Silent for an asset of which not all was understood.
    fn unknown(&self, reader: &mut Reader<'_>, asset: AssetId, name: &str, at: &crate::site::Location) {
        if self.plant.partial.contains(&asset) {
            return;
        }
        let of = &self.plant.assets[asset.0 as usize];
        let known = of.speaks.iter().flat_map(|s| s.tags.iter()).map(|t| t.name.as_str());
        let mut wrong = Diagnostic::error("T030", at, format!("{} has no tag `{name}`", of.name));
        wrong.help = reader.nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        reader.report(wrong);
    }

    fn fact(
        &mut self,
        reader: &mut Reader<'_>,
        asset: AssetId,
        speaks: usize,
        tag: usize,
        element: Option<u64>,
    ) -> Option<Fact> {
        let of = &self.plant.assets[asset.0 as usize].speaks[speaks].tags[tag];
        let at = reader.part(self.node, self.said.subject.clone());
        let wrong = match (element, of.count) {
            (None, 1) => None,
            (None, count) => Some(("T031", format!("{} has {count} elements; say which: {0}[0]", of.name))),
            (Some(at), count) if at < count && count > 1 => None,
            (Some(_), 1) => Some(("T031", format!("{} is no array", of.name))),
            (Some(_), count) => Some(("T031", format!("{} has the elements 0 .. {}", of.name, count - 1))),
        };
        let wrong = wrong.or_else(|| {
            (of.access == Access::Write).then(|| ("P051", format!("{} is write only, so nobody ever sees it", of.name)))
        });
        if let Some((code, message)) = wrong {
            reader.report(Diagnostic::error(code, &at, message).also(&of.at, "declared here"));
            return None;
        }
        let key = (Arc::as_ptr(&of.engineering), of.kind);
        if !self.limits.contains_key(&key) {
            match language::compared(of, self.said.operator, self.said.text, self.said.value.clone()) {
                Ok(limit) => _ = self.limits.insert(key, Arc::new(limit)),
                Err(fault) => {
                    reader.tag_fault(self.node, of, fault);
                    return None;
                }
            }
        }
        let must = Arc::clone(self.limits.get(&key)?);
        Some(Fact { asset, speaks, tag, element: element.unwrap_or(0), must })
    }
}
