//! Writes packets: IP headers, fragments, TCP segments, ICMP messages; every checksum whole.

use super::lead::Lead;
use crate::bridge::{Options, Segment};
use crate::frames::{IpHead, checksum};
use std::net::IpAddr;

const FRAGMENT: u8 = 44;
const FRAGMENT_HEADER: usize = 8;
const MORE: u16 = 0x2000;
const DONT: u16 = 0x4000;
const IPV6_MORE: u16 = 1;
/// Where a TCP header keeps its checksum.
const TCP_CHECKSUM: usize = 16;
/// Greatest length of TCP options.
const OPTIONS_MAX: usize = 40;

/// What an IP header says beside who, whom and what.
pub(super) struct Fields {
    pub(super) class: u8,
    pub(super) hops: u8,
    /// The packet may not be cut.
    pub(super) whole: bool,
    pub(super) id: u16,
    /// Bytes that the packet carries.
    pub(super) length: usize,
}

/// How long an IP header without options is.
pub(super) const fn header_length(head: &IpHead) -> usize {
    if head.source.is_ipv4() { 20 } else { 40 }
}

/// Writes an IP header behind `frame`.
pub(super) fn ip(frame: &mut Vec<u8>, head: &IpHead, fields: &Fields) {
    let place = if fields.whole { DONT } else { 0 };
    header(frame, head, fields, place);
}

fn header(frame: &mut Vec<u8>, head: &IpHead, fields: &Fields, place: u16) {
    let start = frame.len();
    match (head.source, head.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            frame.extend([0x45, fields.class]);
            frame.extend(((fields.length + 20) as u16).to_be_bytes());
            frame.extend(fields.id.to_be_bytes());
            frame.extend(place.to_be_bytes());
            frame.extend([fields.hops, head.protocol, 0, 0]);
            frame.extend(source.octets());
            frame.extend(destination.octets());
            let sum = !checksum::fold(checksum::sum(0, &frame[start..]));
            frame[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
        }
        (source, destination) => {
            frame.extend([0x60 | fields.class >> 4, fields.class << 4, 0, 0]);
            frame.extend((fields.length as u16).to_be_bytes());
            frame.extend([head.protocol, fields.hops]);
            frame.extend(octets(source));
            frame.extend(octets(destination));
        }
    }
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// Cuts a datagram to packets of at most `mtu` bytes and hands each to `each` in a frame. A datagram that fits is not cut.
pub(super) fn datagram(lead: &Lead, head: &IpHead, id: u32, content: &[u8], mtu: usize, each: &mut dyn FnMut(&[u8])) {
    let mut frame = Vec::new();
    let plain = header_length(head);
    if plain + content.len() <= mtu {
        lead.begin(&mut frame, head, id as u16, content.len());
        frame.extend_from_slice(content);
        return each(&frame);
    }
    let extra = if head.source.is_ipv4() { 0 } else { FRAGMENT_HEADER };
    // No link takes less than 68 bytes (RFC 791 3.2), so there is always room for 8.
    let most = (mtu.saturating_sub(plain + extra) & !7).max(8);
    for (index, piece) in content.chunks(most).enumerate() {
        let offset = index * most;
        let more = offset + piece.len() < content.len();
        frame.clear();
        lead.fragment(&mut frame, head, id, (offset, more), piece.len());
        frame.extend_from_slice(piece);
        each(&frame);
    }
}

impl Lead {
    /// Begins a frame with a fragment that carries `length` bytes from `offset` on.
    fn fragment(&self, frame: &mut Vec<u8>, head: &IpHead, id: u32, (offset, more): (usize, bool), length: usize) {
        frame.extend_from_slice(self.link());
        let offset = offset as u16;
        let fields = |length| Fields { length, id: id as u16, whole: false, ..self.fields() };
        if head.source.is_ipv4() {
            return header(frame, head, &fields(length), offset >> 3 | if more { MORE } else { 0 });
        }
        header(frame, &IpHead { protocol: FRAGMENT, ..*head }, &fields(length + FRAGMENT_HEADER), 0);
        frame.extend([head.protocol, 0]);
        frame.extend((offset | if more { IPV6_MORE } else { 0 }).to_be_bytes());
        frame.extend(id.to_be_bytes());
    }
}

/// Writes a TCP segment between two ports behind an IP header.
pub(super) fn tcp(frame: &mut Vec<u8>, lead: &Lead, head: &IpHead, ports: (u16, u16), id: u16, segment: &Segment<'_>) {
    let (options, taken) = options(&segment.options);
    let length = 20 + taken + segment.payload.len();
    lead.begin(frame, head, id, length);
    let start = frame.len();
    frame.extend(ports.0.to_be_bytes());
    frame.extend(ports.1.to_be_bytes());
    frame.extend(segment.sequence.0.to_be_bytes());
    frame.extend(segment.acknowledgement.0.to_be_bytes());
    frame.extend([((20 + taken) as u8 / 4) << 4, segment.flags.0]);
    frame.extend(segment.window.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend_from_slice(&options[..taken]);
    frame.extend_from_slice(segment.payload);
    seal(frame, start, TCP_CHECKSUM, checksum::pseudo(head.source, head.destination, head.protocol, length));
}

/// Completes the checksum at `at` of what begins at `start`; the field holds zero.
pub(super) fn seal(frame: &mut [u8], start: usize, at: usize, pseudo: u64) {
    let sum = !checksum::fold(checksum::sum(pseudo, &frame[start..]));
    frame[start + at..start + at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// The hop limit of the packet in a frame that begins like `lead`.
pub(super) fn hops(frame: &[u8], lead: &Lead) -> u8 {
    let packet = &frame[lead.link().len()..];
    if packet[0] >> 4 == 4 { packet[8] } else { packet[7] }
}

/// A frame with a TCP segment and without IP options, with the hop limit of its flow; its checksum is completed if that
/// is left to do.
pub(super) fn with_hops(frame: &[u8], lead: &Lead, partial: bool) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let link = lead.link().len();
    let (_, packet) = frame.split_at_mut(link);
    let (header, pseudo) = if packet[0] >> 4 == 4 {
        packet[8] = lead.hops;
        packet[10..12].fill(0);
        let sum = !checksum::fold(checksum::sum(0, &packet[..20]));
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        (20, checksum::sum(u64::from(packet[9]) + (packet.len() - 20) as u64, &packet[12..20]))
    } else {
        packet[7] = lead.hops;
        (40, checksum::sum(u64::from(packet[6]) + (packet.len() - 40) as u64, &packet[8..40]))
    };
    if partial {
        packet[header + TCP_CHECKSUM..header + TCP_CHECKSUM + 2].fill(0);
        seal(packet, header, TCP_CHECKSUM, pseudo);
    }
    frame
}

/// The options of a segment, padded to words, and their length. Selective acknowledgements take what room there is.
fn options(options: &Options) -> ([u8; OPTIONS_MAX], usize) {
    let mut room = [1; OPTIONS_MAX];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        if at + bytes.len() <= OPTIONS_MAX {
            room[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        }
    };
    if let Some(most) = options.maximum_segment {
        let [a, b] = most.to_be_bytes();
        put(&[2, 4, a, b]);
    }
    if let Some(shift) = options.window_scale {
        put(&[1, 3, 3, shift]);
    }
    if options.sack_permitted {
        put(&[1, 1, 4, 2]);
    }
    if let Some((value, echo)) = options.timestamps {
        put(&[1, 1, 8, 10]);
        put(&value.to_be_bytes());
        put(&echo.to_be_bytes());
    }
    let fit = if options.timestamps.is_some() { 3 } else { 4 };
    let blocks = options.sack.iter().flatten().take(fit).count();
    if blocks > 0 {
        put(&[1, 1, 5, 2 + 8 * blocks as u8]);
        for (from, to) in options.sack.iter().flatten().take(blocks) {
            put(&from.0.to_be_bytes());
            put(&to.0.to_be_bytes());
        }
    }
    (room, at)
}
