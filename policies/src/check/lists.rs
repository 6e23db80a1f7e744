//! What statements grant on one device, each list of tags once: hundreds of statements may share one.

use crate::site::TagGrant;
use std::collections::HashMap;

/// Lists of granted tags, each with the indices of the statements that grant it.
#[derive(Default)]
pub(super) struct Lists<'s> {
    pub(super) all: Vec<(&'s [TagGrant], Vec<usize>)>,
    /// Which is which, by where it lies.
    known: HashMap<*const TagGrant, usize>,
}

impl<'s> Lists<'s> {
    pub(super) fn add(&mut self, tags: &'s [TagGrant], statement: usize) {
        let new = self.all.len();
        let list = *self.known.entry(tags.as_ptr()).or_insert(new);
        if list == new {
            self.all.push((tags, Vec::new()));
        }
        self.all[list].1.push(statement);
    }
}
