//! Datagrams in fragments pass when they are whole and allowed, and no link is sent more than it takes.

use crate::build;
use crate::plant::{HMI, PLC, USUAL};
use crate::rig::Rig;
use crate::wire::{ether, icmp};
use sluice_engine::bridge::Side;

/// A datagram to `port`, cut to pieces of `size` bytes.
fn pieces(port: u16, size: usize, content: &[u8]) -> Vec<Vec<u8>> {
    let whole = build::udp(HMI.at(7000), PLC.at(port), content);
    let last = whole.len().div_ceil(size) - 1;
    let piece = |(index, bytes): (usize, &[u8])| {
        let [a, b] = ((index * size / 8) as u16 | if index < last { 0x2000 } else { 0 }).to_be_bytes();
        ether(&HMI, &PLC, &[], &build::ipv4(17, HMI.v4, PLC.v4, [a, b], &[], bytes))
    };
    whole.chunks(size).enumerate().map(piece).collect()
}

/// What the fragments in IPv4 frames carry, by where they say that it belongs.
fn content(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut all: Vec<_> = frames
        .iter()
        .map(|frame| {
            assert!(frame.len() - 14 <= 1500);
            assert_eq!(build::checksum(&[&frame[14..34]]), [0, 0], "the checksum of a header");
            (u16::from_be_bytes([frame[20], frame[21]]) & 0x1FFF, frame[34..].to_vec())
        })
        .collect();
    all.sort();
    all.into_iter().flat_map(|(_, bytes)| bytes).collect()
}

#[test]
fn an_allowed_datagram_leaves_whole_or_cut_anew() {
    let mut rig = Rig::new(USUAL);
    for length in [100, 1472, 4000] {
        let sent = vec![7; length];
        let mut pieces = pieces(5000, 64, &sent);
        pieces.reverse();
        let last = pieces.pop().unwrap();
        for piece in &pieces {
            assert_eq!(rig.word(Side::A, piece), "consumed");
            assert!(rig.sent().is_empty(), "nothing leaves before the verdict");
        }
        assert_eq!(rig.bridge.census().datagrams, 1);
        assert_eq!(rig.word(Side::A, &last), "consumed");
        let left: Vec<_> = rig.sent().into_iter().map(|(side, frame)| (side, frame).1).collect();
        assert_eq!(left.len(), (length + 8).div_ceil(1480));
        assert_eq!(content(&left), build::udp(HMI.at(7000), PLC.at(5000), &sent));
    }
}

#[test]
fn a_denied_datagram_leaves_not_even_in_part() {
    let mut rig = Rig::new(USUAL);
    let pieces = pieces(5001, 64, &[7; 200]);
    let words: Vec<_> = pieces.iter().map(|piece| rig.word(Side::A, piece)).collect();
    assert_eq!(words, ["consumed", "consumed", "consumed", "no-statement"]);
    assert!(rig.sent().is_empty());
    // A large ping is reassembled as well.
    let ping = icmp(&HMI, &PLC, 8, 0, &[0, 9, 0, 1]);
    assert_eq!(rig.word(Side::A, &ping), "forwarded");
}
