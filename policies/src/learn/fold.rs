//! Cells of one kind that do the same: one conduit for nine of ten of them, the others by themselves.

use super::Learner;
use super::evidence::{OfFunction, Pair};
use crate::decision::ConduitId;
use crate::site::AssetId;
use sluice_model::{Code, ProtocolId, SpaceId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pairs that one conduit is proposed for.
pub(super) struct Folded {
    pub(super) from: Vec<AssetId>,
    pub(super) to: Vec<AssetId>,
    /// Whether each stands for its own cell.
    pub(super) within_cell: bool,
    pub(super) conduit: ConduitId,
    pub(super) functions: BTreeMap<(ProtocolId, Code), OfFunction>,
}

/// The kind of a pair: role or kind of both ends, in one cell.
type Alike = (Arc<str>, Arc<str>);

/// What a pair does, without how often and with which values.
type Doing<'p> = Vec<(ProtocolId, Code, Vec<&'p (String, u64)>, Vec<&'p (SpaceId, u64)>)>;

/// A pair with its ends.
type Joined = ((AssetId, AssetId), Pair);

/// The fewest cells that make a kind.
const CELLS: usize = 3;

/// Puts pairs together. Pairs that a conduit joins already, or whose ends lie in different cells, stay by themselves.
pub(super) fn fold(learner: &Learner, pairs: BTreeMap<(AssetId, AssetId), Pair>) -> Vec<Folded> {
    let mut kinds: BTreeMap<Alike, Vec<Joined>> = BTreeMap::new();
    let mut folded = Vec::new();
    for (ends, pair) in pairs {
        match alike(learner, ends).filter(|_| pair.conduit == ConduitId::UNMATCHED) {
            Some(kind) => kinds.entry(kind).or_default().push((ends, pair)),
            None => folded.push(alone(ends, pair)),
        }
    }
    for pairs in kinds.into_values() {
        let same = most_alike(&pairs);
        let (same, others): (Vec<_>, Vec<_>) = pairs
            .into_iter()
            .enumerate()
            .partition(|(index, _)| same.as_ref().is_some_and(|same| same.contains(index)));
        folded.extend(others.into_iter().map(|(_, (ends, pair))| alone(ends, pair)));
        let mut same = same.into_iter().map(|(_, pair)| pair);
        if let Some((ends, first)) = same.next() {
            folded.push(same.fold(alone(ends, first), join));
        }
    }
    folded.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    folded
}

fn alone((from, to): (AssetId, AssetId), pair: Pair) -> Folded {
    Folded { from: vec![from], to: vec![to], within_cell: false, conduit: pair.conduit, functions: pair.functions }
}

fn alike(learner: &Learner, (from, to): (AssetId, AssetId)) -> Option<Alike> {
    let [from, to] = [from, to].map(|id| learner.policy.site().asset(id));
    let same_cell = from.cell.is_some() && from.cell == to.cell;
    let what = |asset: &crate::site::Asset| asset.role.clone().or_else(|| asset.kind.clone());
    if same_cell { what(from).zip(what(to)) } else { None }
}

fn doing(pair: &Pair) -> Doing<'_> {
    let each = pair.functions.iter();
    each.map(|((protocol, code), of)| (*protocol, *code, of.tags.keys().collect(), of.raw.keys().collect())).collect()
}

/// The pairs that do the same, when they are nine of ten.
fn most_alike(pairs: &[((AssetId, AssetId), Pair)]) -> Option<Vec<usize>> {
    let mut groups: BTreeMap<Doing<'_>, Vec<usize>> = BTreeMap::new();
    for (index, (_, pair)) in pairs.iter().enumerate() {
        groups.entry(doing(pair)).or_default().push(index);
    }
    let largest = groups.into_values().max_by_key(Vec::len)?;
    (pairs.len() >= CELLS && 10 * largest.len() >= 9 * pairs.len()).then_some(largest)
}

fn join(mut whole: Folded, ((from, to), pair): ((AssetId, AssetId), Pair)) -> Folded {
    whole.within_cell = true;
    whole.from.push(from);
    whole.to.push(to);
    for (key, other) in pair.functions {
        if let Some(of) = whole.functions.get_mut(&key) {
            of.seen.join(&other.seen);
            for (tag, seen) in &other.tags {
                if let Some(of) = of.tags.get_mut(tag) {
                    of.join(seen);
                }
            }
            for (item, times) in other.raw {
                *of.raw.entry(item).or_default() += times;
            }
        }
    }
    whole
}
