//! What a policy must never allow, whatever its statements say: `[[never]]`.

use super::{AssetId, Functions, Location, Net, Schedule, Text, WindowId};
use core::fmt;
use core::ops::RangeInclusive;
use sluice_model::{ActionSet, Descriptor};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// One guarantee: nobody of `from` does any of this to anybody of `to`.
#[derive(Clone, Debug)]
pub struct Never {
    /// What it says, in its author's words.
    pub says: String,
    /// Where it is declared.
    pub at: Location,
    /// Who never does it.
    pub from: Crowd,
    /// Whom it is never done to.
    pub to: Crowd,
    /// What is never done; empty when no action is named, which means any.
    pub actions: ActionSet,
    /// The functions of one protocol that are never used; `None` for any of any protocol, and services.
    pub functions: Option<NeverFunctions>,
    /// The tags that it is never done to, of every asset of `to` that has them; `None` for anything.
    pub tags: Option<Vec<NeverTag>>,
    /// When it may be done all the same.
    pub unless: Unless,
    /// How far it is followed.
    pub hops: Hops,
    /// Whether a message that would break it is withheld in every mode, in windows and under break-glass.
    pub floor: bool,
}

/// Functions of one protocol.
#[derive(Clone)]
pub struct NeverFunctions {
    /// The protocol.
    pub protocol: &'static Descriptor,
    /// The functions; whether they are opaque says nothing here.
    pub named: Functions,
}

impl core::fmt::Debug for NeverFunctions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {:?}", self.protocol.name, self.named)
    }
}

/// A tag, or some elements of an array, of one asset.
#[derive(Clone, Debug)]
pub struct NeverTag {
    /// The asset.
    pub asset: AssetId,
    /// Index into the asset's `speaks`.
    pub speaks: usize,
    /// Index into its tags.
    pub tag: usize,
    /// The first element.
    pub first: u64,
    /// The last element, included.
    pub last: u64,
    /// The raw values that it must never be given; `None` for any, and for reading it, too.
    pub values: Option<Arc<NeverValues>>,
    /// Where it is named.
    pub at: Location,
}

/// Raw values that are never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NeverValues {
    /// Sorted, disjoint, inclusive ranges: raw integers, or the [order](float_order) of raw numbers with a point.
    /// Not-a-number lies in none.
    Numbers(Vec<(i128, i128)>),
    /// Text.
    Text(Text),
}

/// A number that orders numbers with a point of `bits` (32 or 64) bits as they lie on the line, from -infinity to
/// infinity without a gap; the two zeros are one. Of not-a-number it means nothing.
pub fn float_order(number: f64, bits: u8) -> i128 {
    let (raw, sign) = match bits {
        32 => (u64::from((number as f32).to_bits()), 1 << 31),
        _ => (number.to_bits(), 1 << 63),
    };
    if raw & sign == 0 { raw.into() } else { -i128::from(raw & !sign) }
}

/// The number with this [order](float_order).
#[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)] // the order of 64 bits needs 64 bits and a sign
pub fn float_at(order: i128, bits: u8) -> f64 {
    let size = order.unsigned_abs() as u64;
    let number = if bits == 32 { f64::from(f32::from_bits(size as u32)) } else { f64::from_bits(size) };
    if order < 0 { -number } else { number }
}

/// Assets and strangers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    /// Assets, sorted, each once.
    pub assets: Vec<AssetId>,
    /// Who else.
    pub strangers: Strangers,
    /// Assets that a `{ not = .. }` leaves out, with its place.
    pub without: Vec<(Vec<AssetId>, Location)>,
}

/// Addresses that are no asset's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strangers {
    /// Sorted, disjoint ranges of addresses; assets' own addresses in them count for nothing.
    ranges: Vec<(Key, Key)>,
    /// Whether those who send frames without IP are among them.
    pub nameless: bool,
}

/// An address in one order, those of IPv4 (`false`) before those of IPv6.
type Key = (bool, u128);

fn key(ip: IpAddr) -> Key {
    match ip {
        IpAddr::V4(ip) => (false, ip.to_bits().into()),
        IpAddr::V6(ip) => (true, ip.to_bits()),
    }
}

fn address((is_v6, bits): Key) -> IpAddr {
    match u32::try_from(bits) {
        Ok(bits) if !is_v6 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(bits).into(),
    }
}

/// Every address of a family.
const FAMILIES: [(Key, Key); 2] = [((false, 0), (false, u32::MAX as u128)), ((true, 0), (true, u128::MAX))];

impl Strangers {
    /// Every one.
    pub fn anyone() -> Self {
        Self { ranges: FAMILIES.to_vec(), nameless: true }
    }

    /// Those of nets.
    pub fn of_nets(nets: &[Net]) -> Self {
        let mut ranges: Vec<(Key, Key)> = nets.iter().map(Net::range).map(|(a, b)| (key(a), key(b))).collect();
        ranges.sort_unstable();
        let mut joined: Vec<(Key, Key)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Self { ranges: joined, nameless: false }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && !self.nameless
    }

    /// Those of either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        // Everyone but those who are in neither.
        self.others().and(&other.others()).others()
    }

    /// Those of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self.ranges.iter().flat_map(|a| other.ranges.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
        let mut ranges: Vec<(Key, Key)> = pairs.filter(|(first, last)| first <= last).collect();
        ranges.sort_unstable();
        Self { ranges, nameless: self.nameless && other.nameless }
    }

    /// All the others.
    #[must_use]
    pub fn others(&self) -> Self {
        let mut ranges = Vec::new();
        for (start, end) in FAMILIES {
            let mut next = Some(start.1);
            for (first, last) in self.ranges.iter().filter(|(first, _)| first.0 == start.0) {
                if let Some(free) = next.filter(|free| *free < first.1) {
                    ranges.push(((start.0, free), (start.0, first.1 - 1)));
                }
                next = last.1.checked_add(1).filter(|next| *next <= end.1);
            }
            ranges.extend(next.map(|free| ((start.0, free), end)));
        }
        Self { ranges, nameless: !self.nameless }
    }

    /// Whether an address is among them.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let at = key(ip);
        self.ranges.iter().any(|(first, last)| (first..=last).contains(&&at))
    }

    /// One of them that is the address of a single device and not `taken`; the lowest where there is a choice.
    pub fn example(&self, taken: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        const TRIES: u128 = 1 << 16;
        let fits = |ip: &IpAddr| match ip {
            IpAddr::V4(v4) => {
                !v4.is_multicast()
                    && !v4.is_broadcast()
                    && !v4.is_unspecified()
                    && !v4.is_loopback()
                    && v4.octets()[0] != 0
            }
            IpAddr::V6(v6) => {
                !v6.is_multicast() && !v6.is_unspecified() && !v6.is_loopback() && v6.to_ipv4_mapped().is_none()
            }
        };
        let of = |(first, last): &(Key, Key)| -> RangeInclusive<u128> {
            // Nobody has the lowest addresses of all; documentation's are as good as any, and known for what they are.
            let from = if first.1 < 0xC000_0200 && last.1 >= 0xC633_6401 && !first.0 { 0xC633_6401 } else { first.1 };
            from..=last.1.min(from.saturating_add(TRIES))
        };
        let mut all = self.ranges.iter().flat_map(|range| of(range).map(move |bits| address((range.0.0, bits))));
        all.find(|ip| fits(ip) && !taken(*ip))
    }
}

/// `198.51.100.0 .. 198.51.100.15, whoever has no address`.
impl fmt::Display for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.ranges.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(f, "{before}{} .. {}", address(*first), address(*last))?;
        }
        if self.nameless {
            write!(f, "{}whoever has no address", if self.ranges.is_empty() { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// When something that is never done may be done all the same.
#[derive(Clone, Debug, Default)]
pub struct Unless {
    /// While this window is open.
    pub window: Option<WindowId>,
    /// At these times.
    pub during: Option<Arc<Schedule>>,
}

/// How far a guarantee is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hops {
    /// From the source straight to the destination.
    #[default]
    One,
    /// Over every asset that somebody can act through.
    Any,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;
    use proptest::prelude::*;

    fn nets(texts: &[&str]) -> Strangers {
        Strangers::of_nets(&texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<Net>>())
    }

    #[test]
    fn everyone_but_a_net() {
        let vendor = nets(&["198.51.100.0/28", "198.51.100.8/29", "2001:db8::/32"]);
        let others = vendor.others();
        for (ip, inside) in [
            ("198.51.100.0", true),
            ("198.51.100.15", true),
            ("198.51.100.16", false),
            ("198.51.99.255", false),
            ("2001:db8::1", true),
            ("2001:db9::", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
        ] {
            let ip = ip.parse().unwrap();
            assert_eq!((vendor.contains(ip), others.contains(ip)), (inside, !inside), "{ip}");
        }
        assert_eq!(others.others(), vendor);
        assert!(vendor.and(&others).is_empty());
        assert_eq!(vendor.or(&others), Strangers::anyone());
        assert!(Strangers::default().is_empty() && !others.is_empty());
    }

    #[test]
    fn an_example_is_a_device_that_nobody_knows() {
        let vendor = nets(&["198.51.100.0/28"]);
        assert_eq!(vendor.example(|ip| ip.to_string() == "198.51.100.0"), "198.51.100.1".parse().ok());
        assert_eq!(nets(&["224.0.0.0/24"]).example(|_| false), None);
        assert_eq!(Strangers::anyone().example(|_| false), "198.51.100.1".parse().ok());
        assert_eq!(vendor.example(|_| true), None);
    }

    proptest! {
        #[test]
        fn numbers_with_a_point_lie_in_their_order(a: f32, b: f32) {
            for bits in [32, 64] {
                let (low, high) = (float_order(a.into(), bits), float_order(b.into(), bits));
                if a.is_nan() || b.is_nan() {
                    continue;
                }
                prop_assert_eq!(low.cmp(&high), a.partial_cmp(&b).unwrap());
                prop_assert_eq!(float_at(low, bits), f64::from(a));
            }
        }
    }
}
