//! What a statement's protocol key names: verbs, functions, raw codes.

use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Functions, Location, Tag};
use sluice_model::{Action, Code, Descriptor, Function, Space, SpaceId};

/// One name of the list, with its place.
pub(super) struct Choice {
    pub(super) at: Location,
    pub(super) words: String,
    pub(super) meaning: Meaning,
}

/// What a name of the list means.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// Every function with this action that a verb can name.
    Verb(Action),
    /// A function by its name; the sub-function where one stands behind it.
    Named(&'static Function, Option<u16>),
    /// A code by its number, with what the protocol knows about it.
    Raw(Code, &'static Function),
}

/// What a statement's protocol key names.
pub(super) struct Choices {
    pub(super) protocol: &'static Descriptor,
    pub(super) all: Vec<Choice>,
    /// Whether every name was understood.
    pub(super) whole: bool,
}

/// Reads the value of a protocol key.
pub(super) fn read(reader: &mut Reader<'_>, protocol: &'static Descriptor, entry: &Entry) -> Choices {
    let mut choices = Choices { protocol, all: Vec::new(), whole: true };
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        let message = format!("`{}` names no function, so the statement allows nothing", entry.key);
        reader.report(Diagnostic::error("P003", &entry.node.at, message));
        choices.whole = false;
    }
    for node in nodes {
        match meaning(reader, protocol, node) {
            Some((words, meaning)) => choices.all.push(Choice { at: node.at.clone(), words, meaning }),
            None => choices.whole = false,
        }
    }
    choices
}

fn meaning(reader: &mut Reader<'_>, protocol: &'static Descriptor, node: &Node) -> Option<(String, Meaning)> {
    let text = match &node.value {
        Value::Text(text) => text,
        Value::Integer(_) => {
            let number = reader.integer(protocol.name, node, 0..=0xFFFF)?;
            let code = Code::new(number);
            let Some(function) = protocol.function(code) else {
                let message = format!("{} has no function {number}; no message with it ever passes", protocol.title);
                reader.report(Diagnostic::error("P003", &node.at, message));
                return None;
            };
            return Some((format!("function {number}"), Meaning::Raw(code, function)));
        }
        _ => {
            reader.wants(protocol.name, node, "a verb, the name of a function or its number");
            return None;
        }
    };
    if let Some(verb) = Action::from_verb(text) {
        if by_verb(protocol, verb).next().is_none() {
            let message = format!("{} has no function that `{text}` names", protocol.title);
            reader.report(Diagnostic::error("P003", &node.at, message).help("name the function itself"));
            return None;
        }
        return Some((text.clone(), Meaning::Verb(verb)));
    }
    if let Some(function) = protocol.function_named(text) {
        return Some((text.clone(), Meaning::Named(function, function.sub)));
    }
    if let Some((name, sub)) = text.split_once(' ')
        && let Some(function) = protocol.function_named(name).filter(|f| f.sub.is_none())
    {
        if let Some(sub) = number(sub.trim()) {
            // `diagnostics 1` is what the entry of that sub-function says, not what the general one says.
            let exact = protocol.function(Code::with_sub(*function.codes.start(), sub)).unwrap_or(function);
            if !carries(protocol, exact) {
                let message = format!("{} has no {name} {sub}; no message with it ever passes", protocol.title);
                reader.report(Diagnostic::error("P003", &node.at, message));
                return None;
            }
            return Some((text.clone(), Meaning::Named(exact, Some(sub))));
        }
        let message = format!("`{}` is no sub-function of {name}", sub.trim());
        reader.report(
            Diagnostic::error("P003", &node.at, message).help(format!("write \"{name} 1\" or \"{name} 0x41\"")),
        );
        return None;
    }
    unknown(reader, protocol, text, &node.at);
    None
}

/// Whether a message can carry a sub-function that fell to this entry: a decoded code lists all that it has.
fn carries(protocol: &'static Descriptor, entry: &Function) -> bool {
    let listed = || protocol.functions.iter().any(|f| f.sub.is_some() && f.codes == entry.codes);
    entry.sub.is_some() || entry.opaque || !listed()
}

fn number(text: &str) -> Option<u16> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u16::from_str_radix(hex, 16).ok())
}

fn unknown(reader: &mut Reader<'_>, protocol: &'static Descriptor, text: &str, at: &Location) {
    let verbs = Action::ALL.iter().map(|a| a.name()).filter(|v| Action::from_verb(v).is_some());
    let names = protocol.functions.iter().map(|f| f.name);
    let help = match reader.nearest(text, verbs.chain(names)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write a verb (read, write, diagnose, ...), the name of a function, or its number".into(),
    };
    let message = format!("`{text}` is neither a verb nor a function of {}", protocol.title);
    reader.report(Diagnostic::error("P003", at, message).help(help));
}

/// The functions that a verb names.
fn by_verb(protocol: &'static Descriptor, verb: Action) -> impl Iterator<Item = &'static Function> {
    protocol.functions.iter().filter(move |f| f.by_verb && f.actions.contains(&verb))
}

impl Choice {
    /// The functions it names, as far as the protocol knows them.
    fn functions(&self, protocol: &'static Descriptor) -> Vec<&'static Function> {
        match self.meaning {
            Meaning::Verb(verb) => by_verb(protocol, verb).collect(),
            Meaning::Named(function, _) | Meaning::Raw(_, function) => vec![function],
        }
    }

    /// The spaces that it can touch.
    pub(super) fn spaces(&self, protocol: &'static Descriptor) -> Vec<SpaceId> {
        let mut spaces: Vec<SpaceId> = self.functions(protocol).iter().flat_map(|f| f.spaces.iter().copied()).collect();
        spaces.sort_unstable();
        spaces.dedup();
        spaces
    }

    /// The spaces in which it can touch values of several items.
    fn wide(&self, protocol: &'static Descriptor) -> impl Iterator<Item = SpaceId> {
        let functions = self.functions(protocol).into_iter();
        functions.filter(|f| !f.single).flat_map(|f| f.spaces.iter().copied())
    }

    /// Whether it can touch a whole value of a tag.
    pub(super) fn reaches(&self, protocol: &'static Descriptor, tag: &Tag) -> bool {
        let functions = self.functions(protocol);
        functions.iter().any(|f| f.spaces.contains(&tag.space) && (tag.items == 1 || !f.single))
    }

    /// Whether it can do `action` on an item.
    fn does(&self, protocol: &'static Descriptor, action: Action) -> bool {
        match self.meaning {
            Meaning::Verb(verb) => verb == action,
            _ => self.functions(protocol).iter().any(|f| !f.spaces.is_empty() && f.actions.contains(&action)),
        }
    }

    /// Whether what it names is not decoded.
    fn opaque(&self, protocol: &'static Descriptor) -> bool {
        match self.meaning {
            Meaning::Verb(_) => self.functions(protocol).iter().all(|f| f.opaque),
            Meaning::Named(function, _) => function.opaque,
            Meaning::Raw(..) => true,
        }
    }
}

impl Choices {
    /// Whether any of them can do `action` on an item.
    pub(super) fn does(&self, action: Action) -> bool {
        self.all.iter().any(|c| c.does(self.protocol, action))
    }

    /// The spaces that any of them can touch.
    pub(super) fn spaces(&self) -> Vec<&'static Space> {
        let mut spaces: Vec<SpaceId> = self.all.iter().flat_map(|c| c.spaces(self.protocol)).collect();
        spaces.sort_unstable();
        spaces.dedup();
        spaces.into_iter().map(|s| self.protocol.space(s)).collect()
    }

    /// The spaces in which any of them can touch values of several items.
    pub(super) fn wide(&self) -> Vec<SpaceId> {
        self.all.iter().flat_map(|c| c.wide(self.protocol)).collect()
    }

    /// The words of those that touch a space: `write-register, mask-write`.
    pub(super) fn words_in(&self, space: SpaceId) -> String {
        let of_space = self.all.iter().filter(|c| c.spaces(self.protocol).contains(&space));
        of_space.map(|c| c.words.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The words of the list: `read, write-coil`.
    pub(super) fn words(&self) -> String {
        self.all.iter().map(|c| c.words.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The functions for the site model; reports P004 and P012 about `opaque`.
    pub(super) fn functions(&self, reader: &mut Reader<'_>, opaque: Option<(bool, &Location)>) -> Functions {
        let allowed = opaque.is_some_and(|(flag, _)| flag);
        let hidden: Vec<&Choice> = self.all.iter().filter(|c| c.opaque(self.protocol)).collect();
        if !allowed {
            for choice in &hidden {
                let message = format!("{} carries what this gateway cannot judge", choice.words);
                let help = "add opaque = true if whatever it carries may pass, or name a function that is judged";
                reader.report(Diagnostic::error("P004", &choice.at, message).help(help));
            }
        }
        if let Some((true, at)) = opaque
            && hidden.is_empty()
            && self.whole
        {
            let message = "opaque = true changes nothing here: every function of this statement is judged";
            reader.report(Diagnostic::warning("P012", at, message).help("leave it out"));
        }
        Functions { opaque: allowed && !hidden.is_empty(), ..self.named() }
    }

    /// The functions that are named, whether or not they are decoded.
    pub(super) fn named(&self) -> Functions {
        let mut functions = Functions::default();
        for choice in &self.all {
            match choice.meaning {
                Meaning::Verb(verb) => functions.verbs = functions.verbs.with(verb),
                Meaning::Named(function, sub) => {
                    functions.codes.extend(function.codes.clone().map(|function| Code { function, sub }));
                }
                Meaning::Raw(code, _) => functions.codes.push(code),
            }
        }
        functions.codes.sort_unstable();
        functions.codes.dedup();
        functions
    }
}
