//! The counts of a summary while they grow, in shapes that are quick to add to.

use super::summary::{Class, Content, Device, Key, Spoken, Summary, Verdicts};
use sluice_model::{AnomalyKind, Descriptor, Direction, Instant};
use sluice_protocols::Protocol;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Single codes below this are counted in a table.
const CODES: usize = 256;

/// Everything that an observer counts.
#[derive(Default)]
pub(super) struct Books {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) span: Option<(Instant, Instant)>,
    classes: [u64; Class::ALL.len()],
    protocols: Vec<Said>,
    pub(super) anomalies: BTreeMap<&'static str, u64>,
    pub(super) unidentified: BTreeMap<Content, u64>,
    pub(super) devices: BTreeMap<IpAddr, Device>,
    pub(super) verdicts: Option<Verdicts>,
}

/// What was said in one protocol.
struct Said {
    protocol: &'static Descriptor,
    messages: u64,
    facets: Vec<Facet>,
    anomalies: BTreeMap<&'static str, u64>,
    unpaired: u64,
}

/// The counts of one facet.
struct Facet {
    name: &'static str,
    codes: Box<[u64; CODES]>,
    others: BTreeMap<Key, u64>,
}

impl Books {
    pub(super) fn new(verdicts: Option<Verdicts>) -> Self {
        Self { verdicts, ..Self::default() }
    }

    /// A packet came.
    pub(super) fn packet(&mut self, at: Instant, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    /// What became of it.
    pub(super) fn class(&mut self, class: Class) {
        self.classes[class as usize] += 1;
    }

    /// It carried a message alone that is allowed as one before was.
    pub(super) fn again(&mut self) {
        self.class(Class::Protocol);
        if let Some(verdicts) = &mut self.verdicts {
            verdicts.allow += 1;
        }
    }

    /// A whole message, and how often it came.
    pub(super) fn message(&mut self, protocol: &'static dyn Protocol, direction: Direction, unit: &[u8], times: u64) {
        let said = self.said(protocol.descriptor());
        said.messages += times;
        protocol.facets(direction, unit, &mut |name, first, second| said.facet(name).add(first, second, times));
    }

    /// An anomaly of a message.
    pub(super) fn odd_message(&mut self, protocol: &'static Descriptor, kind: &'static AnomalyKind) {
        *self.said(protocol).anomalies.entry(kind.name).or_default() += 1;
    }

    /// A response to no request that was heard.
    pub(super) fn unpaired(&mut self, protocol: &'static Descriptor) {
        self.said(protocol).unpaired += 1;
    }

    /// There are as many entries as the program has protocols.
    fn said(&mut self, protocol: &'static Descriptor) -> &mut Said {
        let place = self.protocols.iter().position(|s| std::ptr::eq(s.protocol, protocol)).unwrap_or_else(|| {
            let (facets, anomalies) = (Vec::new(), BTreeMap::new());
            self.protocols.push(Said { protocol, messages: 0, facets, anomalies, unpaired: 0 });
            self.protocols.len() - 1
        });
        &mut self.protocols[place]
    }

    /// What is known by now.
    pub(super) fn summary(&self) -> Summary {
        let counted = Class::ALL.into_iter().zip(self.classes).filter(|(_, count)| *count > 0);
        Summary {
            packets: self.packets,
            bytes: self.bytes,
            span: self.span,
            classes: counted.collect(),
            protocols: self.protocols.iter().map(|said| (said.protocol.name, said.spoken())).collect(),
            anomalies: self.anomalies.clone(),
            unidentified: self.unidentified.clone(),
            devices: self.devices.clone(),
            verdicts: self.verdicts,
        }
    }
}

impl Said {
    /// There are as many facets as the protocol declares.
    fn facet(&mut self, name: &'static str) -> &mut Facet {
        let same = |facet: &Facet| std::ptr::eq(facet.name, name) || facet.name == name;
        let place = self.facets.iter().position(same).unwrap_or_else(|| {
            self.facets.push(Facet { name, codes: Box::new([0; CODES]), others: BTreeMap::new() });
            self.facets.len() - 1
        });
        &mut self.facets[place]
    }

    fn spoken(&self) -> Spoken {
        Spoken {
            messages: self.messages,
            counts: self.facets.iter().map(|facet| (facet.name, facet.counts())).collect(),
            anomalies: self.anomalies.clone(),
            unpaired: self.unpaired,
        }
    }
}

impl Facet {
    fn add(&mut self, first: u32, second: Option<u32>, times: u64) {
        match self.codes.get_mut(first as usize) {
            Some(count) if second.is_none() => *count += times,
            _ => *self.others.entry(Key(first, second)).or_default() += times,
        }
    }

    fn counts(&self) -> BTreeMap<Key, u64> {
        let codes = (0..).zip(self.codes.iter()).filter(|(_, count)| **count > 0);
        let codes = codes.map(|(code, count)| (Key(code, None), *count));
        codes.chain(self.others.iter().map(|(key, count)| (*key, *count))).collect()
    }
}
