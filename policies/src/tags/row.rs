//! One line of a tag list as a tag.

use super::kinds::{self, KindError};
use crate::diagnose::Diagnostic;
use crate::language::{bounds, is_name};
use crate::read::Reader;
use crate::sheet::Cells;
use crate::site::{Access, Decimal, Engineering, Kind, Scaling, Tag, WordOrder};
use sluice_model::{Address, Descriptor, Space};
use std::collections::HashSet;
use std::sync::Arc;

/// The reading of one line: every mistake of it is reported, not the first alone.
pub(super) struct Row<'r, 's, 't> {
    reader: &'r mut Reader<'s>,
    cells: &'r Cells<'t>,
    good: bool,
}

impl<'r, 's, 't> Row<'r, 's, 't> {
    /// The tag, and whether it states its word order; `None` when anything is wrong with it.
    pub(super) fn read(
        reader: &'r mut Reader<'s>,
        cells: &'r Cells<'t>,
        protocol: &'static Descriptor,
        notation: &str,
    ) -> Option<(Tag, bool)> {
        let mut row = Row { reader, cells, good: true };
        row.width();
        let name = row.tag_name();
        let address = row.address(protocol, notation);
        let space = address.map(|a| protocol.space(a.space));
        let kind = space.zip(address).and_then(|(space, a)| row.kind(space, a));
        let count = row.count();
        let words = row.words();
        let access = row.access(space);
        let (address, kind, space) = (address?, kind?, space?);
        let scaling = row.scaling(kind);
        let states = row.states(kind, scaling.is_some());
        let mut tag = Tag {
            name,
            at: cells.at.clone(),
            space: address.space,
            first: address.item,
            bit: address.bit,
            items: kinds::items(kind),
            count,
            kind,
            words: words.unwrap_or_default(),
            engineering: Arc::new(Engineering {
                scaling,
                unit: cells.get("unit").into(),
                bounds: (None, None),
                states,
            }),
            access,
            comment: cells.get("comment").into(),
        };
        row.bounds(&mut tag);
        row.reader.meanings.share(&mut tag);
        row.extent(&tag, space);
        row.good.then_some((tag, words.is_some()))
    }

    fn wrong(&mut self, code: &'static str, column: &str, message: impl Into<String>) {
        self.wrong_with(code, column, message, None);
    }

    fn wrong_with(&mut self, code: &'static str, column: &str, message: impl Into<String>, help: Option<&str>) {
        self.good = false;
        let wrong = Diagnostic::error(code, &self.cells.at(column), message);
        self.reader.report(Diagnostic { help: help.map(Into::into), ..wrong });
    }

    /// T003: more cells than the header names.
    fn width(&mut self) {
        if let Some(index) = self.cells.extra() {
            self.good = false;
            let message = format!("the header names {} columns; this cell is one more", self.cells.width);
            let help = "put a cell that holds a comma into quotes";
            self.reader.report(Diagnostic::error("T003", &self.cells.place(index), message).help(help));
        }
    }

    fn tag_name(&mut self) -> String {
        let name = self.cells.get("name");
        if !is_tag_name(name) {
            let message =
                if name.is_empty() { "a tag needs a name".into() } else { format!("`{name}` is no name for a tag") };
            let help = "a letter first, then letters, digits, `_`, `-` and `.`, at most 128 bytes";
            self.wrong_with("T004", "name", message, Some(help));
        }
        name.into()
    }

    fn address(&mut self, protocol: &'static Descriptor, notation: &str) -> Option<Address> {
        match (protocol.parse_address)(notation, self.cells.get("address")) {
            Ok(address) => Some(address),
            Err(why) => {
                let meant = why.suggestion.map(|s| format!(" (did you mean {s}?)")).unwrap_or_default();
                self.wrong("T012", "address", format!("{}{meant}", why.message));
                None
            }
        }
    }

    fn kind(&mut self, space: &Space, address: Address) -> Option<Kind> {
        let text = self.cells.get("type");
        match kinds::kind(text, space, address.bit.is_some()) {
            Ok(kind) => Some(kind),
            Err(KindError::Later) => {
                self.good = false;
                let at = self.cells.at("type");
                self.reader.not_enforced(&at, &format!("type `{text}`"));
                None
            }
            Err(KindError::Wrong(message, help)) => {
                self.wrong_with("T005", "type", message, help);
                None
            }
        }
    }

    fn count(&mut self) -> u64 {
        let text = self.cells.get("count");
        match text.parse::<u64>() {
            Ok(count @ 1..=65_536) => return count,
            _ if text.is_empty() => {}
            _ => self.wrong("T006", "count", format!("`{text}` elements; an array has 1 .. 65536")),
        }
        1
    }

    fn words(&mut self) -> Option<WordOrder> {
        let text = self.cells.get("words");
        if text.is_empty() {
            return None;
        }
        let words = kinds::words(text);
        if words.is_none() {
            self.wrong("T007", "words", format!("`{text}` is no word order: ABCD | CDAB | BADC | DCBA"));
        }
        words
    }

    fn access(&mut self, space: Option<&Space>) -> Access {
        let writable = space.is_none_or(|s| s.writable);
        let access = match self.cells.get("access") {
            "" if writable => Access::ReadWrite,
            "" | "r" => Access::Read,
            "w" => Access::Write,
            "rw" => Access::ReadWrite,
            text => {
                self.wrong("T011", "access", format!("`{text}` is no access: r | w | rw"));
                return Access::Read;
            }
        };
        if access != Access::Read
            && let Some(space) = space.filter(|s| !s.writable)
        {
            self.wrong("T011", "access", format!("nothing can write {}; its access is r", space.key));
        }
        access
    }

    fn decimal(&mut self, code: &'static str, column: &str) -> Option<Decimal> {
        let text = self.cells.get(column);
        if text.is_empty() {
            return None;
        }
        match Decimal::parse(text) {
            Ok(number) => Some(number),
            Err(why) => {
                self.wrong(code, column, why);
                None
            }
        }
    }

    fn scaling(&mut self, kind: Kind) -> Option<Scaling> {
        let scale = self.decimal("T008", "scale").unwrap_or(Decimal::ONE);
        let offset = self.decimal("T008", "offset").unwrap_or(Decimal::ZERO);
        let scaling = Scaling { scale: scale.trimmed(), offset: offset.trimmed() };
        if scaling == Scaling::IDENTITY {
            return None;
        }
        if scale.mantissa == 0 {
            self.wrong("T008", "scale", "a scale of 0 makes every value the same");
            return None;
        }
        if matches!(kind, Kind::Bool | Kind::Text { .. }) {
            self.wrong("T008", "scale", format!("a {} has no scale and no offset", kind.name()));
            return None;
        }
        let ends = kind.integers().unwrap_or((0, 1));
        if scaling.engineering(ends.0).is_none() || scaling.engineering(ends.1).is_none() {
            self.wrong(
                "T008",
                "scale",
                format!("a {} with this scale has more digits than can be compared exactly", kind.name()),
            );
            return None;
        }
        Some(scaling)
    }

    fn states(&mut self, kind: Kind, scaled: bool) -> Vec<(i128, String)> {
        let cells = self.cells;
        let mut states: Vec<(i128, String)> = Vec::new();
        for pair in cells.get("states").split_whitespace() {
            let parsed = pair.split_once('=').and_then(|(raw, name)| Some((raw.parse::<i128>().ok()?, name)));
            let (least, greatest) = kind.integers().unwrap_or((1, 0));
            let why = match parsed {
                _ if least > greatest => Some(format!("a {} has no named states", kind.name())),
                Some((raw, _)) if !(least..=greatest).contains(&raw) => {
                    Some(format!("{raw} is no raw value of a {}", kind.name()))
                }
                Some((_, name)) if !is_name(name) => Some(format!("`{name}` is no name for a state")),
                Some((raw, name)) if states.iter().any(|(r, n)| *r == raw || n == name) => {
                    Some(format!("`{pair}` repeats a value or a name"))
                }
                Some((raw, name)) => {
                    states.push((raw, name.into()));
                    None
                }
                None => Some(format!("`{pair}` is no state; write 0=stop 1=run")),
            };
            if let Some(why) = why {
                self.wrong("T010", "states", why);
                break;
            }
        }
        if scaled && !states.is_empty() {
            self.wrong("T010", "states", "states name raw values; a tag with states has no scale and no offset");
        }
        states
    }

    fn bounds(&mut self, tag: &mut Tag) {
        let both = (self.decimal("T009", "min"), self.decimal("T009", "max"));
        if both == (None, None) {
            return;
        }
        let column = if both.0.is_some() { "min" } else { "max" };
        if matches!(tag.kind, Kind::Text { .. } | Kind::Bool) {
            self.wrong("T009", column, format!("a {} has no min and no max", tag.kind.name()));
            return;
        }
        Arc::make_mut(&mut tag.engineering).bounds = both;
        if let Err(why) = bounds(tag) {
            self.wrong("T009", column, why);
        }
    }

    /// T006, T014: the elements fit into the space.
    fn extent(&mut self, tag: &Tag, space: &Space) {
        if tag.bit.is_some() && tag.count > 1 {
            let message = "a bit of a register is no array; name the register as one";
            self.wrong_with("T006", "count", message, Some("declare each bit on its own line"));
        } else if tag.first + tag.items * tag.count - 1 > space.last {
            let end = tag.first + tag.items * tag.count - 1;
            self.wrong(
                "T014",
                "address",
                format!("{} would end at {} {end}; the last one is {}", tag.name, space.name, space.last),
            );
        }
    }
}

/// What the values of a site's tags mean, each kept once.
#[derive(Default)]
pub(crate) struct Meanings(HashSet<Arc<Engineering>>);

impl Meanings {
    fn share(&mut self, tag: &mut Tag) {
        match self.0.get(&tag.engineering) {
            Some(known) => tag.engineering = Arc::clone(known),
            None => {
                self.0.insert(Arc::clone(&tag.engineering));
            }
        }
    }
}

/// Whether a text can be the name of a tag.
fn is_tag_name(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !text.contains("..")
        && !text.ends_with('.')
}
