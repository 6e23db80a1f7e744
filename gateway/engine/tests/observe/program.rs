//! A stream of frames out of arbitrary bytes, and what must hold of it; run by the tests and by the fuzzer.

use crate::build::{self, Segment};
use crate::deaf::Deaf;
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Limits, Observer};
use sluice_model::Instant;
use std::net::{Ipv4Addr, SocketAddr};

const LINKS: [LinkType; 6] = [
    LinkType::Ethernet,
    LinkType::RawIp,
    LinkType::LinuxCooked,
    LinkType::LinuxCooked2,
    LinkType::Null,
    LinkType::Other(9),
];

/// Little of everything, so that every bound is reached.
pub(crate) fn few() -> Limits {
    Limits {
        flows: 3,
        flow_bytes: 4000,
        segments: 2,
        datagrams: 2,
        datagram_bytes: 300,
        devices: 2,
        unidentified: 2,
        outstanding: 2,
        ..Limits::default()
    }
}

/// Reads a program: for each frame a byte that says what it is, one for its length, one for its place, and its bytes. A
/// frame is those bytes as they are, or the content of a segment or a datagram that is well-formed.
pub(crate) fn program(program: &[u8]) {
    let limits = few();
    let mut observer = Observer::new(None, limits);
    let (mut rest, mut packets) = (program, 0);
    while let [kind, length, place, behind @ ..] = rest {
        let (bytes, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        packets += 1;
        let (link, frame) = match kind >> 6 {
            0 => (LINKS[usize::from(kind % 6)], bytes.to_vec()),
            1 => (LinkType::Ethernet, datagram(*kind, bytes)),
            _ => (LinkType::Ethernet, segment(*kind, *place, bytes)),
        };
        let original = frame.len() + usize::from(kind % 7 == 6);
        observer.packet(Instant(packets * 1_000_000_000), link, &frame, original, &mut Deaf);
        assert!(observer.flows() <= limits.flows && observer.kept() <= limits.flow_bytes);
    }
    observer.finish(&mut Deaf);
    let summary = observer.summary();
    assert_eq!(summary.classes.values().sum::<u64>(), packets);
    assert!(summary.devices.len() <= limits.devices && summary.unidentified.len() <= limits.unidentified + 1);
    assert_eq!((observer.flows(), observer.kept()), (0, 0));
}

fn ends(kind: u8) -> [SocketAddr; 2] {
    let server = SocketAddr::new(Ipv4Addr::new(192, 0, 2, 31).into(), if kind & 8 == 0 { 502 } else { 1502 });
    let client = SocketAddr::new(Ipv4Addr::new(192, 0, 2, 11).into(), 40_000 + u16::from(kind & 16));
    if kind & 32 == 0 { [client, server] } else { [server, client] }
}

fn segment(kind: u8, place: u8, bytes: &[u8]) -> Vec<u8> {
    let [from, to] = ends(kind);
    let flags = [build::ACK, build::ACK, build::SYN, build::ACK | build::FIN, build::RST, build::SYN | build::ACK];
    let flags = flags[usize::from(kind % 6)];
    build::frame(&Segment {
        from,
        to,
        sequence: u32::from(place).wrapping_sub(20),
        acknowledgement: place.into(),
        flags,
        options: &[],
        bytes,
    })
}

/// Whole, or a fragment of one.
fn datagram(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let [from, to] = ends(kind);
    let (SocketAddr::V4(a), SocketAddr::V4(b)) = (from, to) else { return Vec::new() };
    let content = build::udp(from, to, bytes);
    let part = match kind & 3 {
        0 => [0x20, 0],
        1 => [0, kind >> 2 & 3],
        _ => [0, 0],
    };
    build::ethernet(&[], &build::ipv4(17, *a.ip(), *b.ip(), part, &[], &content))
}
