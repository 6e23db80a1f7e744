//! Which items of which devices somebody wants to know of, and their values out of messages.

use crate::registers::join;
use crate::site::{AssetId, Devices, Site, WordOrder};
use core::ops::Range;
use sluice_model::{Operation, SpaceId, Span, Values};

/// An element that a fact, a step or both are about; `u32::MAX` stands for neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watched {
    pub(super) asset: AssetId,
    /// Index into the asset's `speaks`.
    pub(super) speaks: usize,
    pub(super) space: SpaceId,
    pub(super) first: u64,
    /// Items, 1 to 4.
    pub(super) width: u8,
    /// The bit of the item.
    pub(super) bit: Option<u8>,
    pub(super) order: WordOrder,
    /// Its fact, as the policy numbers it.
    pub(super) fact: u32,
    /// Its step, as the policy numbers it.
    pub(super) step: u32,
}

/// Greatest [`Watched::width`].
const WIDEST: u64 = 4;

/// Everything that a policy watches.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Sorted by asset, protocol, space and first item.
    list: Vec<Watched>,
    /// Sorted by asset.
    devices: Vec<Device>,
}

#[derive(Debug)]
struct Device {
    asset: AssetId,
    devices: Devices,
    watched: Range<usize>,
}

impl Watch {
    pub(super) fn extend(&mut self, watched: Option<Watched>) {
        self.list.extend(watched);
    }

    /// Ends collecting.
    pub(super) fn close(&mut self, site: &Site) {
        self.list.sort_by_key(|w| (w.asset, w.speaks, w.space, w.first));
        self.list.shrink_to_fit();
        let mut from = 0;
        for device in self.list.chunk_by(|a, b| (a.asset, a.speaks) == (b.asset, b.speaks)) {
            let first = device[0];
            let devices = site.asset(first.asset).speaks[first.speaks].devices.clone();
            self.devices.push(Device { asset: first.asset, devices, watched: from..from + device.len() });
            from += device.len();
        }
    }

    /// Whether anything of an asset is watched.
    pub(super) fn watches(&self, asset: AssetId) -> bool {
        self.of(asset).next().is_some()
    }

    fn of(&self, asset: AssetId) -> impl Iterator<Item = &Device> {
        let from = self.devices.partition_point(|d| d.asset < asset);
        self.devices[from..].iter().take_while(move |d| d.asset == asset)
    }

    /// All that is watched of the device behind an address of an asset.
    pub(super) fn device(&self, asset: AssetId, address: u32) -> &[Watched] {
        let listed = |d: &&Device| matches!(&d.devices, Devices::Listed(list) if list.contains(&address));
        let any = |d: &&Device| d.devices == Devices::Any;
        let found = self.of(asset).find(listed).or_else(|| self.of(asset).find(any));
        found.map_or(&[], |d| &self.list[d.watched.clone()])
    }

    /// What is watched of the items that an operation touches, wholly or in part.
    pub(super) fn touched(&self, asset: AssetId, operation: &Operation<'_>) -> impl Iterator<Item = &Watched> {
        let span = operation.target;
        let device = if span.is_some() { self.device(asset, operation.device) } else { &[] };
        let (space, first, last) = span.map_or((SpaceId(0), 1, 0), |s| (s.space, s.first, s.last));
        let from = device.partition_point(|w| (w.space, w.first + WIDEST - 1) < (space, first));
        device[from..]
            .iter()
            .take_while(move |w| (w.space, w.first) <= (space, last))
            .filter(move |w| w.last() >= first)
    }
}

impl Watched {
    fn last(&self) -> u64 {
        self.first + u64::from(self.width) - 1
    }

    /// Its raw value in an operation on `span`; `None` if that has not all of it.
    pub(super) fn value(&self, span: Span, values: Values<'_>) -> Option<u64> {
        if self.first < span.first || self.last() > span.last {
            return None;
        }
        if let Values::Mask { and, or } = values {
            return match self.bit {
                Some(bit) if and >> bit & 1 == 0 => Some(u64::from(or >> bit & 1)),
                None if and == 0 && self.width == 1 => join(self.order, 1, |_| Some(or)),
                _ => None,
            };
        }
        let offset = usize::try_from(self.first - span.first).ok()?;
        let word = |n: u16| values.item(offset.checked_add(usize::from(n))?);
        match self.bit {
            Some(bit) => Some(u64::from(word(0)? >> bit & 1)),
            None => join(self.order, self.width.into(), word),
        }
    }

    /// Whether a mask leaves it as it is.
    pub(super) fn is_spared(&self, values: Values<'_>) -> bool {
        match (values, self.bit) {
            (Values::Mask { and, .. }, Some(bit)) => and >> bit & 1 == 1,
            (Values::Mask { and, .. }, None) => and == u16::MAX,
            _ => false,
        }
    }
}
