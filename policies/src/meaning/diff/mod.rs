//! The difference of two sites as meaning: what is newly allowed and newly denied, whatever the files look like.
//!
//! Compared are unions: everything that the statements between two ends allow together. What a statement allows is only
//! newly allowed where no statement of the other site allows it; a statement cut in two changes nothing. Conditions are
//! compared one by one: a statement with stricter ones is covered by one with looser ones. Two statements that are
//! complete only together (one for the day, one for the night) are told as a change of conditions when they
//! become one.
//!
//! * `ends`: addresses of both sites; `operations`: pairs, devices, functions; `claims`: what is granted, item by item
//! * `beyond`: what some claims allow and others do not; `values`: sets of values; `label`: the plant's words
//! * `services`, `packets`, `settings`: what is beside the protocols; `words`: the text

mod beyond;
mod claims;
mod ends;
mod label;
mod operations;
mod packets;
mod services;
mod settings;
mod values;
mod words;

pub use label::{Example, Item};
pub use settings::Setting;

use crate::site::Site;
use serde::{Serialize, Serializer};
use sluice_model::Code;
use std::collections::{BTreeMap, BTreeSet};

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It was denied, and is allowed.
    Allowed,
    /// It was allowed under other conditions, and is allowed under conditions that ask less, or something else.
    Loosened,
    /// It was allowed, and is denied.
    Denied,
    /// It is allowed under conditions that ask more, or something else.
    Tightened,
}

/// Something that is allowed, denied, or allowed under other conditions than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it does.
    pub effect: Effect,
    /// The sources.
    pub from: BTreeSet<String>,
    /// The destinations; with the device address where several devices stand behind one.
    pub to: BTreeSet<String>,
    /// The protocol, or `service`.
    pub what: String,
    /// The verb; for a service, what passes.
    pub action: String,
    /// Raw codes, with the names of the functions.
    #[serde(serialize_with = "codes")]
    pub functions: BTreeSet<(Code, &'static str)>,
    /// The items; none for functions that touch none.
    pub items: BTreeSet<Item>,
    /// Under which conditions.
    pub conditions: Vec<String>,
    /// The conditions that the other side asks and this one does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The statements that allow it, or allowed it, with their places.
    #[serde(serialize_with = "statements")]
    pub statements: BTreeSet<(String, String)>,
}

fn codes<S: Serializer>(codes: &BTreeSet<(Code, &'static str)>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(codes.iter().map(|(code, _)| code.to_string()))
}

fn statements<S: Serializer>(statements: &BTreeSet<(String, String)>, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Named<'a> {
        statement: &'a str,
        at: &'a str,
    }
    to.collect_seq(statements.iter().map(|(statement, at)| Named { statement, at }))
}

/// The difference of two sites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What messages and packets it is about.
    pub changes: Vec<Change>,
    /// What was set otherwise.
    pub settings: Vec<Setting>,
}

impl Difference {
    /// What a second site allows, denies and sets otherwise than a first one.
    pub fn between(old: &Site, new: &Site) -> Self {
        let mut changes = Vec::new();
        operations::changes(old, new, &mut changes);
        services::changes(old, new, &mut changes);
        Self { changes: grouped(changes), settings: settings::changes(old, new) }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.settings.is_empty()
    }

    /// Whether anything passes that did not, or passes more easily.
    pub fn widens(&self) -> bool {
        self.changes.iter().any(|c| matches!(c.effect, Effect::Allowed | Effect::Loosened))
            || self.settings.iter().any(|s| s.widens)
    }
}

/// Puts together what is the same but for one thing: functions, statements, items, sources, destinations.
fn grouped(changes: Vec<Change>) -> Vec<Change> {
    let changes = merged(changes, |c| core::mem::take(&mut c.functions), |c, all| c.functions.extend(all));
    let changes = merged(changes, |c| core::mem::take(&mut c.statements), |c, all| c.statements.extend(all));
    let changes = merged(changes, |c| core::mem::take(&mut c.items), |c, all| c.items.extend(all));
    let changes = merged(changes, |c| core::mem::take(&mut c.from), |c, all| c.from.extend(all));
    merged(changes, |c| core::mem::take(&mut c.to), |c, all| c.to.extend(all))
}

fn merged<T>(changes: Vec<Change>, take: impl Fn(&mut Change) -> T, give: impl Fn(&mut Change, T)) -> Vec<Change> {
    let mut known: BTreeMap<Change, Vec<T>> = BTreeMap::new();
    for mut change in changes {
        let part = take(&mut change);
        known.entry(change).or_default().push(part);
    }
    let whole = known.into_iter().map(|(mut change, parts)| {
        for part in parts {
            give(&mut change, part);
        }
        change
    });
    whole.collect()
}
