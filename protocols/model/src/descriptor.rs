//! Everything static about one protocol.

use crate::{Action, Address, AddressError, AnomalyKind, Code, Notation, Operation, Space, SpaceId, Span};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// One protocol, an index into the registry of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProtocolId(pub u8);

/// One function of a protocol, or a range of codes that it treats alike.
#[derive(Debug)]
pub struct Function {
    /// The name that a policy uses: `read-holding-registers`.
    pub name: &'static str,
    /// The raw codes it stands for.
    pub codes: RangeInclusive<u16>,
    /// The sub-function, where the name means one alone.
    pub sub: Option<u16>,
    /// What it does; one operation an action (Modbus 23 reads and writes).
    pub actions: &'static [Action],
    /// Whether the verbs of `actions` name it too; if not, a statement must say its name or code.
    pub by_verb: bool,
    /// The spaces whose items it can touch; empty if none.
    pub spaces: &'static [SpaceId],
    /// Whether a message writes one item and never more, so that no value of several items can be written with it.
    pub single: bool,
    /// Whether what it carries is not decoded, so that a statement needs `opaque = true`.
    pub opaque: bool,
    /// The clause of the specification that defines it.
    pub clause: &'static str,
}

impl Function {
    /// Whether `code` is one of this function's.
    pub fn holds(&self, code: Code) -> bool {
        self.codes.contains(&code.function) && (self.sub.is_none() || self.sub == code.sub)
    }
}

/// How a protocol addresses devices inside one connection.
#[derive(Debug)]
pub struct Device {
    /// The key of an asset's protocol table and the protocol's own word: `unit`.
    pub key: &'static str,
    /// The addresses that exist.
    pub range: RangeInclusive<u32>,
    /// The address of an asset that gives none.
    pub default: u32,
    /// The address that every device behind a gateway obeys at once, if there is one.
    pub broadcast: Option<u32>,
}

/// The static names of one protocol.
pub struct Descriptor {
    /// Its place in the registry.
    pub id: ProtocolId,
    /// The key of assets' and statements' protocol tables: `modbus`.
    pub name: &'static str,
    /// How people call it: `Modbus/TCP`.
    pub title: &'static str,
    /// The ports that the standard assigns; the first is the default.
    pub ports: &'static [u16],
    /// Addresses of devices inside a connection.
    pub device: Device,
    /// Every function; the most specific entry (one with a sub-function) stands before a general one.
    pub functions: &'static [Function],
    /// Every space, in the order of their [`SpaceId`]s.
    pub spaces: &'static [Space],
    /// Ways to write addresses in tag lists; the first is the default.
    pub notations: &'static [Notation],
    /// Every anomaly that its parser can report.
    pub anomalies: &'static [&'static AnomalyKind],
    /// What statistics count of its messages (`request`, `unit`); names of counts, in the order of reports.
    pub facets: &'static [&'static str],
    /// Reads a tag's address: notation name, text.
    pub parse_address: fn(notation: &str, text: &str) -> Result<Address, AddressError>,
    /// Reads one raw range of an allow statement (`"0 .. 15"`) in a space.
    pub parse_span: fn(space: SpaceId, text: &str) -> Result<Span, AddressError>,
    /// Writes a span as people say it: `holding 100 .. 103`.
    pub show_span: fn(span: Span) -> String,
    /// Writes a span in the other notation that its tables have: `40101 .. 40104`; `None` where there is none.
    pub show_other: fn(span: Span) -> Option<String>,
    /// The function that an ordinary client would use for an action on a span, to give a test in words its code.
    pub usual_function: fn(action: Action, span: Option<Span>) -> Option<&'static Function>,
    /// The bytes of a request that asks for an operation, as they stand on the wire, for examples; of a function that does
    /// two things both ask for the same items. `None` when no request does that.
    pub ask: fn(operation: &Operation<'_>) -> Option<Vec<u8>>,
}

impl Descriptor {
    /// A span in every notation, so that nobody has to count: `holding 100 = 40101`.
    pub fn show_both(&self, span: Span) -> String {
        let shown = (self.show_span)(span);
        match (self.show_other)(span) {
            Some(other) => format!("{shown} = {other}"),
            None => shown,
        }
    }

    /// The function that `code` belongs to.
    pub fn function(&self, code: Code) -> Option<&'static Function> {
        let functions: &'static [Function] = self.functions;
        functions.iter().find(|f| f.holds(code))
    }

    /// The function called `name`.
    pub fn function_named(&self, name: &str) -> Option<&'static Function> {
        let functions: &'static [Function] = self.functions;
        functions.iter().find(|f| f.name == name)
    }

    /// The space with this id; ids come from this descriptor alone.
    ///
    /// # Panics
    /// When the id belongs to another protocol.
    pub fn space(&self, id: SpaceId) -> &'static Space {
        let spaces: &'static [Space] = self.spaces;
        &spaces[usize::from(id.0)]
    }
}
