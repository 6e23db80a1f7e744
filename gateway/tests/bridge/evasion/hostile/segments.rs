//! Segments: answers that overlap and disagree, decoys that the client would not take, resets and ends at other numbers,
//! acknowledgements and windows that tell of what is not so.

use super::Row;
use super::pair::Pair;
use crate::evasion::row::SOON;
use crate::raw::packet::{ACK, FIN, PSH, Packet, RST, SYN, URG};
use crate::rig::frames;
use std::time::Duration;

/// Pieces of a forged answer `F` and of the honest one `H`, by where they begin and end, in the order sent. Their first nine
/// bytes are the same.
type Piece = (char, usize, usize);

pub(super) const ROWS: &[Row] = &[
    Row::new("answer resent otherwise", "the true answer, then another in its place", |p| {
        overlap(p, &[('H', 0, 13), ('F', 0, 13)]);
    }),
    Row::new("answer resent otherwise, not acknowledged", "the same to a client that says nothing", |p| {
        p.open();
        let request = p.ask();
        p.client.acknowledges = false;
        let forged = p.forged(&request);
        p.server.say(&frames::honest(&request));
        p.client.message(SOON);
        p.server.slip(-13, &forged);
        p.client.hear(SOON);
        p.client.acknowledges = true;
        let ack = p.client.segment();
        p.client.put(&ack);
    }),
    Row::new("held, resent otherwise", "the true answer without its last byte, then another whole", |p| {
        overlap(p, &[('H', 0, 12), ('F', 0, 13)]);
    }),
    Row::new("ahead, resent otherwise", "the true tail, another tail, then the head", |p| {
        overlap(p, &[('H', 8, 13), ('F', 8, 13), ('H', 0, 8)]);
    }),
    Row::new("ahead, overlapped from behind", "the true tail, more of another one before it, then the head", |p| {
        overlap(p, &[('H', 9, 13), ('F', 7, 13), ('H', 0, 9)]);
    }),
    Row::new("past the end", "the true answer again, with another behind it", |p| {
        p.open();
        let request = p.ask();
        let honest = frames::honest(&request);
        p.answer(&request);
        let both = [honest, p.forged(&request)].concat();
        p.server.slip(-13, &both);
        p.server.skip(13);
        p.client.message(SOON);
    }),
    Row::new("byte by byte", "another answer to nothing, byte by byte from its end", |p| {
        p.open();
        p.poll();
        let forged = p.forged(&[7, 7]);
        for (at, byte) in forged.iter().enumerate().rev() {
            p.server.slip(at.cast_signed(), &[*byte]);
        }
        p.server.skip(forged.len());
        p.client.message(SOON);
    }),
    Row::new("far ahead", "another answer far past the client's window", |p| {
        p.open();
        let request = p.ask();
        let forged = p.forged(&request);
        p.server.slip(200_000, &forged);
        p.answer(&request);
    }),
    Row::new("bad checksum", "another answer with a wrong checksum, then the true one", |p| {
        decoy(p, |s| s.tcp.checksum_error = 0x0101);
    }),
    Row::new("old timestamp", "another answer with an old timestamp, then the true one", |p| {
        decoy(p, |s| s.tcp.options[4..8].copy_from_slice(&1u32.to_be_bytes()));
    })
    .stamped(),
    Row::new("timestamp missing", "another answer without its timestamp, then the true one", |p| {
        decoy(p, |s| s.tcp.options.clear());
    })
    .stamped(),
    Row::new("no flags", "another answer without any flag, then the true one", |p| decoy(p, |s| s.tcp.flags = 0)),
    Row::new("no acknowledgement", "another answer without ACK, then the true one", |p| {
        decoy(p, |s| s.tcp.flags = PSH);
    }),
    Row::new("with SYN", "another answer with SYN, then the true one", |p| {
        decoy(p, |s| s.tcp.flags = SYN | PSH | ACK);
    }),
    Row::new("acknowledges the future", "another answer that acknowledges what was never said", |p| {
        decoy(p, |s| s.tcp.acknowledgement = s.tcp.acknowledgement.wrapping_add(100_000));
    }),
    Row::new("urgent", "another answer with an urgent byte in it", |p| {
        decoy(p, |s| {
            s.tcp.flags |= URG;
            s.tcp.urgent = 10;
        });
    }),
    Row::new("broken options", "another answer with an option that ends past the header", |p| {
        decoy(p, |s| s.tcp.options.extend([8, 40, 1, 1]));
    }),
    Row::new("signed", "another answer with an MD5 signature", |p| {
        decoy(p, |s| s.tcp.options.splice(0..0, [vec![19, 18], vec![7; 16], vec![1, 1]].concat()).for_each(drop));
    }),
    Row::new("header too long", "another answer whose TCP header ends past it", |p| {
        decoy(p, |s| s.tcp.header_error = 9);
    }),
    Row::new("RST ahead", "a reset 100 bytes ahead, in the window", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.sequence) = (RST, s.tcp.sequence.wrapping_add(100)));
    }),
    Row::new("RST behind", "a reset one byte behind", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.sequence) = (RST, s.tcp.sequence.wrapping_sub(1)));
    }),
    Row::new("RST, bad checksum", "an exact reset with a wrong checksum", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.checksum_error) = (RST, 1));
    }),
    Row::new("RST with content", "a reset 50 bytes ahead with an answer in it", |p| {
        let payload = p.forged(&[7, 7]);
        inject(p, |s| {
            (s.tcp.flags, s.tcp.sequence) = (RST | ACK, s.tcp.sequence.wrapping_add(50));
            s.tcp.payload = payload;
        });
    }),
    Row::new("FIN ahead", "a FIN 100 bytes ahead", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.sequence) = (FIN | ACK, s.tcp.sequence.wrapping_add(100)));
    })
    .ends(),
    Row::new("FIN, bad checksum", "a FIN with a wrong checksum", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.checksum_error) = (FIN | ACK, 1));
    }),
    Row::new("SYN and FIN", "a SYN with FIN in the middle", |p| inject(p, |s| s.tcp.flags = SYN | FIN)),
    Row::new("second SYN", "a SYN of the server's in the middle", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.sequence) = (SYN, s.tcp.sequence.wrapping_add(0x0100_0000)));
    }),
    Row::new("second SYN-ACK", "a SYN-ACK of other numbers in the middle", |p| {
        inject(p, |s| (s.tcp.flags, s.tcp.sequence) = (SYN | ACK, s.tcp.sequence.wrapping_add(0x0100_0000)));
    }),
    Row::new("RST before the refusal", "an exact reset while the refusal is not acknowledged, then an answer", |p| {
        p.open();
        p.poll();
        p.client.acknowledges = false;
        p.ask_in_vain();
        p.client.message(SOON);
        p.server.put_as(RST);
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    })
    .ends(),
    Row::new("FIN beside the refusal", "a FIN while the client asks for the forbidden, then an answer", |p| {
        p.open();
        p.poll();
        p.ask_in_vain();
        p.server.finish();
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    })
    .ends(),
    Row::new(
        "acknowledges the refused",
        "an acknowledgement of the request that it never had, with another answer",
        |p| {
            p.open();
            p.poll();
            let request = p.ask_in_vain();
            p.client.message(SOON);
            let forged = p.forged(&request);
            p.decoy(&forged, |s| s.tcp.acknowledgement = s.tcp.acknowledgement.wrapping_add(12));
        },
    ),
    Row::new("blocks of the refused", "a selective acknowledgement of what it never had, with another answer", |p| {
        p.open();
        p.poll();
        let request = p.ask_in_vain();
        p.client.message(SOON);
        let forged = p.forged(&request);
        let at = p.server.expected;
        p.decoy(&forged, |s| {
            s.tcp.acknowledgement = s.tcp.acknowledgement.wrapping_add(12);
            s.tcp.options.splice(0..0, [vec![1, 1, 5, 10], block(at, at.wrapping_add(24))].concat()).for_each(drop);
        });
    }),
    Row::new("window closed for the forbidden", "no room at the server while the client asks for the forbidden", |p| {
        p.open();
        p.poll();
        p.server.window = 0;
        let close = p.server.segment();
        p.server.put(&close);
        p.client.hear(Duration::from_millis(20));
        p.ask_in_vain();
        p.client.message(SOON);
        p.server.window = 0x4000;
        let open = p.server.segment();
        p.server.put(&open);
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    }),
    Row::new("window taken back", "a window that shrinks under what is under way, then another answer", |p| {
        p.open();
        let request = p.ask();
        p.server.window = 1;
        p.answer(&request);
        p.server.window = 0x4000;
        let forged = p.forged(&request);
        p.lie(&forged);
    }),
    Row::new("a flood of acknowledgements", "100 acknowledgements without news, then another answer", |p| {
        p.open();
        p.poll();
        for _ in 0..100 {
            let ack = p.server.segment();
            p.server.put(&ack);
        }
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    }),
];

fn block(from: u32, to: u32) -> Vec<u8> {
    [from.to_be_bytes(), to.to_be_bytes()].concat()
}

/// Pieces of two answers to one request.
fn overlap(p: &mut Pair<'_>, pieces: &[Piece]) {
    p.open();
    let request = p.ask();
    let (honest, forged) = (frames::honest(&request), p.forged(&request));
    for &(name, from, to) in pieces {
        let bytes = if name == 'F' { &forged } else { &honest };
        p.server.slip(from.cast_signed(), &bytes[from..to]);
        p.client.hear(Duration::from_millis(5));
    }
    p.server.skip(honest.len());
    p.client.message(SOON);
}

/// Another answer in a segment that no client takes, then the true one in its place.
fn decoy(p: &mut Pair<'_>, spoil: impl FnOnce(&mut Packet)) {
    p.open();
    p.poll();
    let request = p.ask();
    let forged = p.forged(&request);
    p.decoy(&forged, spoil);
    p.answer(&request);
}

/// A segment that seems to end the connection.
fn inject(p: &mut Pair<'_>, forge: impl FnOnce(&mut Packet)) {
    p.open();
    p.poll();
    p.inject(forge);
    p.poll();
}
