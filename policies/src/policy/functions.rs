//! Which statements allow a function: raw code and action -> class, a class being a set of statements. Statements are
//! numbers within their gate, so that gates whose statements name the same functions share this.

use crate::site;
use sluice_model::{Action, Code, Descriptor, Function};
use std::collections::{BTreeSet, HashMap};

/// Whether a statement allows the functions that it names: an action of a code under what the protocol declares.
pub(crate) fn allows(functions: &site::Functions, function: &Function, code: Code, action: Action) -> bool {
    names(functions, function, code, action) && (functions.opaque || !function.opaque)
}

/// Whether a statement names a function, by verb or by code.
pub(crate) fn names(functions: &site::Functions, function: &Function, code: Code, action: Action) -> bool {
    (function.by_verb && functions.verbs.contains(action)) || functions.codes.iter().any(|c| c.covers(code))
}

/// One action of one code.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The sub-function; `None` stands for every one without an entry of its own.
    sub: Option<u16>,
    action: Action,
    class: u32,
}

/// The functions of one protocol under the statements of a gate.
#[derive(Debug, Default)]
pub(super) struct Functions {
    /// Where the entries of a function code begin; one more than there are codes.
    heads: Box<[u32]>,
    /// Sorted by sub-function for each function code.
    entries: Box<[Entry]>,
    classes: Vec<Class>,
}

/// A set of statements that allow the same functions.
#[derive(Debug)]
pub(super) struct Class {
    /// Indices into the gate's statements, sorted.
    pub(super) statements: Box<[u32]>,
    /// Whether any of the functions reads.
    pub(super) reads: bool,
    /// Whether any of them does anything else.
    pub(super) changes: bool,
}

impl Functions {
    pub(super) fn compile(protocol: &'static Descriptor, statements: &[&site::Functions]) -> Self {
        let mut out = Self::default();
        let (mut heads, mut entries, mut known) = (vec![0], Vec::new(), HashMap::new());
        let last = protocol.functions.iter().map(|f| *f.codes.end()).max();
        for function in 0..=last.unwrap_or(0) {
            for sub in subs(protocol, function, statements) {
                let code = Code { function, sub };
                let Some(declared) = protocol.function(code) else { continue };
                for action in declared.actions {
                    let allowing = (0..).zip(statements).filter(|(_, f)| allows(f, declared, code, *action));
                    let class: Box<[u32]> = allowing.map(|(index, _)| index).collect();
                    let class = *known.entry(class).or_insert_with_key(|class| out.add(class.clone()));
                    out.note(class, *action);
                    entries.push(Entry { sub, action: *action, class });
                }
            }
            heads.push(entries.len() as u32);
        }
        out.classes.shrink_to_fit();
        out.heads = heads.into();
        out.entries = entries.into();
        out
    }

    fn add(&mut self, statements: Box<[u32]>) -> u32 {
        self.classes.push(Class { statements, reads: false, changes: false });
        (self.classes.len() - 1) as u32
    }

    fn note(&mut self, class: u32, action: Action) {
        let class = &mut self.classes[class as usize];
        class.reads |= action == Action::Read;
        class.changes |= action != Action::Read;
    }

    /// Every class, in order.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of an operation and its statements, never empty, as indices into the gate's; `None` when no statement
    /// allows the function.
    pub(super) fn class(&self, code: Code, action: Action) -> Option<(u32, &[u32])> {
        let at = usize::from(code.function);
        let (from, to) = (*self.heads.get(at)?, *self.heads.get(at + 1)?);
        let entries = self.entries.get(from as usize..to as usize)?;
        // A sub-function with entries of its own is wholly described by them; `None` sorts first.
        let own = entries.partition_point(|e| e.sub < code.sub);
        let own = if entries.get(own).is_some_and(|e| e.sub == code.sub) { own } else { 0 };
        let sub = entries.get(own)?.sub;
        let entry = entries[own..].iter().take_while(|e| e.sub == sub).find(|e| e.action == action)?;
        if sub.is_some() && sub != code.sub {
            return None;
        }
        let statements = &*self.classes[entry.class as usize].statements;
        (!statements.is_empty()).then_some((entry.class, statements))
    }
}

/// Every code that the protocol or any of the statements tells apart, with what the protocol declares about it; one without
/// sub-function stands for those that are not listed.
pub(crate) fn codes(protocol: &'static Descriptor, statements: &[&site::Functions]) -> Vec<(Code, &'static Function)> {
    let last = protocol.functions.iter().map(|f| *f.codes.end()).max().unwrap_or(0);
    let subs = |function| subs(protocol, function, statements).into_iter().map(move |sub| Code { function, sub });
    (0..=last).flat_map(subs).filter_map(|code| Some((code, protocol.function(code)?))).collect()
}

/// The sub-functions of a code that anything tells apart, and `None` for the others.
fn subs(protocol: &'static Descriptor, function: u16, statements: &[&site::Functions]) -> BTreeSet<Option<u16>> {
    let declared = protocol.functions.iter().filter(|f| f.codes.contains(&function)).map(|f| f.sub);
    let named = statements.iter().flat_map(|f| &f.codes).filter(|c| c.function == function).map(|c| c.sub);
    declared.chain(named).chain([None]).collect()
}
