//! Variables of Control Expert (Unity Pro): XSY, XVM and whole applications.

use super::{children, text_of};
use crate::import::{Notation, Omitted, Raw, Tag, kinds};
use roxmltree::Node;

pub(super) fn read(root: Node<'_, '_>) -> Raw {
    let mut raw =
        Raw { format: "Schneider XSY", notation: Some(Notation::Schneider), tags: Vec::new(), omitted: Vec::new() };
    for block in root.descendants().filter(|n| matches!(n.tag_name().name(), "dataBlock" | "VariableList")) {
        for name in ["variables", "elementaryVariable"] {
            for node in children(block, name).filter(|n| n.attribute("typeName").is_some()) {
                add(&mut raw, node);
            }
        }
        // An XVM has its variables one level further down.
        for list in children(block, "variables").filter(|n| n.attribute("typeName").is_none()) {
            for node in list.children().filter(|n| n.attribute("typeName").is_some()) {
                add(&mut raw, node);
            }
        }
    }
    raw
}

/// `<variables name="Level" typeName="INT" topologicalAddress="%MW100"><comment>..</comment></variables>`
fn add(raw: &mut Raw, node: Node<'_, '_>) {
    let said = |key: &str| node.attribute(key).unwrap_or_default().to_owned();
    let (name, kind, address) = (said("name"), said("typeName"), said("topologicalAddress"));
    let place = format!("variable {name}");
    if address.is_empty() || !kinds::is_plain(&kind, Notation::Schneider) {
        let why = if address.is_empty() {
            "it is not located, so Modbus does not reach it".to_owned()
        } else {
            format!(
                "it is a {kind} at {address}: a structure, whose layout the file does not fix; import its members by their locations"
            )
        };
        raw.omitted.push(Omitted { place, name, why });
        return;
    }
    let unit =
        children(node, "attribute").find(|a| a.attribute("name").is_some_and(|n| n.eq_ignore_ascii_case("unit")));
    raw.tags.push(Tag {
        place,
        name,
        address,
        words: if wide(&kind) { "CDAB".to_owned() } else { String::new() },
        kind,
        unit: unit.and_then(|u| u.attribute("value")).unwrap_or_default().to_owned(),
        comment: text_of(node, "comment"),
        ..Tag::default()
    });
}

/// Whether values take several registers: these controllers put the low word first.
fn wide(kind: &str) -> bool {
    let kind = kinds::say(kind, Notation::Schneider).map(|k| k.name).unwrap_or_default();
    matches!(kind.as_str(), "i32" | "u32" | "f32" | "i64" | "u64" | "f64")
}
