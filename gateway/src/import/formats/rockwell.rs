//! Tags of Studio 5000 (once called RSLogix): L5X. Structures are opened down to members that a client can name.

use super::{children, text_of};
use crate::import::{Notation, Omitted, Raw, Tag, kinds};
use roxmltree::Node;
use std::collections::HashMap;

/// How deep structures may lie in each other; the controllers allow less.
const DEPTH: usize = 12;

/// How many tags one file may become: structures in arrays multiply.
const MOST: usize = 1_000_000;

pub(super) fn read(root: Node<'_, '_>) -> Raw {
    let mut reading = Reading {
        types: root
            .descendants()
            .filter(|n| n.tag_name().name() == "DataType")
            .filter_map(|n| Some((n.attribute("Name")?, n)))
            .collect(),
        raw: Raw { format: "Rockwell L5X", notation: Some(Notation::Cip), tags: Vec::new(), omitted: Vec::new() },
    };
    for list in root.descendants().filter(|n| n.tag_name().name() == "Tags") {
        let program = list.parent().filter(|p| p.tag_name().name() == "Program").and_then(|p| p.attribute("Name"));
        let scope = program.map(|name| format!("Program:{name}.")).unwrap_or_default();
        for tag in children(list, "Tag") {
            reading.tag(&scope, tag);
        }
    }
    reading.raw
}

struct Reading<'n> {
    types: HashMap<&'n str, Node<'n, 'n>>,
    raw: Raw,
}

/// What a member has from what it is part of.
#[derive(Clone)]
struct Part {
    path: String,
    kind: String,
    count: u64,
    access: String,
    comment: String,
    depth: usize,
}

impl<'n> Reading<'n> {
    fn tag(&mut self, scope: &str, node: Node<'n, 'n>) {
        let said = |key: &str| node.attribute(key).unwrap_or_default();
        let path = format!("{scope}{}", said("Name"));
        if said("TagType") == "Alias" {
            let why = format!("it is another name for {}, which is imported by its own", said("AliasFor"));
            return self.leave(path, why);
        }
        let Some(count) = dimension(said("Dimensions")) else {
            return self.leave(path, format!("it has dimensions {}; a tag has one", said("Dimensions")));
        };
        let constant = said("Constant") == "true";
        let access = if constant && said("ExternalAccess") != "None" { "r" } else { said("ExternalAccess") };
        self.part(&Part {
            path,
            kind: said("DataType").to_owned(),
            count,
            access: access.to_owned(),
            comment: text_of(node, "Description"),
            depth: 0,
        });
    }

    fn leave(&mut self, path: String, why: String) {
        self.raw.omitted.push(Omitted { place: format!("tag {path}"), name: path, why });
    }

    /// One tag or member, down to what is no structure.
    fn part(&mut self, part: &Part) {
        if self.raw.tags.len() >= MOST {
            return self.leave(part.path.clone(), format!("the file has more than {MOST} tags"));
        }
        if kinds::is_plain(&part.kind, Notation::Cip) && !self.types.contains_key(part.kind.as_str()) {
            let Part { path, kind, count, access, comment, .. } = part.clone();
            let count = if count > 1 { count.to_string() } else { String::new() };
            let place = format!("tag {path}");
            let tag = Tag { place, name: path.clone(), address: path, kind, count, access, comment, ..Tag::default() };
            return self.raw.tags.push(tag);
        }
        match self.types.get(part.kind.as_str()).copied() {
            Some(described) if part.depth < DEPTH => self.structure(part, described),
            Some(_) => {
                self.leave(part.path.clone(), format!("its structures lie more than {DEPTH} deep in each other"));
            }
            None => self.leave(part.path.clone(), format!("the file does not say what a {} is made of", part.kind)),
        }
    }

    fn structure(&mut self, part: &Part, described: Node<'n, 'n>) {
        let members = described.descendants().filter(|n| n.tag_name().name() == "Member");
        let members: Vec<_> = members.filter(|m| m.attribute("Hidden") != Some("true")).collect();
        for element in 0..part.count {
            let path = if part.count > 1 { format!("{}[{element}]", part.path) } else { part.path.clone() };
            for member in &members {
                let said = |key: &str| member.attribute(key).unwrap_or_default();
                let path = format!("{path}.{}", said("Name"));
                let Some(count) = dimension(said("Dimension")) else {
                    self.leave(path, format!("it has dimensions {}; a tag has one", said("Dimension")));
                    continue;
                };
                let comment = text_of(*member, "Description");
                self.part(&Part {
                    path,
                    kind: said("DataType").to_owned(),
                    count,
                    access: narrower(&part.access, said("ExternalAccess")),
                    comment: if comment.is_empty() { part.comment.clone() } else { comment },
                    depth: part.depth + 1,
                });
                if self.raw.tags.len() >= MOST {
                    return;
                }
            }
        }
    }
}

/// Elements of one dimension; 1 without any, `None` for several.
fn dimension(text: &str) -> Option<u64> {
    match text.trim() {
        "" | "0" => Some(1),
        text => text.parse().ok().filter(|count| (1..=65_536).contains(count)),
    }
}

/// What a client may do with a member: what the whole and the part both allow.
fn narrower(whole: &str, part: &str) -> String {
    let rank = |access: &str| match access {
        "None" => 0,
        "Read Only" | "r" => 1,
        _ => 2,
    };
    let least = if rank(part) < rank(whole) { part } else { whole };
    least.to_owned()
}
