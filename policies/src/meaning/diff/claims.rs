//! What a set of statements grants in one space of one device, item by item: the same that the policy is compiled to.

use super::super::guard::Guard;
use super::values::{Order, Values, greatest, united};
use crate::site::{AssetId, Conduit, Items, Limit, Site, Speaks, Statement, Tag, TagGrant};
use sluice_model::Space;
use std::rc::Rc;

/// A statement with its conduit.
pub(super) type Said<'s> = (&'s Conduit, &'s Statement);

/// One device of one of the two sites.
#[derive(Clone, Copy)]
pub(super) struct Device<'s> {
    pub(super) site: &'s Site,
    pub(super) asset: AssetId,
    /// Its place in the asset's `speaks`.
    pub(super) index: usize,
}

/// One grant of one statement.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) right: Right,
    pub(super) guard: Rc<Guard>,
    /// The statement, by its place in the list that was asked.
    pub(super) by: usize,
}

/// What is granted on each item of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Whole elements of so many items, the first of which begins at `base`, whose value is one of these. Elements of one
    /// item with any value need nothing else.
    Element { width: u64, base: u64, values: Values },
    /// One bit, and whether it may become 0, and 1.
    Bit { bit: u8, may_be: [bool; 2] },
}

impl Claim {
    /// Whether its items may be anything, each by itself.
    pub(super) fn is_free(&self) -> bool {
        matches!(&self.right, Right::Element { width: 1, values: Values::Any, .. })
    }
}

const fn free(first: u64) -> Right {
    Right::Element { width: 1, base: first, values: Values::Any }
}

impl<'s> Device<'s> {
    pub(super) fn speaks(self) -> &'s Speaks {
        &self.site.asset(self.asset).speaks[self.index]
    }

    /// What some of the statements grant here; `reads` asks for containment alone.
    pub(super) fn claims(self, statements: &[(usize, Said<'s>)], space: &Space, reads: bool) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (by, (conduit, statement)) in statements {
            let guard = |tag| Rc::new(Guard::of(self.site, conduit, &statement.conditions, tag, self.asset));
            let plain = guard(None);
            if let Items::Raw(spans) = &statement.items {
                let spans = spans.iter().filter(|s| s.space == space.id);
                claims.extend(spans.map(|s| Claim {
                    first: s.first,
                    last: s.last,
                    right: free(s.first),
                    guard: plain.clone(),
                    by: *by,
                }));
            }
            for (tag, granted) in self.granted(statement).filter(|(tag, _)| tag.space == space.id) {
                let span = tag.span(granted.first, granted.last);
                let guard = granted.conditions.as_deref().map_or_else(|| plain.clone(), |own| guard(Some(own)));
                let right = if reads { free(span.first) } else { right(tag, granted, space.bits) };
                claims.push(Claim { first: span.first, last: span.last, right, guard, by: *by });
            }
        }
        claims
    }

    /// The tags that a statement grants here.
    fn granted(self, statement: &'s Statement) -> impl Iterator<Item = (&'s Tag, &'s TagGrant)> {
        let grants = match &statement.items {
            Items::Tags(grants) => grants.as_slice(),
            Items::None | Items::Raw(_) => &[],
        };
        let own = grants.iter().filter(move |g| g.asset == self.asset && g.speaks == self.index);
        own.flat_map(|g| g.tags.iter()).filter_map(move |g| Some((self.speaks().tags.get(g.tag)?, g)))
    }

    /// What a read may span although nothing grants it: short holes between granted tags, in which no tag lies.
    pub(super) fn gaps(self, statements: &[(usize, Said<'s>)], space: &Space) -> Vec<(u64, u64)> {
        let most = self.speaks().gaps;
        if most == 0 {
            return Vec::new();
        }
        let all = self.claims(statements, space, true).into_iter().map(|c| (c.first, c.last));
        let granted = united(all.collect());
        let tags = statements.iter().flat_map(|(_, (_, s))| self.granted(s)).filter(|(t, _)| t.space == space.id);
        let named = united(tags.map(|(t, g)| t.span(g.first, g.last)).map(|s| (s.first, s.last)).collect());
        let own = self.speaks().tags.iter().filter(|t| t.space == space.id);
        let taken = united(own.map(|t| (t.whole().first, t.whole().last)).collect());
        let meets = |ranges: &[(u64, u64)], first: u64, last: u64| {
            ranges.get(ranges.partition_point(|(_, end)| *end < first)).is_some_and(|(start, _)| *start <= last)
        };
        let holes = granted.windows(2).map(|pair| (pair[0].1 + 1, pair[1].0 - 1));
        holes
            .filter(|(first, last)| last - first < most && !meets(&taken, *first, *last))
            .filter(|(first, last)| meets(&named, first - 1, first - 1) && meets(&named, last + 1, last + 1))
            .collect()
    }
}

/// What the grant of a tag asks of a change.
fn right(tag: &Tag, granted: &TagGrant, bits: u8) -> Right {
    let limit = granted.limit.as_deref();
    if let Some(bit) = tag.bit {
        let may_be = |value: i128| match limit {
            None => true,
            Some(Limit::Integers(ranges)) => ranges.iter().any(|(a, b)| (*a..=*b).contains(&value)),
            Some(_) => false,
        };
        return Right::Bit { bit, may_be: [may_be(0), may_be(1)] };
    }
    let base = tag.span(granted.first, granted.last).first;
    Right::Element { width: tag.items, base, values: Values::of(tag, limit, bits) }
}

/// The claims, with claims on all bits of an item together as one on its value, for functions that write whole items.
pub(super) fn with_whole_bits(mut claims: Vec<Claim>, bits: u8) -> Vec<Claim> {
    let of_bits: Vec<Claim> = claims.iter().filter(|c| matches!(c.right, Right::Bit { .. })).cloned().collect();
    let mut items: Vec<u64> = of_bits.iter().map(|c| c.first).collect();
    items.sort_unstable();
    items.dedup();
    for item in items {
        let here: Vec<&Claim> = of_bits.iter().filter(|c| c.first == item).collect();
        let all = here.iter().skip(1).fold((*here[0].guard).clone(), |all, c| all.and(&c.guard));
        let mut guards: Vec<Rc<Guard>> = here.iter().map(|c| c.guard.clone()).chain([Rc::new(all)]).collect();
        guards.dedup();
        for guard in guards {
            let mut may_be = [[false; 2]; 16];
            for claim in here.iter().filter(|c| guard.implies(&c.guard)) {
                if let Right::Bit { bit, may_be: own } = claim.right
                    && let Some(of) = may_be.get_mut(usize::from(bit))
                {
                    *of = [of[0] || own[0], of[1] || own[1]];
                }
            }
            if may_be.contains(&[false; 2]) {
                continue;
            }
            let fits = |word: &u64| (0..16).all(|bit| may_be[bit][usize::from(word >> bit & 1 == 1)]);
            let all = may_be == [[true; 2]; 16];
            let top = greatest(1, bits);
            let words = if all { vec![(0, top)] } else { united((0..=top).filter(fits).map(|w| (w, w)).collect()) };
            if !words.is_empty() {
                let values = Values::ranges(Order::Abcd, words, 1, bits);
                let right = Right::Element { width: 1, base: item, values };
                claims.push(Claim { first: item, last: item, right, guard, by: here[0].by });
            }
        }
    }
    claims
}
