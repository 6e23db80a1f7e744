//! Hand-made files: every form that a capture has, every way to end, and arbitrary bytes.
#![allow(clippy::unwrap_used)]

mod compressed;
mod endings;
mod hostile;
mod make;
mod pcap_files;
mod pcapng_files;

use super::{Capture, Refused, Stop, Why};
use std::io::Cursor;

/// A record that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    at: u64,
    link: u16,
    bytes: Vec<u8>,
    original_length: u32,
}

/// Everything in a file, and how it ended if otherwise than it should.
fn read(file: &[u8]) -> (Vec<Kept>, Option<Stop>) {
    let mut capture = open(file).unwrap();
    let mut records = Vec::new();
    loop {
        match capture.next_record() {
            Ok(Some(r)) => records.push(Kept {
                at: r.at,
                link: r.link,
                bytes: r.bytes.to_vec(),
                original_length: r.original_length,
            }),
            Ok(None) => return (records, None),
            Err(stop) => {
                assert!(capture.next_record().unwrap().is_none(), "it goes on after it stopped");
                return (records, Some(stop));
            }
        }
    }
}

fn open(file: &[u8]) -> Result<Capture, Refused> {
    Capture::read(Cursor::new(file.to_vec()))
}

/// Everything in a file that ends as it should.
fn whole(file: &[u8]) -> Vec<Kept> {
    let (records, stop) = read(file);
    assert!(stop.is_none(), "{}", stop.unwrap());
    records
}

/// Where and why a broken file is broken, and how many packets stand before.
fn broken(file: &[u8]) -> (usize, u64, String) {
    match read(file) {
        (records, Some(Stop { at, why: Why::Broken(why) })) => (records.len(), at, why),
        other => panic!("not broken: {other:?}"),
    }
}

/// Where a file that is still being written ends, and how many packets stand before.
fn unfinished(file: &[u8]) -> (usize, u64) {
    match read(file) {
        (records, Some(Stop { at, why: Why::Unfinished })) => (records.len(), at),
        other => panic!("not unfinished: {other:?}"),
    }
}
