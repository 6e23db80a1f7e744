//! What never passes: a row for every item of the design's list, each beside a frame that does pass, so that the row fails
//! for its own reason.

use crate::build;
use crate::passes::{READ, open};
use crate::plant::{HMI, Host, PLC, PLC_30, STRANGER, USUAL};
use crate::rig::Rig;
use crate::wire::{ACK, EVERYONE, RST, SYN, Talk, Tcp, arp, ether, icmp, icmp6, tag, udp};
use sluice_engine::bridge::{Offload, Side};
use std::net::IpAddr;

/// A name, what happens before, the frame that never passes by the operator's port, and the reason.
type Row = (&'static str, fn(&mut Rig) -> (Side, Vec<u8>), &'static str);

fn syn() -> Tcp<'static> {
    Talk::new((&HMI, 40_000), (&PLC, 502)).syn()
}

/// An established connection whose client says `flags`, `options` and a request.
fn said(rig: &mut Rig, flags: u8, options: &'static [u8]) -> (Side, Vec<u8>) {
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    open(rig, &mut talk);
    let said = Tcp { options, ..talk.client(flags, &READ) };
    (Side::A, said.frame())
}

/// A whole packet with one byte of its IPv4 header changed, and the header's checksum right again.
fn patched(at: usize, value: u8) -> Vec<u8> {
    let mut packet = syn().packet();
    packet[at] = value;
    packet[10..12].fill(0);
    let sum = build::checksum(&[&packet[..20]]);
    packet[10..12].copy_from_slice(&sum);
    ether(&HMI, &PLC, &[], &packet)
}

fn fragment(protocol: u8, place: [u8; 2], content: &[u8]) -> Vec<u8> {
    ether(&HMI, &PLC, &[], &build::ipv4(protocol, HMI.v4, PLC.v4, place, &[], content))
}

/// The SYN behind an extension header, or more.
fn extended(kind: u8, header: &[u8]) -> Vec<u8> {
    let (from, to): (IpAddr, IpAddr) = (HMI.v6.into(), PLC.v6.into());
    let segment = build::tcp(&build::Segment {
        from: HMI.at6(40_000),
        to: PLC.at6(502),
        sequence: 1,
        acknowledgement: 0,
        flags: SYN,
        options: &[],
        bytes: &[],
    });
    ether(&HMI, &PLC, &[], &build::ip(kind, from, to, &[header, &segment].concat()))
}

fn from_mac(mac: [u8; 6]) -> Vec<u8> {
    ether(&Host { mac, ..HMI }, &PLC, &[], &syn().packet())
}

fn to_mac(mac: [u8; 6]) -> Vec<u8> {
    ether(&HMI, &Host { mac, ..PLC }, &[], &syn().packet())
}

const ROWS: &[Row] = &[
    ("urgent pointer", |rig| said(rig, ACK | 32, &[]), "tcp-urgent"),
    ("flags that contradict each other", |_| (Side::A, Tcp { flags: SYN | RST, ..syn() }.frame()), "tcp-flags"),
    ("options that do not add up", |_| (Side::A, Tcp { options: &[2, 9, 0, 0], ..syn() }.frame()), "tcp-options"),
    (
        "bad TCP checksum",
        |_| {
            let mut frame = syn().frame();
            *frame.last_mut().unwrap() ^= 1;
            (Side::A, frame)
        },
        "bad-checksum",
    ),
    (
        "bad IP checksum",
        |_| {
            let mut frame = syn().frame();
            frame[14 + 10] ^= 1;
            (Side::A, frame)
        },
        "bad-ip-checksum",
    ),
    ("checksum left to a card that nobody vouches for", |_| (Side::A, partial()), "partial-checksum"),
    ("TCP in fragments", |_| (Side::A, fragment(6, [0x20, 0], &syn().packet()[20..36])), "tcp-fragment"),
    ("a tunnel in fragments", |_| (Side::A, fragment(47, [0x20, 0], &[0; 16])), "fragment-protocol"),
    ("a fragment that reaches past the end", |_| (Side::A, fragment(17, [0x1F, 0xFF], &[0; 16])), "fragment-range"),
    (
        "fragments that overlap",
        |rig| {
            assert_eq!(rig.word(Side::A, &fragment(17, [0x20, 0], &[0; 16])), "consumed");
            assert_eq!(rig.word(Side::A, &fragment(17, [0x20, 1], &[0; 16])), "consumed");
            assert_eq!(rig.out.notices.pop().unwrap().0, "fragment-overlap");
            // What completes it comes too late: it is dead.
            assert_eq!(rig.word(Side::A, &fragment(17, [0, 2], &[0; 8])), "consumed");
            assert!(rig.sent().is_empty());
            (Side::A, patched(8, 0))
        },
        "ip-hops-zero",
    ),
    (
        "IP options",
        |_| {
            let packet = build::ipv4(6, HMI.v4, PLC.v4, [0, 0], &[1, 1, 1, 1], &syn().packet()[20..]);
            (Side::A, ether(&HMI, &PLC, &[], &packet))
        },
        "ip-options",
    ),
    ("the reserved flag", |_| (Side::A, patched(6, 0x80)), "ip-reserved-flag"),
    ("an IPv6 extension header", |_| (Side::A, extended(60, &[6, 0, 1, 4, 0, 0, 0, 0])), "ipv6-extension-headers"),
    (
        "a fragment header on a whole packet",
        |_| (Side::A, extended(44, &[6, 0, 0, 0, 0, 0, 0, 1])),
        "ipv6-atomic-fragment",
    ),
    ("IPv4 in IPv6", |_| (Side::A, extended(4, &[])), "ip-protocol"),
    (
        "three tags",
        |_| {
            let tags = [tag(1), tag(2), tag(3)].concat();
            (Side::A, ether(&HMI, &PLC, &tags, &syn().packet()))
        },
        "too-many-tags",
    ),
    ("an unknown tag", |_| (Side::A, ether(&HMI, &PLC, &[0x92, 0, 0, 0], &syn().packet())), "no-statement"),
    (
        "IP in SNAP",
        |_| {
            let content = [&[0xAA, 0xAA, 3, 0, 0, 0, 8, 0][..], &syn().packet()].concat();
            let length = (content.len() as u16).to_be_bytes();
            (Side::A, [&PLC.mac[..], &HMI.mac, &length, &content].concat())
        },
        "snap-ip",
    ),
    ("another VLAN than the asset's", |_| (Side::A, ether(&HMI, &PLC, &tag(7), &syn().packet())), "spoof-vlan"),
    (
        "another VLAN than the flow's",
        |rig| {
            let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
            open(rig, &mut talk);
            let tags = [tag(0), tag(9)].concat();
            (Side::A, ether(&HMI, &PLC, &tags, &talk.client(ACK, &READ).packet()))
        },
        "flow-vlan",
    ),
    ("the old tag with VID 0", |_| (Side::A, ether(&HMI, &PLC, &[0x91, 0, 0, 0], &syn().packet())), "spoof-vlan"),
    (
        "the old tag with VID 0, on a flow",
        |rig| {
            let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
            open(rig, &mut talk);
            (Side::A, ether(&HMI, &PLC, &[0x91, 0, 0, 0], &talk.client(ACK, &READ).packet()))
        },
        "flow-vlan",
    ),
    ("another MAC than the asset's", |_| (Side::A, from_mac(STRANGER.mac)), "spoof-mac"),
    ("the other side", |_| (Side::B, syn().frame()), "spoof-port"),
    (
        "the other side, on a flow",
        |rig| {
            let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
            open(rig, &mut talk);
            (Side::B, talk.client(ACK, &READ).frame())
        },
        "flow-side",
    ),
    ("a group as sender", |_| (Side::A, from_mac([3, 0, 0, 0, 0, 1])), "mac-source"),
    ("one address of IP, everyone's of Ethernet", |_| (Side::A, to_mac(EVERYONE)), "misdirected"),
    ("the wrong station", |_| (Side::A, to_mac(STRANGER.mac)), "misdirected"),
    (
        "a neighbour's",
        |_| {
            let engineer = crate::plant::ENGINEER;
            (Side::A, ether(&HMI, &engineer, &[], &build::ip(17, HMI.v4.into(), engineer.v4.into(), &[0; 8])))
        },
        "udp-length",
    ),
    ("a stranger", |_| (Side::A, Tcp { from: (&STRANGER, 1), ..syn() }.frame()), "no-conduit"),
    ("a port that nobody allows", |_| (Side::A, Tcp { to: (&PLC, 23), ..syn() }.frame()), "no-statement"),
    ("the controller dials", |_| (Side::B, Talk::new((&PLC, 1), (&HMI, 502)).syn().frame()), "no-conduit"),
    (
        "the middle of a stream that nobody allows",
        |_| {
            let mut talk = Talk::new((&HMI, 40_000), (&PLC, 23));
            (Side::A, talk.client(ACK, &READ).frame())
        },
        "tcp-mid-stream",
    ),
    ("an answer to no SYN", |_| (Side::B, Talk::new((&HMI, 1), (&PLC, 502)).syn_ack().frame()), "tcp-mid-stream"),
    ("a reset of nothing", |_| (Side::A, Tcp { flags: RST, ..syn() }.frame()), "tcp-mid-stream"),
    (
        "a reset that only guesses",
        |rig| {
            let mut talk = Talk::new((&HMI, 50_000), (&PLC, 22));
            open(rig, &mut talk);
            let rst = talk.client(RST | ACK, &[]);
            (Side::A, Tcp { sequence: rst.sequence + 77, ..rst }.frame())
        },
        "tcp-window",
    ),
    (
        "a segment outside of the window",
        |rig| {
            let mut talk = Talk::new((&HMI, 50_000), (&PLC, 22));
            open(rig, &mut talk);
            let said = talk.client(ACK, b"x");
            (Side::A, Tcp { sequence: said.sequence + 100_000, ..said }.frame())
        },
        "tcp-window",
    ),
    (
        "an acknowledgement of what was not sent",
        |rig| {
            let mut talk = Talk::new((&HMI, 50_000), (&PLC, 22));
            open(rig, &mut talk);
            let said = talk.client(ACK, b"x");
            (Side::A, Tcp { acknowledgement: said.acknowledgement + 1, ..said }.frame())
        },
        "tcp-window",
    ),
    (
        "an ARP claim that is not its frame's",
        |_| {
            let mut frame = arp(2, &PLC, &HMI, HMI.mac);
            frame[22..28].copy_from_slice(&STRANGER.mac);
            (Side::B, frame)
        },
        "arp-claim",
    ),
    (
        "an ARP answer in another's name",
        |_| (Side::A, arp(2, &Host { v4: PLC.v4, ..HMI }, &PLC_30, EVERYONE)),
        "spoof-mac",
    ),
    (
        "an announcement in another's name",
        |_| {
            let liar = Host { v4: PLC.v4, ..STRANGER };
            (Side::A, arp(1, &liar, &liar, EVERYONE))
        },
        "spoof-mac",
    ),
    ("an ARP answer to another station", |_| (Side::B, arp(2, &PLC, &HMI, STRANGER.mac)), "arp-target"),
    ("ARP for an unknown address", |_| (Side::A, arp(1, &HMI, &STRANGER, EVERYONE)), "no-conduit"),
    (
        "ARP of another form",
        |_| {
            let mut frame = arp(1, &HMI, &PLC, EVERYONE);
            frame[15] = 6;
            (Side::A, frame)
        },
        "arp-form",
    ),
    ("a neighbour message from beyond the link", |_| (Side::A, solicitation(254, HMI.mac)), "nd-form"),
    ("a neighbour claim that is not its frame's", |_| (Side::A, solicitation(255, STRANGER.mac)), "nd-claim"),
    (
        "a router's advertisement",
        |_| {
            let group = "ff02::1".parse().unwrap();
            (
                Side::A,
                icmp6([HMI.mac, [0x33, 0x33, 0, 0, 0, 1]], HMI.v6.into(), group, 255, &[134, 0, 0, 0, 64, 0, 0, 0]),
            )
        },
        "no-conduit",
    ),
    ("a redirection", |_| (Side::B, icmp(&PLC, &HMI, 5, 1, &[0; 32])), "no-conduit"),
    (
        "an ICMP error about nothing",
        |_| {
            let about = [&[0, 0, 0, 0][..], &udp((&HMI, 1), (&PLC, 5000), b"")[14..42]].concat();
            (Side::B, icmp(&PLC, &HMI, 3, 3, &about))
        },
        "icmp-unrelated",
    ),
    (
        "an ICMP error that asks for tiny packets",
        |rig| {
            assert_eq!(rig.word(Side::A, &udp((&HMI, 1), (&PLC, 5000), b"")), "forwarded");
            let about = [&[0, 0, 0, 68][..], &udp((&HMI, 1), (&PLC, 5000), b"")[14..42]].concat();
            (Side::B, icmp(&PLC, &HMI, 3, 4, &about))
        },
        "icmp-quote",
    ),
    (
        "a multicast that nobody named",
        |_| {
            let packet =
                build::ip(17, HMI.v4.into(), "224.0.0.251".parse().unwrap(), &udp((&HMI, 1), (&PLC, 5000), b"")[34..]);
            (Side::A, [&[1, 0, 0x5E, 0, 0, 251], &HMI.mac[..], &[8, 0], &packet].concat())
        },
        "bad-checksum",
    ),
    (
        "an Ethertype that nobody named",
        |_| (Side::A, [&PLC.mac, &HMI.mac[..], &[0x88, 0x92, 0]].concat()),
        "no-statement",
    ),
    ("a frame too short for its headers", |_| (Side::A, vec![0; 13]), "truncated"),
];

/// The SYN with a checksum over the addresses alone.
fn partial() -> Vec<u8> {
    let mut frame = syn().frame();
    let length = (frame.len() - 34) as u16;
    let over = [&HMI.v4.octets()[..], &PLC.v4.octets(), &[0, 6], &length.to_be_bytes()].concat();
    let [a, b] = build::checksum(&[&over]);
    frame[34 + 16..34 + 18].copy_from_slice(&[!a, !b]);
    frame
}

/// The operator asks for the controller's address, in the name of `mac`.
fn solicitation(hops: u8, mac: [u8; 6]) -> Vec<u8> {
    let group: IpAddr = "ff02::1:ff00:1f".parse().unwrap();
    let message = [&[135, 0, 0, 0, 0, 0, 0, 0][..], &PLC.v6.octets(), &[1, 1], &mac].concat();
    icmp6([HMI.mac, [0x33, 0x33, 0xFF, 0, 0, 0x1F]], HMI.v6.into(), group, hops, &message)
}

#[test]
fn what_never_passes_does_not() {
    let mut wrong = Vec::new();
    for (name, prepare, reason) in ROWS {
        let mut rig = Rig::new(USUAL);
        let (side, frame) = prepare(&mut rig);
        rig.sent();
        let word = rig.word(side, &frame);
        if word != *reason || rig.sent().iter().any(|(to, _)| *to != side) {
            wrong.push(format!("{name}: {word}, not {reason}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_rows_are_beside_passes() {
    let mut rig = Rig::new(USUAL);
    assert_eq!(rig.word(Side::A, &solicitation(255, HMI.mac)), "forwarded");
    // Its own place, and others: over its content, and of a packet in another place.
    for (place, word) in [((34, 16), "forwarded"), ((34, 24), "misplaced-checksum"), ((38, 16), "misplaced-checksum")] {
        let mut rig = Rig::new(USUAL);
        let offload = Offload { unfinished: Some(place), segment: None };
        assert_eq!(rig.word_of(Side::A, &partial(), offload), word, "{place:?}");
        let whole = syn().frame();
        assert_eq!(Rig::new(USUAL).word_of(Side::A, &whole, offload), word, "{place:?}, and whole");
    }
    let mut rig = Rig::new(USUAL);
    let (side, frame) = said(&mut rig, ACK, &[]);
    assert_eq!(rig.word(side, &frame), "forwarded");
    let asked = udp((&HMI, 1), (&PLC, 5000), b"");
    assert_eq!(rig.word(Side::A, &asked), "forwarded");
    rig.sent();
    let about = [&[0, 0, 0, 0][..], &asked[14..42], b"what follows is not passed on"].concat();
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 3, 3, &about)), "consumed");
    let sent = rig.sent();
    assert_eq!(sent[0], (Side::A, icmp_without_id(&icmp(&PLC, &HMI, 3, 3, &about[..32]))));
}

/// The bridge numbers what it builds itself.
fn icmp_without_id(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[18..20].fill(0);
    frame[24..26].fill(0);
    let sum = build::checksum(&[&frame[14..34]]);
    frame[24..26].copy_from_slice(&sum);
    frame
}
