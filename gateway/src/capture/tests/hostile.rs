//! Arbitrary bytes: no panic, no endless loop, nothing that was not in the file.

use super::make::{BOTH, Writer};
use super::{open, read};
use crate::capture::PACKET_MAX;
use proptest::collection::vec;
use proptest::prelude::*;

/// Reads a file to its end, which must come: each record takes at least eight bytes of it.
fn exhaust(file: &[u8]) {
    let Ok(mut capture) = open(file) else { return };
    let (mut records, mut bytes) = (0, 0);
    while let Ok(Some(record)) = capture.next_record() {
        records += 1;
        bytes += record.bytes.len();
        assert!(record.bytes.len() <= PACKET_MAX);
    }
    // Packed bytes may be more than the file has.
    if !file.starts_with(&[0x1f, 0x8b]) && !file.starts_with(&[0x28, 0xb5]) {
        assert!(records * 8 + bytes <= file.len(), "{records} records with {bytes} bytes in {}", file.len());
    }
}

fn magics() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Writer(false).pcap(0xa1b2_c3d4, 1)),
        Just(Writer(true).pcap(0xa1b2_3c4d, 1)),
        Just([Writer(false).section(), Writer(false).interface(1, 0, b"")].concat()),
        Just([Writer(true).section(), Writer(true).interface(1, 0, b"")].concat()),
        Just(vec![0x1f, 0x8b, 8, 0]),
        Just(vec![0x28, 0xb5, 0x2f, 0xfd]),
        Just(Vec::new()),
    ]
}

/// Numbers as they stand in lengths: small ones most of the time.
fn numbers() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![0_u32..64, any::<u32>(), Just(PACKET_MAX as u32), Just(6)], 0..40)
        .prop_flat_map(|n| any::<bool>().prop_map(move |big| n.iter().flat_map(|n| Writer(big).u32(*n)).collect()))
}

proptest! {
    #[test]
    fn arbitrary_bytes_come_to_an_end(magic in magics(), bytes in vec(any::<u8>(), 0..600)) {
        exhaust(&[magic, bytes].concat());
    }

    #[test]
    fn arbitrary_lengths_come_to_an_end(magic in magics(), numbers in numbers()) {
        exhaust(&[magic, numbers].concat());
    }

    #[test]
    fn a_changed_byte_costs_nothing_that_stands_before_it(at in 0_usize..400, flip in 1_u8..) {
        for w in BOTH {
            let start = [w.section(), w.interface(1, 0, b"")].concat();
            let packets: Vec<_> = (0..5).map(|n| w.enhanced(0, n, b"payload", 7)).collect();
            let mut file = [start.clone(), packets.concat()].concat();
            let at = at % file.len();
            file[at] ^= flip;
            let untouched = at.saturating_sub(start.len()) / packets[0].len();
            if at >= start.len() {
                prop_assert!(read(&file).0.len() >= untouched);
            } else {
                exhaust(&file);
            }
        }
    }
}
