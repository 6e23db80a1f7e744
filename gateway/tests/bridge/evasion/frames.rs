//! Frames: tags, encapsulations, bytes behind the packet, forged addresses, ARP and neighbour discovery.

use super::row::{Row, SOON};
use crate::lab::addresses::{CLIENT, Place, SERVER, STRANGER};
use crate::raw::Raw;
use crate::raw::packet::{Packet, SYN, octets, transport_checksum};

pub(super) const ROWS: &[Row] = &[
    Row::new("VID 0", "a forbidden write with a priority tag", |r| dressed(r, &[0x81, 0, 0x60, 0])),
    Row::new("VID 0 twice", "a forbidden write with two priority tags", |r| {
        dressed(r, &[0x81, 0, 0, 0, 0x81, 0, 0, 0]);
    })
    .any(),
    Row::new("VID 0, service tag", "a forbidden write with a service tag of VID 0", |r| {
        dressed(r, &[0x88, 0xA8, 0, 0]);
    })
    .any(),
    Row::new("VID 0, old tag", "a forbidden write with a tag of type 0x9100 and VID 0", |r| {
        dressed(r, &[0x91, 0, 0, 0]);
    })
    .link()
    .any(),
    Row::new("another VLAN", "a forbidden write with a tag of VID 5 on an untagged connection", |r| {
        dressed(r, &[0x81, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("two tags", "a forbidden write with tags of VID 5 and 6", |r| {
        dressed(r, &[0x88, 0xA8, 0, 5, 0x81, 0, 0, 6]);
    })
    .link()
    .any(),
    Row::new("three tags", "a forbidden write with three priority tags", |r| {
        dressed(r, &[0x81, 0, 0, 0, 0x81, 0, 0, 0, 0x81, 0, 0, 0]);
    })
    .any(),
    Row::new("unknown tag", "a forbidden write behind a tag of type 0x9A00", |r| dressed(r, &[0x9A, 0, 0, 0]))
        .link()
        .any(),
    Row::new("MPLS", "a forbidden write behind an MPLS label", |r| dressed(r, &[0x88, 0x47, 0, 1, 1, 64])).link().any(),
    Row::new("PPPoE", "a forbidden write in a PPPoE session", |r| {
        other(r, 0x8864, |p| [&[0x11, 0, 0, 1, 0, p.len() as u8 + 2, 0, 0x21], p].concat());
    })
    .link(),
    Row::new("SNAP", "a forbidden write in IP in LLC and SNAP", |r| {
        r.open();
        let forbidden = r.forbidden();
        let mut packet = r.data(0, &forbidden);
        packet.link.snap = true;
        r.put(&packet);
        r.hear(SOON);
    })
    .link(),
    Row::new("unknown Ethertype", "a forbidden write behind the experimental Ethertype", |r| {
        other(r, 0x88B5, <[u8]>::to_vec);
    })
    .link(),
    Row::new("bytes behind the packet", "an allowed read with a forbidden write behind its packet", |r| {
        r.open();
        let read = r.harmless();
        let mut packet = r.data(0, &read);
        packet.link.trailer = [vec![0; 20], r.forbidden()].concat();
        r.put(&packet);
        r.skip(read.len());
        r.message(SOON);
    })
    .link(),
    Row::new("to everybody", "a forbidden write to the broadcast hardware address", |r| {
        addressed(r, |p| p.link.to = [0xFF; 6]);
    })
    .link()
    .any(),
    Row::new("another's hardware address", "a forbidden write from a hardware address that is not the client's", |r| {
        addressed(r, |p| p.link.from = STRANGER.mac);
    })
    .any(),
    Row::new("another's IP address", "a SYN from the address of the other client", |r| {
        forged_syn(r, &CLIENT);
    })
    .link(),
    Row::new("an unknown IP address", "a SYN from an address that no policy names", |r| {
        forged_syn(r, &STRANGER);
    })
    .link(),
    Row::new("from the server to itself", "a SYN whose source is its destination", |r| {
        forged_syn(r, &SERVER);
    })
    .link(),
    Row::new("ARP, gratuitous", "an announcement of the server's address at ours", |r| {
        arp(r, 1, SERVER, SERVER);
    })
    .link(),
    Row::new("ARP, spoofed reply", "a reply that the other client's address is at ours", |r| {
        arp(r, 2, CLIENT, SERVER);
    })
    .link(),
    Row::new("ARP, unknown address", "a request from an address that no policy names", |r| {
        arp(r, 1, STRANGER, SERVER);
    })
    .link(),
    Row::new("neighbour, spoofed", "an advertisement that the other client's address is at ours", |r| {
        neighbour(r, CLIENT);
    })
    .link(),
    Row::new("router advertisement", "a router that there is not", router).link(),
];

fn dressed(r: &mut Raw<'_>, tags: &[u8]) {
    r.open();
    r.dressed(|p| p.link.tags = tags.to_vec());
}

fn addressed(r: &mut Raw<'_>, forge: impl FnOnce(&mut Packet)) {
    r.open();
    r.dressed(forge);
}

/// A forbidden write's packet, changed, behind another Ethertype.
fn other(r: &mut Raw<'_>, kind: u16, wrap: impl FnOnce(&[u8]) -> Vec<u8>) {
    r.open();
    let forbidden = r.forbidden();
    let packet = r.data(0, &forbidden);
    let inner = packet.ip.around(&packet.tcp.bytes(packet.ip.from, packet.ip.to));
    r.put_frame(packet.link.around(&wrap(&inner), Some(kind)));
    r.hear(SOON);
}

/// A SYN from somebody else's IP address at our hardware address. Its payload makes it known.
fn forged_syn(r: &mut Raw<'_>, place: &Place) {
    r.open();
    let mut packet = r.syn();
    packet.tcp.flags = SYN;
    packet.tcp.from = r.marker;
    packet.ip.from = place.ip(false);
    // A sequence number that no other segment has.
    let [a, b] = r.marker.to_be_bytes();
    packet.tcp.sequence = u32::from_be_bytes([0xF0, 0x0D, a, b]);
    r.needles.push(packet.tcp.sequence.to_be_bytes().to_vec());
    r.put(&packet);
    r.hear(SOON);
}

/// An ARP packet that claims `whose` address; the marker stands where Ethernet wants padding.
fn arp(r: &mut Raw<'_>, operation: u8, whose: Place, target: Place) {
    r.open();
    let mut link = r.segment().link;
    let mut packet = vec![0, 1, 8, 0, 6, 4, 0, operation];
    packet.extend(link.from);
    packet.extend(whose.ip4.octets());
    packet.extend(if operation == 2 { target.mac } else { [0; 6] });
    packet.extend(target.ip4.octets());
    r.needles.push(packet.clone());
    if operation == 1 {
        link.to = [0xFF; 6];
    }
    r.put_frame(link.around(&packet, Some(0x0806)));
    r.hear(SOON);
}

/// A message of `ICMPv6` in its frame.
fn icmp6(r: &mut Raw<'_>, body: &[u8]) -> Vec<u8> {
    let packet = r.segment();
    let (from, to) = (crate::lab::addresses::CRAFTED.ip(true), SERVER.ip(true));
    let ip = crate::raw::packet::Ip { ttl: 255, ..crate::raw::packet::Ip::new(from, to, 58) };
    let mut body = body.to_vec();
    let sum = transport_checksum(from, to, 58, &body);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    packet.link.around(&ip.around(&body), None)
}

fn neighbour(r: &mut Raw<'_>, whose: Place) {
    r.open();
    let mut body = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
    body.extend(octets(whose.ip(true)));
    body.extend([2, 1]);
    body.extend(crate::lab::addresses::CRAFTED.mac);
    r.needles.push(body[4..].to_vec());
    let frame = icmp6(r, &body);
    r.put_frame(frame);
    r.hear(SOON);
}

fn router(r: &mut Raw<'_>) {
    r.open();
    let [a, b] = r.marker.to_be_bytes();
    let body = [134, 0, 0, 0, 64, 0, 0x70, 8, 0, 0, a, b, 0, 0, 0xBA, 0xD0];
    r.needles.push(body[4..].to_vec());
    let frame = icmp6(r, &body);
    r.put_frame(frame);
    r.hear(SOON);
}
