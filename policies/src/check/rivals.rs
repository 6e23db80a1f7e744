//! Which statements P041 compares: those of which one gives a tag more than the other. It looks tag by tag, so that
//! hundreds of statements that grant the same thousands of tags alike cost no more than one walk over them.

use super::lists::Lists;
use super::ranges::Ranges;
use super::wider::{is_wider, of_bit};
use crate::site::{AssetId, Items, Limit, Site, Statement, Tag, TagGrant};
use std::collections::HashMap;
use std::sync::Arc;

/// For each statement, or list that statements share, a bit for every one of which it may lift a limit; never one too few.
#[derive(Default)]
pub(super) struct Rivals(HashMap<usize, Vec<u64>>);

/// What is granted of a tag by one of the lists that statements share.
struct Claim<'s> {
    list: usize,
    grant: &'s TagGrant,
}

/// A limit of a tag, and the lists that set it.
type Class<'s> = (Option<&'s Limit>, Vec<usize>);

impl Rivals {
    pub(super) fn of<'s>(site: &Site, statements: impl Iterator<Item = &'s Statement>) -> Self {
        let mut devices: HashMap<(AssetId, usize), Lists<'s>> = HashMap::new();
        for (statement, granted) in statements.enumerate() {
            let Items::Tags(grants) = &granted.items else { continue };
            for of_device in grants {
                devices.entry((of_device.asset, of_device.speaks)).or_default().add(&of_device.tags, statement);
            }
        }
        let mut rivals = Self::default();
        for ((asset, speaks), lists) in devices {
            let claims = lists.all.iter().enumerate();
            let claims = claims.flat_map(|(list, (tags, _))| tags.iter().map(move |grant| Claim { list, grant }));
            let mut claims: Vec<Claim<'_>> = claims.collect();
            claims.sort_by_key(|c| (c.grant.tag, c.list));
            let mut of_lists = Self::default();
            of_lists.device(&site.asset(asset).speaks[speaks].tags, &claims);
            for wide in of_lists.0.keys() {
                for narrow in of_lists.under(*wide) {
                    for statement in &lists.all[*wide].1 {
                        rivals.note(*statement, &lists.all[narrow].1);
                    }
                }
            }
        }
        rivals
    }

    /// The statements of which `wide` may lift a limit, in order.
    pub(super) fn under(&self, wide: usize) -> impl Iterator<Item = usize> {
        let words = self.0.get(&wide).into_iter().flatten().enumerate();
        words.flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 64 * at + bit))
    }

    /// `claims` is sorted by tag.
    fn device(&mut self, tags: &[Tag], claims: &[Claim<'_>]) {
        let groups: Vec<&[Claim<'_>]> = claims.chunk_by(|a, b| a.grant.tag == b.grant.tag).collect();
        let tag = |group: &[Claim<'_>]| &tags[group[0].grant.tag];
        let mut before: &[Claim<'_>] = &[];
        for group in &groups {
            let kind = tag(group).kind;
            if before.is_empty() || tag(before).kind != kind || !alike(before, group) {
                let classes = classes(group);
                self.compare(&classes, &classes, |wide, narrow| is_wider(wide, narrow, kind));
            }
            before = group;
        }
        let is_bit = |group: &&&[Claim<'_>]| tag(group).bit.is_some();
        if groups.iter().any(|g| is_bit(&g)) {
            let whole = groups.iter().filter(|g| !is_bit(g)).map(|g| (tag(g).whole(), *g));
            let whole = Ranges::of(whole);
            for group in groups.iter().filter(is_bit) {
                let narrow = classes(group);
                for (_, over) in whole.meeting(tag(group).whole()) {
                    self.register(tag(over), &classes(over), tag(group), &narrow);
                }
            }
        }
    }

    /// Lists with a register, and those with a bit of it.
    fn register(&mut self, whole: &Tag, wide: &[Class<'_>], tag: &Tag, narrow: &[Class<'_>]) {
        let (Some(bit), Some(into)) = (tag.bit, tag.first.checked_sub(whole.first)) else { return };
        let word = (into % whole.items) as u16;
        self.compare(wide, narrow, |wide, narrow| is_wider(of_bit(whole, wide, word, bit).as_ref(), narrow, tag.kind));
    }

    fn compare(&mut self, wide: &[Class<'_>], narrow: &[Class<'_>], lifts: impl Fn(Option<&Limit>, &Limit) -> bool) {
        for (limit, above) in wide {
            for (limited, below) in narrow {
                if limited.is_some_and(|limited| lifts(*limit, limited)) {
                    for wide in above {
                        self.note(*wide, below);
                    }
                }
            }
        }
    }

    fn note(&mut self, wide: usize, below: &[usize]) {
        let row = self.0.entry(wide).or_default();
        for narrow in below {
            let at = narrow / 64;
            if row.len() <= at {
                row.resize(at + 1, 0);
            }
            row[at] |= 1 << (narrow % 64);
        }
    }
}

/// Whether the same lists limit two tags by the same limits, kept in the same memory.
fn alike(a: &[Claim<'_>], b: &[Claim<'_>]) -> bool {
    let what = |c: &Claim<'_>| (c.list, c.grant.limit.as_ref().map(Arc::as_ptr));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| what(a) == what(b))
}

fn classes<'s>(group: &[Claim<'s>]) -> Vec<Class<'s>> {
    let mut classes: Vec<Class<'s>> = Vec::new();
    for Claim { list, grant } in group {
        let limit = grant.limit.as_deref();
        match classes.iter_mut().find(|(known, _)| *known == limit) {
            Some((_, lists)) => lists.push(*list),
            None => classes.push((limit, vec![*list])),
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::fixture::tag;
    use crate::site::Wording;

    fn grants(limits: &[(i128, i128)]) -> Vec<TagGrant> {
        let wording = Arc::new(Wording::Bounds);
        let limit = |n: usize| Some(Arc::new(Limit::Integers(vec![limits[n]])));
        (0..limits.len())
            .map(|n| TagGrant {
                tag: n,
                first: 0,
                last: 0,
                limit: limit(n),
                wording: wording.clone(),
                conditions: None,
                place: 0,
            })
            .collect()
    }

    fn found(tags: &[Tag], statements: &[Vec<TagGrant>]) -> Vec<(usize, usize)> {
        let mut claims: Vec<Claim<'_>> = Vec::new();
        for (list, grants) in statements.iter().enumerate() {
            claims.extend(grants.iter().map(|grant| Claim { list, grant }));
        }
        claims.sort_by_key(|c| (c.grant.tag, c.list));
        let mut rivals = Rivals::default();
        rivals.device(tags, &claims);
        (0..statements.len()).flat_map(|wide| rivals.under(wide).map(move |n| (wide, n)).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn only_what_gives_a_tag_more_is_compared() {
        let tags = ["a,40001,u16,,,", "b,40002,u16,,,", "c,40003,u16,,,"].map(tag);
        let same = || grants(&[(0, 5), (0, 5), (0, 9)]);
        let mut many: Vec<_> = (0..70).map(|_| same()).collect();
        assert_eq!(found(&tags, &many), [], "statements that limit alike");
        many.push(grants(&[(0, 5), (0, 6), (0, 9)]));
        let above: Vec<_> = (0..70).map(|narrow| (70, narrow)).collect();
        assert_eq!(found(&tags, &many), above, "one that is wider in its second tag");
        many.truncate(1);
        many.push(grants(&[(1, 6), (1, 5), (0, 9)]));
        assert_eq!(found(&tags, &many), [(0, 1)], "neither wider in the first, the first in the second");
    }

    #[test]
    fn a_register_is_compared_with_its_bits() {
        let mut tags = ["word,40001,u16,,,", "bit,40001,u16,,,"].map(tag);
        (tags[1].bit, tags[1].kind) = (Some(1), crate::site::Kind::Bool);
        let [whole, low, bit] = [(0, 3), (0, 1), (0, 0)].map(|limit| grants(&[limit, limit]));
        assert_eq!(found(&tags, &[whole[..1].to_vec(), bit[1..].to_vec()]), [(0, 1)]);
        assert_eq!(found(&tags, &[low[..1].to_vec(), bit[1..].to_vec()]), [], "it cannot set the bit");
    }
}
