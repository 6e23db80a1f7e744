//! Files of other programs, told apart by what is in them. Called by `import` alone.

mod delimited;
mod rockwell;
mod schneider;
mod siemens;
mod workbook;

use super::{Options, Raw, Unreadable};
use roxmltree::{Document, Node, ParsingOptions};

/// The greatest file that is read: an export of a whole plant has some tens of megabytes.
const MAX_FILE: usize = 256 << 20;

/// The greatest number of elements and texts of an XML file.
const MAX_NODES: u32 = 20_000_000;

/// Reads a file in the words of its program.
pub(super) fn read(bytes: &[u8], options: &Options) -> Result<Raw, Unreadable> {
    if bytes.len() > MAX_FILE {
        return Err(Unreadable(format!("the file has more than {} MB", MAX_FILE >> 20)));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook::read(bytes, options);
    }
    let text = delimited::text(bytes);
    if text.trim_start().starts_with('<') { xml(&text) } else { delimited::read(&text, options) }
}

fn xml(text: &str) -> Result<Raw, Unreadable> {
    // A DTD is named by some exports and says nothing about tags; entities of its own are not followed.
    let parsing = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, parsing).map_err(|why| Unreadable(format!("the XML is broken: {why}")))?;
    let root = document.root_element();
    match root.tag_name().name() {
        "RSLogix5000Content" => Ok(rockwell::read(root)),
        "Tagtable" | "Tagtables" | "Document" => siemens::read(root),
        "VariablesExchangeFile" | "FEFExchangeFile" | "VariableList" => Ok(schneider::read(root)),
        other => Err(Unreadable(format!(
            "an XML file with <{other}> is no export that is known: those are Rockwell L5X, Siemens TIA tag tables and Schneider XSY"
        ))),
    }
}

/// The elements of this name directly below.
fn children<'n>(node: Node<'n, 'n>, name: &'static str) -> impl Iterator<Item = Node<'n, 'n>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The text of the first element of this name directly below.
fn text_of(node: Node<'_, '_>, name: &str) -> String {
    let child = node.children().find(|child| child.tag_name().name() == name);
    child.map(|c| c.descendants().filter_map(|d| d.text().filter(|_| d.is_text())).collect()).unwrap_or_default()
}
