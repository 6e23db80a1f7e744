//! Files that are still being written: cut anywhere, they give every packet that is complete.

use super::make::Writer;
use super::{open, read, unfinished, whole};
use crate::capture::Why;
use std::collections::BTreeMap;

/// A file in pieces, the first of which holds no packet.
type Pieces = Vec<Vec<u8>>;

fn pcap() -> Pieces {
    let w = Writer(false);
    vec![w.pcap(0xa1b2_c3d4, 1), w.record(1, 0, b"abc", 3), w.record(2, 0, b"defgh", 5)]
}

fn pcapng() -> Pieces {
    let w = Writer(true);
    let start = [w.section(), w.interface(1, 0, b"")].concat();
    vec![start, w.enhanced(0, 1, b"abc", 3), w.enhanced(0, 2, b"defgh", 5)]
}

#[test]
fn a_file_that_is_cut_gives_all_that_is_complete_and_the_place_of_what_is_not() {
    for pieces in [pcap(), pcapng()] {
        let file = pieces.concat();
        let mut ends = BTreeMap::new();
        let mut end = 0;
        for (packets, piece) in pieces.iter().enumerate() {
            end += piece.len();
            ends.insert(end, packets);
        }
        for cut in 4..=file.len() {
            let before = ends.range(..=cut).next_back();
            match (before, read(&file[..cut])) {
                (Some((&end, &packets)), (found, None)) => assert_eq!((end, packets), (cut, found.len())),
                (Some((&end, &packets)), (found, Some(stop))) => {
                    assert!(matches!(stop.why, Why::Unfinished), "{stop}");
                    assert_eq!((end as u64, packets), (stop.at, found.len()), "cut at {cut}");
                }
                // Still in the file's own headers: the section of a pcapng ends before its interface.
                (None, (found, stop)) => {
                    assert_eq!(found, []);
                    assert!(stop.is_none_or(|s| matches!(s.why, Why::Unfinished)));
                }
            }
        }
    }
}

#[test]
fn the_sentence_says_that_nothing_is_wrong() {
    let file = pcap().concat();
    let (_, stop) = read(&file[..file.len() - 1]);
    assert_eq!(
        stop.unwrap().to_string(),
        "is still being written: the record at byte 43 is not complete; all before it was read"
    );
}

#[test]
fn a_block_that_is_passed_over_can_be_incomplete_too() {
    let w = Writer(false);
    let start = [pcapng().concat(), w.section()].concat();
    let file = [start.clone(), w.block(0x0bad_0001, &[0; 100])].concat();
    assert_eq!(unfinished(&file[..file.len() - 50]), (2, start.len() as u64));
}

#[test]
fn bytes_of_the_file_are_counted_as_they_are_read() {
    let file = pcap().concat();
    let mut capture = open(&file).unwrap();
    while capture.next_record().unwrap().is_some() {}
    assert_eq!(capture.bytes_read(), file.len() as u64);
    assert_eq!(whole(&file).len(), 2);
}
