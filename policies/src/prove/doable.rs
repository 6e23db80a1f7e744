//! The functions that a statement allows, one by one.

use crate::site::{Functions, Never};
use sluice_model::{Action, Code, Descriptor, Function};

/// One action of one function that a statement allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doable {
    pub(super) code: Code,
    pub(super) function: &'static Function,
    pub(super) action: Action,
}

impl Doable {
    /// Whether it changes some bits of an item and keeps the others.
    pub(super) fn masks(self) -> bool {
        self.function.name.starts_with("mask-")
    }

    /// Whether what it carries is not decoded, so that it counts as every action on every item with every value.
    pub(super) fn opaque(self) -> bool {
        self.function.opaque
    }

    /// The other things that a message with it does to items.
    pub(super) fn others(self) -> impl Iterator<Item = Action> {
        let several = !self.function.spaces.is_empty();
        self.function.actions.iter().copied().filter(move |action| several && *action != self.action)
    }
}

/// Everything that functions of a statement allow; what does one thing stands before what does several.
pub(super) fn all(protocol: &'static Descriptor, named: &Functions) -> Vec<Doable> {
    let functions: &'static [Function] = protocol.functions;
    let mut all = Vec::new();
    for function in functions {
        if function.opaque && !named.opaque || undecodable(functions, function) {
            continue;
        }
        for code in codes(protocol, function, named) {
            for action in function.actions {
                if names(named, function, code, *action) {
                    all.push(Doable { code, function, action: *action });
                }
            }
        }
    }
    all.sort_by_key(|d| d.function.actions.len());
    all
}

/// Whether functions name one action of a code.
pub(super) fn names(named: &Functions, function: &Function, code: Code, action: Action) -> bool {
    function.by_verb && named.verbs.contains(action) || named.codes.iter().any(|c| c.covers(code))
}

/// An entry for the sub-functions of a code that have none of their own, where every one that a message can carry has:
/// decoded codes list theirs.
fn undecodable(functions: &[Function], function: &Function) -> bool {
    let listed = || functions.iter().any(|f| f.sub.is_some() && f.codes == function.codes);
    function.sub.is_none() && !function.opaque && listed()
}

/// The codes of an entry that anything tells apart.
fn codes(protocol: &'static Descriptor, function: &'static Function, named: &Functions) -> Vec<Code> {
    let general = function.codes.clone().map(|number| Code { function: number, sub: function.sub });
    let own = |code: &Code| {
        let of = protocol.function(*code);
        code.sub.is_some() && function.sub.is_none() && of.is_some_and(|f| core::ptr::eq(f, function))
    };
    general.chain(named.codes.iter().copied().filter(own)).collect()
}

/// Whether a guarantee is about what this does, items and values aside.
pub(super) fn concerns(never: &Never, doable: Doable) -> bool {
    let named = |f: &Functions| names(f, doable.function, doable.code, doable.action);
    let acts = never.actions.is_empty() || never.actions.contains(doable.action);
    never.functions.as_ref().is_none_or(|f| named(&f.named)) && (acts || doable.opaque())
}
