//! What the views make of single frames.

use crate::build::{self, ACK, SYN, Segment};
use sluice_engine::frames::{Checksum, Link, LinkType, Network, Oddity, Packet, TcpFlags, TcpOption, Transport};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const A: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);
const B: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 31);
const SOURCE: [u8; 6] = [2, 0, 0, 0, 0, 1];

fn four() -> (SocketAddr, SocketAddr) {
    (SocketAddr::new(A.into(), 40_000), SocketAddr::new(B.into(), 502))
}

fn six() -> (SocketAddr, SocketAddr) {
    ("[2001:db8::11]:40000".parse().unwrap(), "[2001:db8::31]:502".parse().unwrap())
}

fn segment((from, to): (SocketAddr, SocketAddr), bytes: &[u8]) -> Segment<'_> {
    Segment { from, to, sequence: 7, acknowledgement: 9, flags: ACK, options: &[], bytes }
}

fn read(bytes: &[u8]) -> Packet<'_> {
    Packet::read(LinkType::Ethernet, bytes, bytes.len()).unwrap()
}

fn why(link: LinkType, bytes: &[u8]) -> (&'static str, usize) {
    let flaw = Packet::read(link, bytes, bytes.len()).unwrap_err();
    (flaw.kind.name, flaw.offset)
}

fn transport<'p>(packet: &Packet<'p>) -> Transport<'p> {
    let Network::Ip(ip) = packet.network else { panic!("{packet:?}") };
    ip.transport
}

fn odd(packet: &Packet<'_>) -> Vec<&'static str> {
    packet.oddities.iter().map(|o| o.kind().name).collect()
}

#[test]
fn a_segment_is_found_through_every_link() {
    for ends in [four(), six()] {
        let packet = build::ip(6, ends.0.ip(), ends.1.ip(), &build::tcp(&segment(ends, b"abc")));
        let kind: [u8; 2] = if ends.0.is_ipv4() { [8, 0] } else { [0x86, 0xDD] };
        let cooked = [&[0, 0, 0, 1, 0, 6][..], &SOURCE, &[0, 0], &kind, &packet].concat();
        let cooked2 = [&kind[..], &[0, 0, 0, 0, 0, 3, 0, 1, 0, 6], &SOURCE, &[0, 0], &packet].concat();
        let family = if ends.0.is_ipv4() { 2 } else { 30 };
        for (link, frame, mac) in [
            (LinkType::Ethernet, build::ethernet(&[], &packet), true),
            (LinkType::Ethernet, build::ethernet(&[0x81, 0, 0x60, 5], &packet), true),
            (LinkType::Ethernet, build::ethernet(&[0x88, 0xA8, 0, 9, 0x81, 0, 0, 5], &packet), true),
            (LinkType::RawIp, packet.clone(), false),
            (LinkType::LinuxCooked, cooked, true),
            (LinkType::LinuxCooked2, cooked2, true),
            (LinkType::Null, [&[0, 0, 0, family][..], &packet].concat(), false),
            (LinkType::Null, [&[family, 0, 0, 0][..], &packet].concat(), false),
        ] {
            let read = Packet::read(link, &frame, frame.len()).unwrap();
            let Transport::Tcp(tcp) = transport(&read) else { panic!("{link:?}") };
            assert_eq!((tcp.source, tcp.destination, tcp.sequence, tcp.acknowledgement), (40_000, 502, 7, 9));
            assert_eq!((tcp.payload, tcp.checksum), (&b"abc"[..], Checksum::Right));
            assert_eq!(read.link.source, mac.then_some(SOURCE), "{link:?}");
            assert_eq!((odd(&read), read.trailing, read.cut), (vec![], 0, false), "{link:?}");
            let Network::Ip(ip) = read.network else { panic!() };
            assert_eq!((ip.head.source, ip.head.destination, ip.hops), (ends.0.ip(), ends.1.ip(), 64));
        }
    }
}

#[test]
fn tags_are_kept_and_a_third_is_one_too_many() {
    let packet = build::ip(6, A.into(), B.into(), &build::tcp(&segment(four(), b"")));
    let double = build::ethernet(&[0x88, 0xA8, 0x20, 9, 0x81, 0, 0x60, 5], &packet);
    let Link { vlans, .. } = read(&double).link;
    assert_eq!((vlans.tags(), vlans.ids()), (&[0x2009, 0x6005][..], [9, 5]));
    let priority = build::ethernet(&[0x81, 0, 0x60, 0], &packet);
    assert_eq!(read(&priority).link.vlans.ids(), [0, 0]);
    // The provider's VLAN 9 is not the customer's, and the old outer tag gives no priority alone.
    assert_eq!((vlans.networks(), read(&priority).link.vlans.networks()), ([0x1009, 5], [0, 0]));
    let old = read(&build::ethernet(&[0x91, 0, 0x60, 0], &packet)).link.vlans;
    assert_eq!((old.ids(), old.networks()), ([0, 0], [0x2000, 0]));
    let triple = build::ethernet(&[0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3], &packet);
    assert_eq!(why(LinkType::Ethernet, &triple).0, "too-many-tags");
}

#[test]
fn padding_is_stripped_and_counted() {
    let packet = build::ip(17, A.into(), B.into(), &build::udp(four().0, four().1, b"abc"));
    let padded = [build::ethernet(&[], &packet), vec![0xEE; 15]].concat();
    let read = read(&padded);
    assert_eq!(read.trailing, 15);
    let Transport::Udp(udp) = transport(&read) else { panic!() };
    assert_eq!((udp.payload, udp.checksum), (&b"abc"[..], Checksum::Right));
}

#[test]
fn every_truncation_is_named_and_a_cut_capture_is_no_truncation() {
    for ends in [four(), six()] {
        let frame = build::ethernet(&[0x81, 0, 0, 5], &{
            build::ip(6, ends.0.ip(), ends.1.ip(), &build::tcp(&segment(ends, b"abcdef")))
        });
        for length in 0..frame.len() {
            assert_eq!(why(LinkType::Ethernet, &frame[..length]), ("truncated", length));
            match Packet::read(LinkType::Ethernet, &frame[..length], frame.len()) {
                Err(flaw) => assert_eq!(flaw.kind.name, "cut-short"),
                Ok(packet) => {
                    let Transport::Tcp(tcp) = transport(&packet) else { panic!() };
                    assert!(packet.cut && b"abcdef".starts_with(tcp.payload));
                    assert_eq!((tcp.checksum, odd(&packet)), (Checksum::Unverified, vec![]));
                }
            }
        }
    }
}

#[test]
fn checksums_are_verified_and_those_left_to_a_card_are_told_apart() {
    let content = build::tcp(&segment(four(), b"abcd"));
    let good = build::ethernet(&[], &build::ip(6, A.into(), B.into(), &content));
    let mut broken = good.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(odd(&read(&broken)), ["bad-checksum"]);
    let mut broken = good.clone();
    broken[14 + 8] ^= 1;
    assert_eq!(odd(&read(&broken)), ["bad-ip-checksum"]);
    // What Linux leaves to the card: the sum over addresses, protocol and length.
    let partial: u32 = [0xC000u32, 0x020B, 0xC000, 0x021F, 6, content.len() as u32].iter().sum();
    let partial = ((partial & 0xFFFF) + (partial >> 16)) as u16;
    let mut offloaded = good;
    offloaded[14 + 20 + 16..14 + 20 + 18].copy_from_slice(&partial.to_be_bytes());
    let packet = read(&offloaded);
    let Transport::Tcp(tcp) = transport(&packet) else { panic!() };
    assert_eq!((tcp.checksum, odd(&packet)), (Checksum::Partial, vec![]));
}

#[test]
fn oddities_are_told_and_left_to_the_caller() {
    let content = build::tcp(&Segment { flags: ACK | 32, ..segment(four(), b"x") });
    let packet = build::ipv4(6, A, B, [0x80, 0], &[1, 1, 1, 0], &content);
    assert_eq!(odd(&read(&build::ethernet(&[], &packet))), ["ip-options", "ip-reserved-flag", "tcp-urgent"]);
    let content = build::tcp(&Segment { flags: SYN, ..segment(four(), b"x") });
    let packet = build::ip(6, A.into(), B.into(), &content);
    assert_eq!(odd(&read(&build::ethernet(&[], &packet))), ["tcp-syn-data"]);
    let content = build::tcp(&Segment { flags: SYN | 1, options: &[2, 9, 0, 0], ..segment(four(), b"") });
    let packet = build::ip(6, A.into(), B.into(), &content);
    assert_eq!(odd(&read(&build::ethernet(&[], &packet))), ["tcp-options", "tcp-flags"]);
    let names: std::collections::BTreeSet<_> = Oddity::ALL.iter().map(|o| o.kind().name).collect();
    assert_eq!(names.len(), Oddity::ALL.len());
}

#[test]
fn options_are_read_one_by_one() {
    let options = [2, 4, 5, 0xB4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 34, 2, 0, 0];
    let content = build::tcp(&Segment { flags: SYN, options: &options, ..segment(four(), b"") });
    let frame = build::ethernet(&[], &build::ip(6, A.into(), B.into(), &content));
    let Transport::Tcp(tcp) = transport(&read(&frame)) else { panic!() };
    assert!(tcp.flags.has(TcpFlags::SYN) && !tcp.flags.has(TcpFlags::ACK));
    assert_eq!(
        tcp.options().collect::<Vec<_>>(),
        [
            TcpOption::MaximumSegment(1460),
            TcpOption::WindowScale(7),
            TcpOption::SackPermitted,
            TcpOption::Timestamps(1, 2),
            TcpOption::Other(34, &[]),
        ]
    );
}

#[test]
fn what_cannot_be_read_has_a_name() {
    let packet = build::ip(6, A.into(), B.into(), &build::tcp(&segment(four(), b"abc")));
    let change = |at: usize, byte: u8| {
        let mut frame = build::ethernet(&[], &packet);
        frame[14 + at] = byte;
        why(LinkType::Ethernet, &frame)
    };
    assert_eq!(change(0, 0x65), ("ip-version", 14));
    assert_eq!(change(0, 0x44), ("ip-header-length", 14));
    assert_eq!(change(3, 19), ("ip-length", 16));
    assert_eq!(change(20 + 12, 0x40), ("tcp-header-length", 14 + 20 + 12));
    assert_eq!(change(20 + 12, 0xF0), ("tcp-header-length", 14 + 20 + 12));
    assert_eq!(why(LinkType::Other(147), &packet), ("link-type", 0));
    let snap = [&SOURCE[..], &SOURCE, &[0, 51], &[0xAA, 0xAA, 3, 0, 0, 0, 8, 0], &packet].concat();
    assert_eq!(why(LinkType::Ethernet, &snap).0, "snap-ip");
    assert_eq!(why(LinkType::Ethernet, &[&SOURCE[..], &SOURCE, &[5, 0xFF, 0, 0]].concat()).0, "ether-length");
    let mut datagram = build::udp(four().0, four().1, b"abc");
    datagram[5] = 12;
    let frame = build::ethernet(&[], &build::ip(17, A.into(), B.into(), &datagram));
    assert_eq!(why(LinkType::Ethernet, &frame), ("udp-length", 14 + 20 + 4));
    for (flags, name) in [([0x20, 0], "fragment-size"), ([0x1F, 0xFF], "fragment-range")] {
        let part = build::ipv4(17, A, B, flags, &[], b"abcdefghi");
        assert_eq!(why(LinkType::Ethernet, &build::ethernet(&[], &part)).0, name);
    }
}

#[test]
fn arp_names_who_claims_what() {
    let head = [&[0xFF; 6][..], &SOURCE, &[8, 6]].concat();
    let claim = [&[0, 1, 8, 0, 6, 4, 0, 2][..], &SOURCE, &A.octets(), &[0; 6], &B.octets(), &[0; 18]].concat();
    let frame = [head.clone(), claim.clone()].concat();
    let Network::Arp(arp) = read(&frame).network else { panic!() };
    assert_eq!((arp.operation, arp.sender_mac, arp.sender, arp.target), (2, SOURCE, A, B));
    let mut wrong = [head, claim].concat();
    wrong[14 + 5] = 16;
    assert_eq!(why(LinkType::Ethernet, &wrong), ("arp-form", 14));
}

#[test]
fn extension_headers_are_walked_and_told() {
    let (from, to) = six();
    let content = [&[17, 0, 1, 4, 0, 0, 0, 0][..], &build::udp(from, to, b"abc")].concat();
    let frame = build::ethernet(&[], &build::ip(60, from.ip(), to.ip(), &content));
    let packet = read(&frame);
    assert_eq!(odd(&packet), ["ipv6-extension-headers"]);
    assert!(matches!(transport(&packet), Transport::Udp(udp) if udp.payload == b"abc"));
    let many = [60, 0, 1, 4, 0, 0, 0, 0].repeat(9);
    let frame = build::ethernet(&[], &build::ip(60, from.ip(), to.ip(), &many));
    assert_eq!(why(LinkType::Ethernet, &frame).0, "ipv6-headers");
}

#[test]
fn other_traffic_is_named() {
    let goose = [&SOURCE[..], &SOURCE, &[0x88, 0xB8, 1, 2, 3]].concat();
    assert_eq!(read(&goose).network, Network::Ether(0x88B8, &[1, 2, 3]));
    let stp = [&SOURCE[..], &SOURCE, &[0, 5, 0x42, 0x42, 3, 7, 8], &[0; 39]].concat();
    assert!(matches!(read(&stp).network, Network::Llc(llc, [7, 8]) if llc.dsap == 0x42 && llc.snap.is_none()));
    let ping = build::ethernet(&[], &build::ip(1, A.into(), IpAddr::V4(B), &[8, 0, 0xF7, 0xFF, 0, 0, 0, 0]));
    let Transport::Icmp(icmp) = transport(&read(&ping)) else { panic!() };
    assert_eq!((icmp.kind, icmp.checksum), (8, Checksum::Right));
}
