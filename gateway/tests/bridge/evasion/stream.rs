//! Segmentation, custody, refusals that get lost, and the ends of connections.

use super::row::{Row, SOON, stamped};
use crate::raw::Opening;
use crate::raw::Raw;
use crate::raw::packet::{FIN, RST};
use crate::rig::frames;
use std::time::Duration;

pub(super) const ROWS: &[Row] = &[
    Row::new("plain", "a forbidden write", |r| {
        r.open();
        r.read();
        let forbidden = r.forbidden();
        r.ask(&forbidden);
    }),
    Row::new("first request", "a forbidden write as the first request", |r| {
        r.open();
        let forbidden = r.forbidden();
        r.ask(&forbidden);
    }),
    Row::new("function 90 first", "function 90 as the first request, then a forbidden write (Suricata)", function_90),
    Row::new("byte by byte", "a forbidden write in twelve segments", |r| in_pieces(r, 1)),
    Row::new("cut in the header", "a forbidden write in segments of 5 bytes", |r| in_pieces(r, 5)),
    Row::new("cut before the value", "a forbidden write in segments of 11 bytes", |r| in_pieces(r, 11)),
    Row::new("byte by byte, stamped", "the same with timestamps", |r| in_pieces(r, 1)).on(stamped),
    Row::new("backwards", "the bytes of a forbidden write from the last to the first", backwards),
    Row::new("between allowed ones", "read, forbidden write, read in one segment", |r| {
        r.open();
        let (read, forbidden) = (r.harmless(), r.forbidden());
        r.say(&[read.clone(), forbidden, read].concat());
        (0..3).for_each(|_| drop(r.message(SOON)));
    }),
    Row::new("behind a slow read", "a read that is answered late, then a forbidden write", |r| {
        r.open();
        r.say(&frames::read(1, crate::device::SLOW, 1));
        let forbidden = r.forbidden();
        r.say(&forbidden);
        (0..2).for_each(|_| drop(r.message(4 * SOON)));
    }),
    Row::new("resent", "a forbidden write, then the same again in other cuts, with a read behind", resent),
    Row::new("refusal lost", "a forbidden write; what answers is not acknowledged for a while", refusal_lost),
    Row::new("refusal lost, stamped", "the same with timestamps", refusal_lost).on(stamped),
    Row::new("unfinished, then FIN", "all but the last byte of a forbidden write, then FIN", |r| {
        r.open();
        r.read();
        let forbidden = r.forbidden();
        r.say(&forbidden[..11]);
        r.hear(SOON);
        r.finish();
        r.hear(SOON);
    })
    .any(),
    Row::new("FIN in the segment", "a forbidden write with FIN", |r| {
        r.open();
        r.read();
        let forbidden = r.forbidden();
        let mut packet = r.data(0, &forbidden);
        packet.tcp.flags |= FIN;
        r.put(&packet);
        r.skip(forbidden.len() + 1);
        r.message(SOON);
        r.hear(SOON);
    })
    .any(),
    Row::new("RST before the refusal is acknowledged", "a forbidden write, no acknowledgement, an exact RST", |r| {
        r.open();
        r.read();
        r.acknowledges = false;
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.hear(SOON);
        let mut packet = r.segment();
        packet.tcp.flags = RST;
        r.put(&packet);
        r.hear(SOON);
    })
    .any(),
    Row::new("keep-alive after a denial", "a forbidden write, then a keep-alive of one old byte", |r| {
        r.open();
        r.read();
        let forbidden = r.forbidden();
        r.ask(&forbidden);
        r.slip(-1, &[0]);
        r.hear(SOON);
    }),
    Row::new("a thousand denials", "1,000 forbidden writes, each behind an allowed read", thousand)
        .on(|| Opening { first: 0xFFFF_F000, ..Opening::default() }),
    Row::new("numbers wrap", "a forbidden write across sequence number 0", |r| {
        r.open();
        let forbidden = r.forbidden();
        r.ask(&forbidden);
    })
    .on(|| Opening { first: 0xFFFF_FFFA, ..Opening::default() }),
    Row::new("small segments", "forbidden write with an MSS of 64, then a read of 60 registers", |r| {
        r.open();
        let forbidden = r.forbidden();
        r.ask(&forbidden);
        r.ask(&frames::read(2, 0, 60));
    })
    .on(|| Opening { segment: 64, ..Opening::default() }),
    Row::new("window of four bytes", "a forbidden write from a client that takes four bytes at a time", |r| {
        r.open();
        r.window = 4;
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.message(20 * SOON);
        r.window = 0x4000;
    })
    .on(|| Opening { window: 4, ..Opening::default() }),
    Row::new("window closed", "a forbidden write with a zero window that opens later", |r| {
        r.open();
        r.read();
        r.window = 0;
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.hear(2 * SOON);
        r.window = 0x4000;
        let update = r.segment();
        r.put(&update);
        r.message(20 * SOON);
    }),
    Row::new("far ahead", "300 segments ahead of a hole, a forbidden write in it", |r| {
        r.open();
        r.read();
        let read = r.harmless();
        for at in 1..=300 {
            r.slip(12 * at, &read);
            if at % 30 == 0 {
                // No more than links hold, or other rows lose theirs.
                r.hear(Duration::from_millis(2));
            }
        }
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.hear(4 * SOON);
    })
    .any(),
];

fn function_90(r: &mut Raw<'_>) {
    r.open();
    r.ask(&frames::adu(1, 1, &[90, 0, 2]));
    let forbidden = r.forbidden();
    r.ask(&forbidden);
}

fn in_pieces(r: &mut Raw<'_>, length: usize) {
    r.open();
    r.read();
    let forbidden = r.forbidden();
    for piece in forbidden.chunks(length) {
        r.say(piece);
        r.hear(Duration::from_millis(3));
    }
    r.message(SOON);
}

fn backwards(r: &mut Raw<'_>) {
    r.open();
    r.read();
    let forbidden = r.forbidden();
    for (at, byte) in forbidden.iter().enumerate().rev() {
        r.slip(at.cast_signed(), &[*byte]);
    }
    r.skip(forbidden.len());
    r.message(SOON);
}

fn resent(r: &mut Raw<'_>) {
    r.open();
    let (read, forbidden) = (r.harmless(), r.forbidden());
    r.ask(&read);
    r.ask(&forbidden);
    r.slip(-12, &forbidden);
    r.slip(-24, &[read.clone(), forbidden.clone()].concat());
    r.slip(-6, &[&forbidden[6..], &read].concat());
    r.skip(read.len());
    r.message(SOON);
    r.slip(-36, &[read.clone(), forbidden, read].concat());
    r.hear(SOON);
}

fn refusal_lost(r: &mut Raw<'_>) {
    r.open();
    r.read();
    let (before, window) = (r.expected, r.window);
    let forbidden = r.forbidden();
    r.acknowledges = false;
    r.say(&forbidden);
    r.hear(SOON);
    r.say(&frames::read(7, 0, 1));
    r.hear(SOON);
    // As if nothing of it had come: an old acknowledgement three times, and the request again.
    let after = std::mem::replace(&mut r.expected, before);
    for _ in 0..3 {
        let duplicate = r.segment();
        r.put(&duplicate);
    }
    r.slip(-12, &frames::read(7, 0, 1));
    r.hear(5 * SOON);
    r.expected = after.max(r.expected);
    r.window = window;
    r.acknowledges = true;
    let ack = r.segment();
    r.put(&ack);
    (0..2).for_each(|_| drop(r.message(SOON)));
}

fn thousand(r: &mut Raw<'_>) {
    r.open();
    let (read, forbidden) = (r.harmless(), r.forbidden());
    for _ in 0..1000 {
        if r.ask(&read).is_none() || r.ask(&forbidden).is_none() {
            return;
        }
    }
}
