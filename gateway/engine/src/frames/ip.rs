//! IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, lengths, fragments, extension headers.

use super::anomalies::{FRAGMENT_RANGE, FRAGMENT_SIZE, IP_HEADER_LENGTH, IP_LENGTH, IP_VERSION, IPV6_HEADERS};
use super::anomalies::{Oddities, Oddity};
use super::checksum::{fold, sum};
use super::reader::{Reader, word};
use super::transport::{Transport, transport};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use sluice_model::Anomaly;

/// Greatest length of what an IP packet carries.
const LENGTH_MAX: usize = 65_535;
const IPV4_HEADER: usize = 20;
/// Extension headers in a row; RFC 8200 4.1 has a use for each kind once.
const EXTENSIONS_MAX: usize = 8;
const FRAGMENT: u8 = 44;

/// An IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip<'p> {
    /// Who sent it, whom to, what it carries.
    pub head: IpHead,
    /// How many routers it may still pass.
    pub hops: u8,
    /// Which part of a datagram it is; `None` for a whole one.
    pub fragment: Option<Fragment>,
    /// What it carries.
    pub transport: Transport<'p>,
}

/// What the layer above IP needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpHead {
    /// The sender.
    pub source: IpAddr,
    /// The receiver.
    pub destination: IpAddr,
    /// The protocol number of what is carried.
    pub protocol: u8,
}

/// A part of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// What all parts of one datagram share.
    pub id: u32,
    /// Where its bytes belong.
    pub offset: u16,
    /// Whether others follow it.
    pub more: bool,
}

/// An IP packet and what lies behind it.
pub(super) struct Read<'p> {
    pub(super) ip: Ip<'p>,
    pub(super) oddities: Oddities,
    pub(super) trailing: usize,
}

/// Reads an IP packet of either version.
pub(super) fn ip<'p>(reader: &mut Reader<'p>, cut: bool) -> Result<Read<'p>, Anomaly> {
    match reader.rest.first().map(|b| b >> 4) {
        Some(4) => ipv4(reader, cut),
        Some(6) => ipv6(reader, cut),
        Some(_) => Err(reader.flaw(&IP_VERSION, 0)),
        None => Err(reader.short()),
    }
}

pub(super) fn ipv4<'p>(reader: &mut Reader<'p>, cut: bool) -> Result<Read<'p>, Anomaly> {
    let start = *reader;
    let head = *reader.array::<IPV4_HEADER>()?;
    if head[0] >> 4 != 4 {
        return Err(start.flaw(&IP_VERSION, 0));
    }
    let header = usize::from(head[0] & 0x0F) * 4;
    if header < IPV4_HEADER {
        return Err(start.flaw(&IP_HEADER_LENGTH, 0));
    }
    let options = reader.take(header - IPV4_HEADER)?;
    let total = usize::from(word(&head, 2));
    if total != 0 && total < header {
        return Err(Anomaly::new(&IP_LENGTH, start.at + 2));
    }
    let source = Ipv4Addr::from([head[12], head[13], head[14], head[15]]);
    let destination = Ipv4Addr::from([head[16], head[17], head[18], head[19]]);
    let mut oddities = Oddities::default();
    oddities.note(Oddity::BadIpChecksum, fold(sum(sum(0, &head), options)) != 0xFFFF);
    oddities.note(Oddity::IpOptions, !options.is_empty());
    oddities.note(Oddity::ZeroLength, total == 0);
    oddities.note(Oddity::ReservedFlag, head[6] & 0x80 != 0);
    oddities.note(Oddity::ZeroHops, head[8] == 0);
    oddities.note(Oddity::BadSource, source.is_multicast() || source.is_broadcast());
    let trailing = if total == 0 { 0 } else { confine(reader, total - header, cut)? };
    let offset = word(&head, 6);
    let (offset, more) = ((offset & 0x1FFF) << 3, offset & 0x2000 != 0);
    let fragment = (offset != 0 || more).then(|| Fragment { id: word(&head, 4).into(), offset, more });
    let head = IpHead { source: source.into(), destination: destination.into(), protocol: head[9] };
    body(reader, head, fragment, start.rest[8], oddities, trailing, cut)
}

pub(super) fn ipv6<'p>(reader: &mut Reader<'p>, cut: bool) -> Result<Read<'p>, Anomaly> {
    let start = *reader;
    let head = *reader.array::<8>()?;
    if head[0] >> 4 != 6 {
        return Err(start.flaw(&IP_VERSION, 0));
    }
    let source = Ipv6Addr::from(*reader.array::<16>()?);
    let destination = Ipv6Addr::from(*reader.array::<16>()?);
    let length = usize::from(word(&head, 4));
    let mut oddities = Oddities::default();
    oddities.note(Oddity::ZeroLength, length == 0 && head[6] != 59);
    oddities.note(Oddity::ZeroHops, head[7] == 0);
    oddities.note(Oddity::BadSource, source.is_multicast());
    let trailing = if length == 0 { 0 } else { confine(reader, length, cut)? };
    let (protocol, fragment) = extensions(reader, head[6], &mut oddities)?;
    let ip = IpHead { source: source.into(), destination: destination.into(), protocol };
    body(reader, ip, fragment, head[7], oddities, trailing, cut)
}

/// Strips what lies behind the packet's own length; that must be there, unless the capture was cut.
fn confine(reader: &mut Reader<'_>, length: usize, cut: bool) -> Result<usize, Anomaly> {
    if length > reader.rest.len() && !cut {
        return Err(reader.short());
    }
    Ok(reader.limit(length))
}

/// Walks the extension headers to what is carried, or to a fragment of it.
fn extensions(
    reader: &mut Reader<'_>,
    mut next: u8,
    oddities: &mut Oddities,
) -> Result<(u8, Option<Fragment>), Anomaly> {
    for _ in 0..EXTENSIONS_MAX {
        let start = *reader;
        match next {
            FRAGMENT => {
                let head = reader.array::<8>()?;
                next = head[0];
                let (offset, more) = (word(head, 2) & !7, head[3] & 1 != 0);
                if offset != 0 || more {
                    let id = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
                    return Ok((next, Some(Fragment { id, offset, more })));
                }
                oddities.note(Oddity::AtomicFragment, true);
            }
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6: length in units of 8 behind the first.
            0 | 43 | 60 | 135 | 139 | 140 => {
                let &[following, units] = reader.array()?;
                reader.take(usize::from(units) * 8 + 6)?;
                next = following;
                oddities.note(Oddity::ExtensionHeaders, true);
            }
            // Authentication: length in units of 4, less two.
            51 => {
                let &[following, units] = reader.array()?;
                reader.take((usize::from(units) + 2) * 4 - 2)?;
                next = following;
                oddities.note(Oddity::ExtensionHeaders, true);
            }
            _ => return Ok((next, None)),
        }
        debug_assert!(reader.at > start.at);
    }
    Err(reader.flaw(&IPV6_HEADERS, 0))
}

fn body<'p>(
    reader: &mut Reader<'p>,
    head: IpHead,
    fragment: Option<Fragment>,
    hops: u8,
    mut oddities: Oddities,
    trailing: usize,
    cut: bool,
) -> Result<Read<'p>, Anomaly> {
    let transport = if let Some(Fragment { offset, more, .. }) = fragment {
        if usize::from(offset) + reader.rest.len() > LENGTH_MAX {
            return Err(reader.flaw(&FRAGMENT_RANGE, 0));
        }
        if !cut && more && (reader.rest.is_empty() || !reader.rest.len().is_multiple_of(8)) {
            return Err(reader.flaw(&FRAGMENT_SIZE, 0));
        }
        Transport::Fragment(reader.rest)
    } else {
        let (transport, odd) = transport(&head, *reader, cut)?;
        oddities.join(odd);
        transport
    };
    Ok(Read { ip: Ip { head, hops, fragment, transport }, oddities, trailing })
}
