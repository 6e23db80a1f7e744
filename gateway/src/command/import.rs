//! `sluice policy import`.

use super::call::{Addresses, Import};
use super::failure::Failure;
use super::{Outcome, Terminal};
use crate::import::{self, Imported, Notation, Options};
use std::fs;

/// How many of those that are left out are named.
const NAMED: usize = 200;

pub(super) fn import(call: &Import, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let bytes = fs::read(&call.file).map_err(|error| Failure::File(call.file.clone(), error))?;
    let options = Options {
        notation: call.addresses.map(notation),
        columns: call.columns.clone(),
        sheet: call.sheet.clone(),
        first: call.first,
    };
    let read = import::read(&bytes, &options);
    let imported = read.map_err(|why| Failure::Call(format!("{}: {why}", call.file.display())))?;
    let list = import::write(&imported.tags, imported.notation);
    match &call.output {
        Some(path) => fs::write(path, list).map_err(|error| Failure::Unwritten(path.clone(), error))?,
        None => terminal.print(list)?,
    }
    tell(&imported, terminal);
    Ok(Outcome::Holds)
}

const fn notation(addresses: Addresses) -> Notation {
    match addresses {
        Addresses::Modicon => Notation::Modicon,
        Addresses::Wire => Notation::Wire,
        Addresses::Schneider => Notation::Schneider,
        Addresses::S7 => Notation::S7,
        Addresses::Cip => Notation::Cip,
    }
}

/// Says on standard error what was read, what was not and why, and what the file could not know.
fn tell(imported: &Imported, terminal: &mut Terminal) {
    let Imported { format, notation, tags, omitted, proven } = imported;
    for left in omitted.iter().take(NAMED) {
        terminal.say(format_args!("left out, {} ({}): {}", left.place, left.name, left.why));
    }
    if omitted.len() > NAMED {
        terminal.say(format_args!("left out, {} more", omitted.len() - NAMED));
    }
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    terminal.say(format_args!("{format}: {} tag{}, {} left out", tags.len(), plural(tags.len()), omitted.len()));
    let open: Vec<&str> = [
        ("access", tags.iter().filter(|t| t.access.is_empty()).count()),
        ("min and max", tags.iter().filter(|t| t.min.is_empty() && t.max.is_empty() && t.access != "r").count()),
    ]
    .into_iter()
    .filter_map(|(what, count)| (count > 0).then_some(what))
    .collect();
    if !open.is_empty() {
        terminal.say(format_args!(
            "the file does not say everything: look after {} of tags that are written",
            open.join(", ")
        ));
    }
    if !proven {
        terminal.say(format_args!(
            "this version speaks no protocol with `{}` addresses yet: the list was not checked",
            notation.name()
        ));
    }
}
