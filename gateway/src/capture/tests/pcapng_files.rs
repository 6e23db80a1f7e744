//! The newer format.

use super::make::{BOTH, Writer};
use super::{Kept, broken, whole};

const MICROSECOND: u64 = 1_700_000_000_654_321;

fn start(writer: Writer) -> Vec<u8> {
    [writer.section(), writer.interface(1, 0, b"")].concat()
}

#[test]
fn both_byte_orders_give_the_same_packets() {
    for writer in BOTH {
        let file = [start(writer), writer.enhanced(0, MICROSECOND, b"abcde", 99)].concat();
        let packet = Kept { at: MICROSECOND * 1_000, link: 1, bytes: b"abcde".to_vec(), original_length: 99 };
        assert_eq!(whole(&file), [packet], "{writer:?}");
    }
}

#[test]
fn every_interface_has_its_link_type_resolution_and_offset() {
    for writer in BOTH {
        let minus_ten = if writer.0 { (-10_i64).to_be_bytes() } else { (-10_i64).to_le_bytes() };
        let options = |resolution: u8, offset: &[u8]| {
            [writer.option(2, b"eth0"), writer.option(9, &[resolution]), writer.option(14, offset)].concat()
        };
        let file = [
            writer.section(),
            writer.interface(1, 0, &[writer.option(9, &[9]), writer.option(0, b""), b"junk".to_vec()].concat()),
            writer.interface(113, 0, &options(0x81, &[0; 8])),
            writer.interface(101, 0, &options(3, &minus_ten)),
            writer.enhanced(2, 20_500, b"c", 1),
            writer.enhanced(1, 7, b"b", 1),
            writer.enhanced(0, 5, b"a", 1),
        ]
        .concat();
        let found: Vec<_> = whole(&file).into_iter().map(|r| (r.link, r.at)).collect();
        assert_eq!(found, [(101, 10_500_000_000), (113, 3_500_000_000), (1, 5)], "{writer:?}");
    }
}

#[test]
fn a_time_before_1970_or_after_2554_becomes_the_nearest_that_can_be_said() {
    let writer = Writer(false);
    let offset = |seconds: i64| writer.interface(1, 0, &writer.option(14, &seconds.to_le_bytes()));
    let file = [
        writer.section(),
        offset(i64::MIN),
        offset(i64::MAX),
        writer.enhanced(0, 1, b"", 0),
        writer.enhanced(1, 1, b"", 0),
    ]
    .concat();
    assert_eq!(whole(&file).into_iter().map(|r| r.at).collect::<Vec<_>>(), [0, u64::MAX]);
}

#[test]
fn a_simple_packet_has_the_time_before_it_and_what_the_snap_length_left() {
    for writer in BOTH {
        let simple = |original: u32, bytes: &[u8]| writer.block(3, &[writer.u32(original), bytes.to_vec()].concat());
        let file = [
            writer.section(),
            writer.interface(1, 6, b""),
            simple(5, b"early"),
            writer.enhanced(0, 3, b"abc", 3),
            simple(2, b"ab"),
            simple(1_000, b"abcdef"),
        ]
        .concat();
        let found: Vec<_> =
            whole(&file).into_iter().map(|r| (r.at, String::from_utf8(r.bytes).unwrap(), r.original_length)).collect();
        let text = |s: &str| s.to_owned();
        let wanted =
            [(0, text("early"), 5), (3_000, text("abc"), 3), (3_000, text("ab"), 2), (3_000, text("abcdef"), 1_000)];
        assert_eq!(found, wanted, "{writer:?}");
    }
}

#[test]
fn an_obsolete_packet_block_is_read() {
    for writer in BOTH {
        let head = [writer.u16(0), writer.u16(3), writer.u32(0), writer.u32(9), writer.u32(2), writer.u32(60)].concat();
        let file = [start(writer), writer.block(2, &[head, b"ab".to_vec()].concat())].concat();
        let packet = Kept { at: 9_000, link: 1, bytes: b"ab".to_vec(), original_length: 60 };
        assert_eq!(whole(&file), [packet], "{writer:?}");
    }
}

#[test]
fn a_section_has_its_own_byte_order_and_interfaces() {
    let [little, big] = BOTH;
    let file = [
        start(little),
        little.enhanced(0, 1, b"a", 1),
        big.section(),
        big.interface(113, 0, b""),
        big.enhanced(0, 2, b"b", 1),
        little.section(),
        little.enhanced(0, 3, b"c", 1),
    ]
    .concat();
    let (packets, at, why) = broken(&file);
    assert_eq!((packets, at), (2, (file.len() - little.enhanced(0, 3, b"c", 1).len()) as u64));
    assert_eq!(why, "a packet came in on interface 0, which is not described before it");
}

#[test]
fn other_blocks_are_passed_over_however_long_they_are() {
    let writer = Writer(false);
    let long = writer.block(0x0bad_0001, &vec![0xaa; 3_000_000]);
    let file = [start(writer), long, writer.enhanced(0, 1, b"a", 1), writer.block(5, &[0; 12])].concat();
    assert_eq!(whole(&file).len(), 1);
}

#[test]
fn padding_that_a_writer_did_not_count_is_passed_over() {
    let writer = Writer(false);
    let mut unpadded = writer.block(
        6,
        &[writer.u32(0), writer.u32(0), writer.u32(1), writer.u32(5), writer.u32(5), b"abcde".to_vec()].concat(),
    );
    let length = unpadded.len() - 3;
    let end = unpadded.len() - 4;
    unpadded[4..8].copy_from_slice(&writer.u32(length as u32));
    unpadded[end..].copy_from_slice(&writer.u32(length as u32));
    let file = [start(writer), unpadded, writer.enhanced(0, 2, b"f", 1)].concat();
    let bytes: Vec<_> = whole(&file).into_iter().map(|r| r.bytes).collect();
    assert_eq!(bytes, [b"abcde".to_vec(), b"f".to_vec()]);
}

#[test]
fn what_is_no_block_is_broken_where_it_stands() {
    let writer = Writer(false);
    let (start, packet) = (start(writer), writer.enhanced(0, 1, b"abcd", 4));
    let at = (start.len() + packet.len()) as u64;
    let after = |block: Vec<u8>| broken(&[start.clone(), packet.clone(), block].concat());
    let changed = |place: usize, number: u32| {
        let mut block = packet.clone();
        block[place..place + 4].copy_from_slice(&writer.u32(number));
        after(block)
    };
    let said = |why: &str| (1, at, why.to_owned());
    assert_eq!(changed(4, 8), said("a block of 8 bytes is claimed, and none has fewer than 12"));
    assert_eq!(
        changed(4, 0x7fff_ffff),
        said("a block of 2147483647 bytes is claimed, and no packet needs more than 393216")
    );
    assert_eq!(changed(packet.len() - 4, 99), said("a block of 56 bytes ends as one of 99"));
    assert_eq!(changed(8, 1), said("a packet came in on interface 1, which is not described before it"));
    assert_eq!(changed(20, 25), said("a packet of 25 bytes is claimed in a block with room for 24"));
    assert_eq!(after(writer.block(6, &[0; 8])), said("a packet's block ends before the packet begins"));
    assert_eq!(after(writer.block(1, &[0; 4])), said("the description of an interface ends before its snap length"));
    assert_eq!(
        after(writer.interface(1, 0, &[writer.u16(9), writer.u16(200)].concat())),
        said("an option of an interface reaches beyond its block")
    );
    assert_eq!(after(writer.interface(1, 0, &writer.option(9, b"ab"))), said("option 9 of an interface has 2 bytes"));
    let mut section = writer.section();
    section[8] = 0;
    assert_eq!(after(section), (1, at + 8, "a section does not say its byte order".to_owned()));
    let mut section = writer.section();
    section[12] = 2;
    assert_eq!(after(section), (1, at + 12, "version 2.0 of pcapng is not known, only 1.0 is in use".to_owned()));
}
