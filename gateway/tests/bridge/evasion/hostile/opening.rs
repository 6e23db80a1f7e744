//! How a hostile server answers a SYN, and connections that it opens itself.

use super::Row;
use super::pair::Pair;
use crate::evasion::row::SOON;
use crate::raw::packet::{ACK, Packet, RST, SYN};
use std::time::Duration;

pub(super) const ROWS: &[Row] = &[
    Row::new("SYN-ACK with an answer", "a SYN-ACK with an answer in it", |p| {
        let forged = p.forged(&[3, 1]);
        p.open_with(|s| s.tcp.payload = forged);
    }),
    Row::new("SYN-ACK with a cookie", "a SYN-ACK that offers TCP Fast Open", |p| {
        let cookie = [&[34, 10, 0xC0, 0x0C], p.needles[0].as_slice(), &[0x0B, 0xAD]].concat();
        p.open_with(|s| s.tcp.options.extend(cookie));
    }),
    Row::new("SYN-ACK of many paths", "a SYN-ACK that agrees to MPTCP", |p| {
        let offer = [&[30, 6], p.needles[0].as_slice()].concat();
        p.open_with(|s| s.tcp.options.extend(offer));
    }),
    Row::new("SYN-ACK of another SYN", "a SYN-ACK of the wrong acknowledgement, then the right one", |p| {
        before(p, |s| s.tcp.acknowledgement = s.tcp.acknowledgement.wrapping_add(77));
    }),
    Row::new("split handshake", "an answer to the SYN in two: an ACK, then a SYN", |p| {
        before(p, |s| (s.tcp.flags, s.tcp.acknowledgement) = (SYN, 0));
    }),
    Row::new("simultaneous opening", "a SYN of the server's own from the port that was asked", |p| {
        before(p, |s| {
            s.tcp.flags = SYN;
            s.tcp.acknowledgement = 0;
            s.tcp.sequence = s.tcp.sequence.wrapping_add(0x0070_0000);
        });
    }),
    Row::new("RST of another SYN", "a refusal with a wrong acknowledgement, then a SYN-ACK", |p| {
        before(p, |s| {
            s.tcp.flags = RST | ACK;
            s.tcp.acknowledgement = s.tcp.acknowledgement.wrapping_add(77);
        });
    }),
    Row::new("answer before the SYN-ACK", "an answer, then the SYN-ACK", |p| {
        let forged = p.forged(&[3, 1]);
        before(p, |s| {
            s.tcp.flags = ACK;
            s.tcp.payload = forged;
        });
    }),
    Row::new("scale that nobody asked for", "a SYN-ACK with a window scale of 14, then an answer to nothing", |p| {
        p.open_with(|s| s.tcp.options.extend([3, 3, 14, 1]));
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    }),
    Row::new("segments of one byte", "a SYN-ACK with an MSS of 1, then an answer to nothing", |p| {
        p.open_with(|s| s.tcp.options[2..4].copy_from_slice(&[0, 1]));
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    }),
    Row::new("opens itself", "a SYN from the server to a port of the client", |p| {
        p.open();
        p.inject(|s| {
            s.tcp.flags = SYN;
            s.tcp.from = 1025;
            s.tcp.acknowledgement = 0;
            s.tcp.sequence = s.tcp.sequence.wrapping_add(0x0200_0000);
        });
    }),
    Row::new("in the middle of nothing", "an answer from another port, as if its connection were old", |p| {
        p.open();
        let forged = p.forged(&[7, 7]);
        p.decoy(&forged, |s| (s.tcp.from, s.tcp.sequence) = (503, 0x4000_0000));
    }),
];

/// Something before the true SYN-ACK.
fn before(p: &mut Pair<'_>, forge: impl FnOnce(&mut Packet)) {
    let syn = p.client.syn();
    p.client.put(&syn);
    let Some(answer) = p.server.accept() else { return };
    let mut forged = answer.clone();
    forge(&mut forged);
    let (sequence, acknowledgement) = (forged.tcp.sequence.to_be_bytes(), forged.tcp.acknowledgement.to_be_bytes());
    let words = forged.tcp.options.len().next_multiple_of(4) as u8 / 4 + 5;
    p.needles.push([&sequence[..], &acknowledgement, &[words << 4, forged.tcp.flags]].concat());
    p.server.put(&forged);
    p.client.hear(Duration::from_millis(20));
    p.server.put(&answer);
    p.client.opened(&syn, 4 * SOON);
}
