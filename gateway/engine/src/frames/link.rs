//! What lies before the network layer: the kind of link, hardware addresses, VLAN tags, 802.2.

use super::anomalies::{ETHER_LENGTH, IP_VERSION, LINK_TYPE, SNAP_IP, TOO_MANY_TAGS};
use super::reader::{Reader, word};
use sluice_model::Anomaly;

pub(super) const ARP: u16 = 0x0806;
pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86DD;
/// Customer tag, service tag, and the number that switches used for the outer tag before 802.1ad.
const TAGS: [u16; 3] = [0x8100, 0x88A8, 0x9100];
/// Greatest length of an 802.3 frame and least Ethertype.
const LENGTH_MAX: u16 = 1500;
const ETHERTYPE_MIN: u16 = 1536;
/// Linux's own numbers for frames without an Ethertype.
const LINUX_LLC: u16 = 4;

/// What a capture's packets begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet II or IEEE 802.3, with or without tags.
    Ethernet,
    /// An IPv4 or IPv6 packet, by its version.
    RawIp,
    /// Linux cooked capture, version 1.
    LinuxCooked,
    /// Linux cooked capture, version 2.
    LinuxCooked2,
    /// BSD loopback: an address family of four bytes, in the order of the host that captured.
    Null,
    /// The number of a link type that is not read here.
    Other(u32),
}

impl LinkType {
    /// By its number in capture files (`LINKTYPE_` of the libpcap project; some systems write their own `DLT_` number
    /// for raw IP).
    pub const fn from_number(number: u32) -> Self {
        match number {
            0 | 108 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            113 => Self::LinuxCooked,
            276 => Self::LinuxCooked2,
            other => Self::Other(other),
        }
    }
}

/// The hardware side of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Who sent it, where the link knows.
    pub source: Option<[u8; 6]>,
    /// Whom it was sent to, where the link knows.
    pub destination: Option<[u8; 6]>,
    /// Its tags.
    pub vlans: Vlans,
}

/// VLAN tags, the outer one first; at most two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vlans {
    /// Tag control information: priority, eligibility, identifier.
    tags: [u16; 2],
    /// Which of [`TAGS`] each is.
    kinds: [u8; 2],
    count: u8,
}

impl Vlans {
    /// Tag control information of every tag.
    pub fn tags(&self) -> &[u16] {
        &self.tags[..usize::from(self.count)]
    }

    /// Identifiers, outer first; 0 where there is no tag, or a tag that gives a priority alone (IEEE 802.1Q 9.6: such a
    /// frame is untagged).
    pub fn ids(&self) -> [u16; 2] {
        self.tags.map(|t| t & 0x0FFF)
    }

    /// The network that the frame is in, outer tag first: a customer's VLAN by its identifier, a service VLAN by its
    /// identifier plus 0x1000, one behind the old outer tag plus 0x2000. A customer's VLAN is not the provider's of the
    /// same number. Only customer and service tags can give a priority alone, which leaves a frame untagged: no standard
    /// says so of the old one, and receivers differ.
    pub fn networks(&self) -> [u16; 2] {
        let network = |place: usize| match (self.tags[place] & 0x0FFF, u16::from(self.kinds[place])) {
            (0, 0 | 1) => 0,
            (id, kind) => kind << 12 | id,
        };
        [network(0), network(1)]
    }

    fn push(&mut self, kind: u8, tag: u16) -> bool {
        let place = usize::from(self.count);
        if place == self.tags.len() {
            return false;
        }
        (self.tags[place], self.kinds[place]) = (tag, kind);
        self.count += 1;
        true
    }
}

/// What follows the link's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// An Ethertype.
    Ether(u16),
    /// An IP packet of whatever version.
    Ip,
    /// An 802.2 frame.
    Llc(Llc),
}

/// An IEEE 802.2 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Llc {
    /// The destination service access point.
    pub dsap: u8,
    /// The source service access point.
    pub ssap: u8,
    /// Organisation and protocol of a SNAP header.
    pub snap: Option<([u8; 3], u16)>,
}

/// Reads a link's header; `cut` if the capture did not keep the whole packet.
pub(super) fn link(kind: LinkType, reader: &mut Reader<'_>, cut: bool) -> Result<(Link, Carried), Anomaly> {
    let mut link = Link::default();
    let ethertype = match kind {
        LinkType::Ethernet => {
            link.destination = Some(*reader.array()?);
            link.source = Some(*reader.array()?);
            reader.word()?
        }
        LinkType::LinuxCooked => {
            let head = reader.array::<16>()?;
            link.source = address(word(head, 4), &head[6..14]);
            word(head, 14)
        }
        LinkType::LinuxCooked2 => {
            let head = reader.array::<20>()?;
            link.source = address(u16::from(head[11]), &head[12..20]);
            word(head, 0)
        }
        LinkType::RawIp => return Ok((link, Carried::Ip)),
        LinkType::Null => {
            let family = *reader.array::<4>()?;
            let family = u32::from_be_bytes(family).min(u32::from_le_bytes(family));
            // AF_INET everywhere; AF_INET6 of the BSDs, FreeBSD, macOS and Linux.
            return match family {
                2 | 10 | 24 | 28 | 30 => Ok((link, Carried::Ip)),
                _ => Err(reader.flaw(&IP_VERSION, 4)),
            };
        }
        LinkType::Other(_) => return Err(reader.flaw(&LINK_TYPE, 0)),
    };
    let ethertype = tags(ethertype, &mut link.vlans, reader)?;
    if kind != LinkType::Ethernet && ethertype == LINUX_LLC {
        return Ok((link, Carried::Llc(llc(reader)?)));
    }
    if ethertype >= ETHERTYPE_MIN {
        return Ok((link, Carried::Ether(ethertype)));
    }
    if ethertype > LENGTH_MAX || kind != LinkType::Ethernet {
        return Err(reader.flaw(&ETHER_LENGTH, 2));
    }
    if usize::from(ethertype) > reader.rest.len() && !cut {
        return Err(reader.short());
    }
    reader.limit(usize::from(ethertype));
    Ok((link, Carried::Llc(llc(reader)?)))
}

/// The address of a cooked capture, if it is an Ethernet's.
fn address(length: u16, field: &[u8]) -> Option<[u8; 6]> {
    if length == 6 { field.first_chunk().copied() } else { None }
}

/// Reads the tags and returns the Ethertype behind them.
fn tags(mut ethertype: u16, vlans: &mut Vlans, reader: &mut Reader<'_>) -> Result<u16, Anomaly> {
    while let Some(kind) = TAGS.iter().position(|number| *number == ethertype) {
        if !vlans.push(kind as u8, reader.word()?) {
            return Err(reader.flaw(&TOO_MANY_TAGS, 4));
        }
        ethertype = reader.word()?;
    }
    Ok(ethertype)
}

fn llc(reader: &mut Reader<'_>) -> Result<Llc, Anomaly> {
    let &[dsap, ssap, control] = reader.array()?;
    if [dsap, ssap, control] != [0xAA, 0xAA, 3] {
        return Ok(Llc { dsap, ssap, snap: None });
    }
    let organisation = *reader.array::<3>()?;
    let protocol = reader.word()?;
    // 00-00-F8 is the tunnel of 802.1H: what follows is an Ethertype as well.
    if matches!(organisation, [0, 0, 0 | 0xF8]) && matches!(protocol, IPV4 | IPV6 | ARP) {
        return Err(reader.flaw(&SNAP_IP, 2));
    }
    Ok(Llc { dsap, ssap, snap: Some((organisation, protocol)) })
}
