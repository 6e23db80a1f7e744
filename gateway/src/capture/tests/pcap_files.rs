//! The older format.

use super::make::{BOTH, Writer};
use super::{Kept, broken, open, whole};
use crate::capture::{PACKET_MAX, Refused};

const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;

#[test]
fn both_byte_orders_and_both_units_give_the_same_packets() {
    for writer in BOTH {
        for (magic, fraction) in [(MICRO, 654_321), (NANO, 654_321_000)] {
            let file = [writer.pcap(magic, 1), writer.record(1_700_000_000, fraction, b"abc", 3)].concat();
            let at = 1_700_000_000_654_321_000;
            let packet = Kept { at, link: 1, bytes: b"abc".to_vec(), original_length: 3 };
            assert_eq!(whole(&file), [packet], "{writer:?} {magic:x}");
        }
    }
}

#[test]
fn a_file_without_packets_is_whole() {
    assert_eq!(whole(&Writer(false).pcap(MICRO, 1)), []);
}

#[test]
fn the_snap_length_cuts_bytes_but_not_the_original_length() {
    let writer = Writer(false);
    let file = [writer.pcap(MICRO, 101), writer.record(1, 0, b"ab", 1_514), writer.record(2, 0, b"", 60)].concat();
    let found: Vec<_> = whole(&file).into_iter().map(|r| (r.link, r.bytes.len(), r.original_length)).collect();
    assert_eq!(found, [(101, 2, 1_514), (101, 0, 60)]);
}

#[test]
fn what_stands_above_the_link_type_is_not_part_of_it() {
    let writer = Writer(true);
    let file = [writer.pcap(MICRO, 0x4400_0071), writer.record(1, 0, b"", 0)].concat();
    assert_eq!(whole(&file)[0].link, 0x71);
}

#[test]
fn a_claim_beyond_the_bound_is_broken_where_it_stands() {
    let writer = Writer(false);
    let start = [writer.pcap(MICRO, 1), writer.record(1, 0, b"abcd", 4)].concat();
    let largest = writer.record(1, 0, &vec![7; PACKET_MAX], PACKET_MAX as u32);
    assert_eq!(whole(&[start.clone(), largest].concat()).len(), 2);
    let larger = writer.record(1, 0, &vec![7; PACKET_MAX + 1], PACKET_MAX as u32 + 1);
    let (packets, at, why) = broken(&[start, larger].concat());
    assert_eq!((packets, at), (1, 24 + 20));
    assert_eq!(why, "a packet of 262145 bytes is claimed, and none has more than 262144");
}

#[test]
fn a_version_that_nobody_wrote_is_broken() {
    let mut file = Writer(false).pcap(MICRO, 1);
    file[4] = 3;
    assert_eq!(broken(&file), (0, 4, "version 3.4 of pcap is not known, only 2.4 is in use".to_owned()));
}

#[test]
fn other_files_are_no_captures() {
    let why = |file: &[u8]| open(file).err().unwrap().to_string();
    assert_eq!(
        why(b"PK\x03\x04 and so on"),
        "is no capture: it begins with 50 4b 03 04; pcap and pcapng are read, also packed with gzip or zstd"
    );
    assert!(matches!(open(b"").err().unwrap(), Refused::Empty));
    assert!(matches!(open(&[0xa1, 0xb2]).err().unwrap(), Refused::Foreign(_)));
}

#[test]
fn more_packets_than_the_window_holds_come_out_in_order() {
    let writer = Writer(false);
    let mut file = writer.pcap(NANO, 1);
    for n in 0..2_000_u32 {
        let bytes: Vec<u8> = n.to_le_bytes().into_iter().cycle().take(n as usize % 1_500).collect();
        file.extend(writer.record(n, n, &bytes, 1_500));
    }
    let records = whole(&file);
    assert_eq!(records.len(), 2_000);
    for (n, record) in (0..2_000_u32).zip(records) {
        assert_eq!(record.at, u64::from(n) * 1_000_000_001);
        assert_eq!(record.bytes, n.to_le_bytes().into_iter().cycle().take(n as usize % 1_500).collect::<Vec<u8>>());
    }
}
