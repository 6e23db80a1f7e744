//! Tag tables of TIA Portal: the export of a table (`<Tagtable>`), and that of Openness (`<SW.Tags.PlcTagTable>`).

use super::{children, text_of};
use crate::import::{Notation, Raw, Tag, Unreadable};
use roxmltree::Node;

pub(super) fn read(root: Node<'_, '_>) -> Result<Raw, Unreadable> {
    let mut raw =
        Raw { format: "Siemens TIA tag table", notation: Some(Notation::S7), tags: Vec::new(), omitted: Vec::new() };
    let mut tables = 0;
    for node in root.descendants().filter(Node::is_element) {
        match node.tag_name().name() {
            "Tagtable" | "SW.Tags.PlcTagTable" => tables += 1,
            "Tag" => raw.tags.push(exported(node)),
            "SW.Tags.PlcTag" => raw.tags.push(openness(node)),
            _ => {}
        }
    }
    if tables == 0 {
        return Err(Unreadable("the XML file holds no tag table of TIA Portal".to_owned()));
    }
    Ok(raw)
}

/// `<Tag type='Int' hmiAccessible='True' hmiWriteable='False' remark='..' addr='%MW0'>Name</Tag>`
fn exported(node: Node<'_, '_>) -> Tag {
    let said = |key: &str| node.attribute(key).unwrap_or_default().to_owned();
    let name = node.text().unwrap_or_default().trim().to_owned();
    Tag {
        place: format!("tag {name}"),
        address: said("addr"),
        kind: said("type"),
        access: access(&said("hmiAccessible"), &said("hmiWriteable")),
        comment: said("remark"),
        name,
        ..Tag::default()
    }
}

/// `<SW.Tags.PlcTag><AttributeList><DataTypeName>..</DataTypeName><LogicalAddress>..</LogicalAddress><Name>..</Name>...`
fn openness(node: Node<'_, '_>) -> Tag {
    let Some(list) = children(node, "AttributeList").next() else { return Tag::default() };
    let name = text_of(list, "Name");
    let comment = node.descendants().find(|n| n.tag_name().name() == "MultilingualText");
    let comment = comment.and_then(|c| c.descendants().find(|n| n.tag_name().name() == "Text"));
    Tag {
        place: format!("tag {name}"),
        address: text_of(list, "LogicalAddress"),
        kind: text_of(list, "DataTypeName"),
        access: access(&text_of(list, "ExternalAccessible"), &text_of(list, "ExternalWritable")),
        comment: comment.and_then(|c| c.text()).unwrap_or_default().to_owned(),
        name,
        ..Tag::default()
    }
}

/// What an HMI may do, when the file says it.
fn access(accessible: &str, writable: &str) -> String {
    let no = |flag: &str| flag.eq_ignore_ascii_case("false");
    let yes = |flag: &str| flag.eq_ignore_ascii_case("true");
    if no(accessible) {
        "none".to_owned()
    } else if no(writable) {
        "r".to_owned()
    } else if yes(writable) {
        "rw".to_owned()
    } else {
        String::new()
    }
}
