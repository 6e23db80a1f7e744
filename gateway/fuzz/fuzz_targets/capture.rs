//! Capture files of arbitrary content: reading comes to an end, in bounded memory, with nothing that was not in the file.

#![no_main]

#[path = "../../src/capture/mod.rs"]
mod capture;

use capture::{Capture, PACKET_MAX};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

/// How files begin; the rest is up to the fuzzer.
const STARTS: [&[u8]; 7] = [
    b"",
    b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0",
    b"\xa1\xb2\x3c\x4d\x00\x02\x00\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\x01",
    b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0\
      \x01\0\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\x14\0\0\0",
    b"\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x1c\
      \0\0\0\x01\0\0\0\x14\0\x01\0\0\0\0\0\0\0\0\0\x14",
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"\x28\xb5\x2f\xfd",
];

/// Packed data may be far more than the file has; no more of it is read.
const UNPACKED_MAX: usize = 1 << 20;

fuzz_target!(|input: (u8, &[u8])| {
    let (start, rest) = input;
    let file = [STARTS[usize::from(start) % STARTS.len()], rest].concat();
    let packed = file.starts_with(b"\x1f\x8b") || file.get(1..4).is_some_and(|m| m == b"\xb5\x2f\xfd" || m == b"\x2a\x4d\x18");
    let length = file.len();
    let Ok(mut capture) = Capture::read(Cursor::new(file)) else { return };
    let mut seen = 0;
    let stop = loop {
        match capture.next_record() {
            Ok(Some(record)) => {
                assert!(record.bytes.len() <= PACKET_MAX);
                seen += 8 + record.bytes.len();
                if packed && seen > UNPACKED_MAX {
                    return;
                }
                assert!(packed || seen <= length, "more came out than the file holds");
            }
            Ok(None) => break None,
            Err(stop) => break Some(stop),
        }
    };
    assert!(matches!(capture.next_record(), Ok(None)), "it goes on after its end");
    assert!(stop.is_none_or(|s| packed || s.at <= length as u64), "it stops beyond the file");
    assert!(capture.bytes_read() <= length as u64);
});
