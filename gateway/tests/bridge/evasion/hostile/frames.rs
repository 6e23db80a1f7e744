//! Packets and frames: fragments, encapsulations, tags, forged addresses, errors and address resolution from the server.

use super::Row;
use super::pair::Pair;
use crate::evasion::row::SOON;
use crate::lab::addresses::{CLIENT, CRAFTED, SERVER, STRANGER};
use crate::raw::packet::{Ip, Packet, checksum, octets, transport_checksum};
use std::net::IpAddr;

pub(super) const ROWS: &[Row] = &[
    Row::new("two fragments", "another answer in two fragments", |p| fragments(p, &[(0, 24), (24, 33)])),
    Row::new("two fragments, version 6", "the same over IPv6", |p| fragments(p, &[(0, 24), (24, 33)])).over_version_6(),
    Row::new("fragments backwards", "another answer in fragments of 8 bytes, from the last to the first", |p| {
        fragments(p, &[(24, 33), (16, 24), (8, 16), (0, 8)]);
    }),
    Row::new("fragments overlap", "another answer in fragments that overlap", |p| {
        fragments(p, &[(24, 33), (16, 32), (0, 24)]);
    }),
    Row::new("IP options", "another answer behind a router alert", |p| {
        decoy(p, |s| s.ip.options = vec![0x94, 4, 0, 0]);
    }),
    Row::new("hop-by-hop options", "another answer behind hop-by-hop options", |p| {
        decoy(p, |s| s.ip.extensions = vec![(0, vec![0, 0, 1, 4, 0, 0, 0, 0])]);
    })
    .over_version_6(),
    Row::new("destination options", "another answer behind destination options", |p| {
        decoy(p, |s| s.ip.extensions = vec![(60, vec![0, 0, 1, 4, 0, 0, 0, 0])]);
    })
    .over_version_6(),
    Row::new("IP checksum", "another answer with a wrong IP checksum", |p| decoy(p, |s| s.ip.checksum_error = 1)),
    Row::new("reserved IP flag", "another answer with the reserved flag", |p| decoy(p, |s| s.ip.fragment |= 0x8000)),
    Row::new("bytes behind the packet", "the true answer with another behind its packet", |p| {
        p.open();
        let request = p.ask();
        let trailer = [vec![0; 20], p.forged(&request)].concat();
        let honest = crate::rig::frames::honest(&request);
        let mut packet = p.server.data(0, &honest);
        packet.link.trailer = trailer;
        p.server.put(&packet);
        p.server.skip(honest.len());
        p.client.message(SOON);
    }),
    Row::new("another VLAN", "another answer with a tag of VID 5", |p| decoy(p, |s| s.link.tags = vec![0x81, 0, 0, 5])),
    Row::new("two tags", "another answer with tags of VID 5 and 6", |p| {
        decoy(p, |s| s.link.tags = vec![0x88, 0xA8, 0, 5, 0x81, 0, 0, 6]);
    }),
    Row::new("unknown tag", "another answer behind a tag of type 0x9A00", |p| {
        decoy(p, |s| s.link.tags = vec![0x9A, 0, 0, 0]);
    }),
    Row::new("old tag of VID 0", "another answer behind a tag of type 0x9100 and VID 0", |p| {
        decoy(p, |s| s.link.tags = vec![0x91, 0, 0, 0]);
    }),
    Row::new("SNAP", "another answer in IP in LLC and SNAP", |p| decoy(p, |s| s.link.snap = true)),
    Row::new("another's hardware address", "another answer from a hardware address that is not the server's", |p| {
        decoy(p, |s| s.link.from = STRANGER.mac);
    }),
    Row::new("another's IP address", "another answer from an address that no policy names", |p| {
        decoy(p, |s| s.ip.from = STRANGER.ip(false));
    }),
    Row::new("to everybody", "another answer to the broadcast hardware address", |p| {
        decoy(p, |s| s.link.to = [0xFF; 6]);
    }),
    Row::new("from the client to itself", "another answer from the client's own address", |p| {
        decoy(p, |s| s.ip.from = CRAFTED.ip(false));
    }),
    Row::new("ARP, the client's address", "an announcement of the other client's address at the server's", |p| {
        arp(p, CLIENT);
    }),
    Row::new("ARP, a stranger's address", "an announcement of an address that no policy names", |p| arp(p, STRANGER)),
    Row::new("neighbour, spoofed", "an advertisement of the other client's address at the server's", |p| {
        p.open();
        let mut body = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
        body.extend(octets(CLIENT.ip(true)));
        body.extend([2, 1]);
        body.extend(SERVER.mac);
        p.needles.push(body[4..].to_vec());
        icmp(p, true, &body);
    }),
    Row::new("router advertisement", "a router that there is not", |p| {
        p.open();
        let body = [&[134, 0, 0, 0, 64, 0, 0x70, 8], p.needles[0].as_slice(), &[0, 0, 0xBA, 0xD0]].concat();
        icmp(p, true, &body);
    }),
    Row::new("redirection", "another way to the other client", |p| {
        p.open();
        let body = [&[5, 1, 0, 0, 192, 0, 2, 99], quote(p, 0).as_slice()].concat();
        p.needles.push(body[4..].to_vec());
        icmp(p, false, &body);
    }),
    Row::new("unreachable, of another connection", "an error about a segment that nobody sent", |p| {
        p.open();
        let body = [&[3, 3, 0, 0, 0, 0, 0, 0], quote(p, 0x0100_0000).as_slice()].concat();
        p.needles.push(body[4..].to_vec());
        icmp(p, false, &body);
    }),
    Row::new("too big, for any link", "an error that asks for packets of 68 bytes", |p| {
        p.open();
        let body = [&[3, 4, 0, 0, 0, 0, 0, 68], quote(p, 0).as_slice()].concat();
        p.needles.push(body[4..].to_vec());
        icmp(p, false, &body);
    }),
    Row::new("echo, unasked", "an echo reply that nobody asked for", |p| {
        p.open();
        let body = [&[0, 0, 0, 0, 0x77, 0x77, 0, 1], p.needles[0].as_slice()].concat();
        icmp(p, false, &body);
    }),
    Row::new("over UDP", "another answer from UDP port 502", |p| {
        p.open();
        let content = [&[0x01, 0xF6, 0x9C, 0x40, 0, 21, 0, 0], p.forged(&[3, 1]).as_slice()].concat();
        packet(p, 17, &content, false);
    }),
];

/// Another answer in a packet or frame that must not reach the client.
fn decoy(p: &mut Pair<'_>, spoil: impl FnOnce(&mut Packet)) {
    p.open();
    p.poll();
    let request = p.ask();
    let forged = p.forged(&request);
    p.decoy(&forged, spoil);
    p.answer(&request);
}

/// Another answer, cut into fragments of its packet, then the true one.
fn fragments(p: &mut Pair<'_>, pieces: &[(usize, usize)]) {
    p.open();
    p.poll();
    let request = p.ask();
    let forged = p.forged(&request);
    let packet = p.server.data(0, &forged);
    let content = packet.tcp.bytes(packet.ip.from, packet.ip.to);
    // Of the marks, a fragment may hold less than all.
    p.needles.push(content[29..33].to_vec());
    for &(from, to) in pieces {
        p.server.put_frame(packet.fragment(from, &content[from..to], to < content.len()));
    }
    p.client.hear(SOON);
    p.answer(&request);
}

fn arp(p: &mut Pair<'_>, whose: crate::lab::addresses::Place) {
    p.open();
    let mut link = p.server.segment().link;
    link.to = [0xFF; 6];
    let mut body = vec![0, 1, 8, 0, 6, 4, 0, 2];
    body.extend(SERVER.mac);
    body.extend(whose.ip4.octets());
    body.extend(link.to);
    body.extend(whose.ip4.octets());
    // What Ethernet pads it with tells it from other rows'.
    body.extend(&p.needles[0]);
    p.server.put_frame(link.around(&body, Some(0x0806)));
    p.client.hear(SOON);
}

/// The beginning of a packet of the client, `ahead` of what it sent.
fn quote(p: &mut Pair<'_>, ahead: u32) -> Vec<u8> {
    let mut packet = p.client.segment();
    packet.tcp.sequence = packet.tcp.sequence.wrapping_add(ahead);
    packet.ip.around(&packet.tcp.bytes(packet.ip.from, packet.ip.to))[..28].to_vec()
}

fn icmp(p: &mut Pair<'_>, six: bool, body: &[u8]) {
    let mut body = body.to_vec();
    let (from, to) = (SERVER.ip(six), CRAFTED.ip(six));
    let sum = if six { transport_checksum(from, to, 58, &body) } else { checksum(&[&body]) };
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    packet(p, if six { 58 } else { 1 }, &body, six);
}

fn packet(p: &mut Pair<'_>, protocol: u8, content: &[u8], six: bool) {
    let (from, to): (IpAddr, IpAddr) = (SERVER.ip(six), CRAFTED.ip(six));
    let ip = Ip { ttl: 255, ..Ip::new(from, to, protocol) };
    let link = p.server.segment().link;
    p.server.put_frame(link.around(&ip.around(content), None));
    p.client.hear(SOON);
}
