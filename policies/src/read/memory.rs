//! What statements said of tags, so that those that say the same on the same list share what it means: hundreds of them
//! may grant `"*"` of tens of thousands of tags.

use super::picks::Pick;
use super::resolve::Resolved;
use super::tree::Value;
use crate::site::Tag;
use sluice_model::{ProtocolId, SpaceId};
use std::collections::HashMap;
use std::rc::Rc;

/// The name of what a statement says of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WishId(u32);

/// Whether a statement writes, and reads; the spaces that it touches, and those in which it touches wide values.
type Can = (bool, bool, Vec<SpaceId>, Vec<SpaceId>);
/// What a statement says of tags: its entries, each with its limit and its conditions.
type Wish = (ProtocolId, Vec<(String, Option<String>, Option<String>)>, Can);

/// What was said before. Lists of tags are known by where they lie; all of them outlive it.
#[derive(Default)]
pub(crate) struct Memory {
    wishes: HashMap<Wish, WishId>,
    resolved: HashMap<(WishId, *const Tag), Rc<Resolved>>,
    counts: HashMap<(WishId, Vec<*const Tag>), usize>,
}

impl Memory {
    /// The name of what a statement says; `None` when a limit is no text.
    pub(super) fn wish(&mut self, protocol: ProtocolId, picks: &[Pick<'_>], can: Can) -> Option<WishId> {
        let said = |pick: &Pick<'_>| match pick.limit.map(|node| &node.value) {
            None => Some((pick.text.to_owned(), None, pick.conditions.said.clone())),
            Some(Value::Text(limit)) => Some((pick.text.to_owned(), Some(limit.clone()), pick.conditions.said.clone())),
            Some(_) => None,
        };
        let wish = (protocol, picks.iter().map(said).collect::<Option<Vec<_>>>()?, can);
        let new = WishId(self.wishes.len() as u32);
        Some(*self.wishes.entry(wish).or_insert(new))
    }

    pub(super) fn resolved(&self, wish: WishId, tags: &[Tag]) -> Option<Rc<Resolved>> {
        self.resolved.get(&(wish, tags.as_ptr())).cloned()
    }

    pub(super) fn keep(&mut self, wish: WishId, tags: &[Tag], resolved: &Rc<Resolved>) {
        self.resolved.insert((wish, tags.as_ptr()), Rc::clone(resolved));
    }

    /// How many names the patterns of a statement match in several lists; `count` counts them.
    pub(super) fn count(&mut self, wish: Option<WishId>, lists: &[&[Tag]], count: impl FnOnce() -> usize) -> usize {
        let Some(wish) = wish else { return count() };
        let lists = lists.iter().map(|l| l.as_ptr()).collect();
        *self.counts.entry((wish, lists)).or_insert_with(count)
    }
}
