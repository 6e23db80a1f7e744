//! gzip and zstd, by what the file holds and not by its name.

use super::make::Writer;
use super::{broken, open, read, unfinished, whole};
use crate::capture::Why;
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write;

/// Packets whose bytes do not pack to nothing.
fn plain() -> Vec<u8> {
    let w = Writer(false);
    let mut file = w.pcap(0xa1b2_c3d4, 1);
    let mut noise = 1_u32;
    for n in 0..400 {
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .take(700)
        .collect();
        file.extend(w.record(n, 0, &bytes, 700));
    }
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

#[test]
fn packed_files_read_as_plain_ones() {
    let plain = plain();
    let wanted = whole(&plain);
    let (left, right) = plain.split_at(plain.len() / 2);
    let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    for file in [
        gzip(&plain),
        zstd(&plain),
        [gzip(left), gzip(right)].concat(),
        [zstd(left), skippable.clone(), zstd(right)].concat(),
        [skippable, zstd(&plain)].concat(),
    ] {
        assert_eq!(whole(&file), wanted);
    }
}

#[test]
fn a_packed_file_that_is_cut_is_still_being_written() {
    let plain = plain();
    for file in [gzip(&plain), zstd(&plain)] {
        for cut in [file.len() - 1, file.len() - 9, file.len() / 2] {
            let (packets, at) = unfinished(&file[..cut]);
            assert_eq!(at, 24 + 716 * packets as u64);
        }
        assert!(unfinished(&file[..file.len() / 2]).0 > 100);
    }
}

#[test]
fn damage_is_found_and_what_was_read_before_it_is_kept() {
    let plain = plain();
    for (name, mut file) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain))] {
        // The checksum at the end covers everything: whatever the damage did, it is not taken for whole.
        let place = file.len() - if name == "gzip" { 6 } else { 2 };
        file[place] ^= 0x10;
        let (packets, at, why) = broken(&file);
        assert_eq!((packets, at), (400, plain.len() as u64), "{name}");
        assert!(why.starts_with(&format!("its {name} data is damaged (")), "{why}");
    }
}

#[test]
fn what_is_packed_must_be_a_capture() {
    for file in [gzip(b"not a capture"), zstd(b"not a capture"), gzip(b""), gzip(b"ab")] {
        assert!(open(&file).is_err());
    }
}

#[test]
fn no_single_damaged_byte_is_more_than_a_stop() {
    let plain = &plain()[..24 + 716 * 3];
    for file in [gzip(plain), zstd(plain)] {
        for at in (4..file.len()).step_by(7) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            if open(&damaged).is_ok() {
                let (_, stop) = read(&damaged);
                assert!(stop.is_none_or(|s| matches!(s.why, Why::Broken(_) | Why::Unfinished)));
            }
        }
    }
}
