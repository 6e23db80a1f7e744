//! What a hostile guest of the same machine leaves to the link: super-frames, and checksums to be written where they do not
//! belong (VIRTIO 1.2, 5.1.6).

use super::row::{Row, SOON};
use crate::lab::tap::Frame;
use crate::raw::Raw;
use crate::raw::packet::{Packet, checksum, transport_checksum};
use crate::rig::frames;

/// A super-frame of TCP over version 4.
const TCP4: u8 = 1;
/// The checksum is still to be written.
const UNFINISHED: u8 = 1;
/// Where TCP begins in an untagged frame of version 4, its header, and where in that its checksum is.
const TRANSPORT: u16 = 34;
const HEADER: u16 = 20;
const CHECKSUM: u16 = 16;

pub(super) const ROWS: &[Row] = &[
    Row::new("super-frame", "read, forbidden write, read as a super-frame of messages", |r| between(r, 12)),
    Row::new("super-frame of odd pieces", "the same, to be cut to 7 bytes", |r| between(r, 7)),
    Row::new("super-frame of single bytes", "the same, to be cut to single bytes", |r| between(r, 1)),
    Row::new("super-frame with another header", "the same, its header said to end in the middle of a message", |r| {
        three(r, |header| {
            (header[1], header[4]) = (TCP4, 12);
            header[2..4].copy_from_slice(&(TRANSPORT + HEADER + 7).to_ne_bytes());
        });
    }),
    Row::new("super-frame resent", "read, forbidden write, read as a super-frame twice", |r| {
        between(r, 12);
        r.next = r.next.wrapping_sub(36);
        three(r, |header| (header[1], header[4]) = (TCP4, 5));
    }),
    Row::new("unfinished checksum", "a forbidden write whose checksum is left to the link", |r| {
        r.open();
        r.read();
        let forbidden = r.forbidden();
        let packet = r.data(0, &forbidden);
        r.put_offloaded(&unfinished(&packet, CHECKSUM));
        r.skip(forbidden.len());
        r.message(SOON);
    }),
    Row::new("checksum over the value", "an allowed write, a checksum to be written over its value", written).link(),
];

/// A read, a forbidden write and a read in one super-frame, which is to be cut into pieces of `size`.
fn between(r: &mut Raw<'_>, size: u8) {
    r.open();
    three(r, |header| (header[1], header[4]) = (TCP4, size));
}

fn three(r: &mut Raw<'_>, say: impl FnOnce(&mut [u8; 10])) {
    if r.expected == 0 {
        r.open();
    }
    let (read, forbidden) = (r.harmless(), r.forbidden());
    let bytes = [read.clone(), forbidden, read].concat();
    let packet = r.data(0, &bytes);
    let mut frame = unfinished(&packet, CHECKSUM);
    frame.header[2..4].copy_from_slice(&(TRANSPORT + HEADER).to_ne_bytes());
    say(&mut frame.header);
    r.put_offloaded(&frame);
    r.skip(bytes.len());
    (0..3).for_each(|_| drop(r.message(SOON)));
}

/// The packet with its checksum over the addresses alone, the rest to be written `at` bytes behind where TCP begins.
fn unfinished(packet: &Packet, at: u16) -> Frame {
    let mut bytes = packet.frame();
    let place = usize::from(TRANSPORT + CHECKSUM);
    bytes[place..place + 2].copy_from_slice(&addresses(packet).to_be_bytes());
    let mut header = [0; 10];
    header[0] = UNFINISHED;
    header[6..8].copy_from_slice(&TRANSPORT.to_ne_bytes());
    header[8..10].copy_from_slice(&at.to_ne_bytes());
    Frame { header, bytes }
}

/// An allowed write over whose value the link writes another: a checksum. What stood there is the sum over the addresses, so
/// that the server finds the whole right.
fn written(r: &mut Raw<'_>) {
    r.open();
    r.read();
    let mut write = frames::write(r.marker, 3, 0);
    let sum = addresses(&r.data(0, &write));
    write[10..].copy_from_slice(&sum.to_be_bytes());
    let frame = unfinished(&r.data(0, &write), HEADER + 10);
    let value = checksum(&[&frame.bytes[usize::from(TRANSPORT)..]]);
    r.needles.push([&[6, 0, 3][..], &value.to_be_bytes()].concat());
    r.put_offloaded(&frame);
    r.hear(SOON);
    r.say(&write);
    r.message(SOON);
}

/// The sum over the addresses.
fn addresses(packet: &Packet) -> u16 {
    let length = packet.tcp.bytes(packet.ip.from, packet.ip.to).len();
    !transport_checksum(packet.ip.from, packet.ip.to, 6, &vec![0; length])
}
