//! Messages whose own fields lie about what is in them.

use super::row::{Row, SOON};
use crate::raw::Raw;
use crate::rig::frames::{adu, pdu};
use crate::site::FORBIDDEN;

pub(super) const ROWS: &[Row] = &[
    Row::new("message in a message", "a read whose length also covers a forbidden write", |r| {
        let mut outer = r.harmless();
        outer.extend(r.forbidden());
        outer[5] += 12;
        odd(r, &outer);
    })
    .any(),
    Row::new("short length", "a forbidden write whose length ends before its value", |r| {
        let mut short = r.forbidden();
        short[5] = 4;
        odd(r, &short);
    })
    .any(),
    Row::new("long length", "a length of 65,535, and a forbidden write behind", |r| {
        let forbidden = r.forbidden();
        odd(r, &[&[0, 1, 0, 0, 0xFF, 0xFF, 1, 3, 0, 0], forbidden.as_slice()].concat());
    })
    .any(),
    Row::new("length of zero", "a header of length 0, and a forbidden write behind", |r| {
        let forbidden = r.forbidden();
        odd(r, &[&[0, 1, 0, 0, 0, 0], forbidden.as_slice()].concat());
    })
    .any(),
    Row::new("protocol 1", "a forbidden write of protocol identifier 1", |r| {
        let mut other = r.forbidden();
        other[3] = 1;
        odd(r, &other);
    })
    .any(),
    Row::new("function 16 with a lying count", "one register by its quantity, two by its byte count", |r| {
        let [a, b] = r.marker.to_be_bytes();
        let [c, d] = FORBIDDEN.to_be_bytes();
        odd(r, &adu(1, 1, &[16, c, d, 0, 1, 4, c, d, a, b]));
    }),
    Row::new("function 16 across the edge", "registers 49 and 50, of which only the first may be written", |r| {
        let [a, b] = r.marker.to_be_bytes();
        let [c, d] = FORBIDDEN.to_be_bytes();
        odd(r, &adu(1, 1, &[16, 0, 49, 0, 2, 4, c, d, a, b]));
    }),
    Row::new("function 23", "a read that is allowed with a write that is not", |r| {
        let marker = r.marker;
        let mut body = pdu(23, &[0, 2, FORBIDDEN, 1]);
        body.push(2);
        body.extend(marker.to_be_bytes());
        r.needles.push(body[5..].to_vec());
        odd(r, &adu(1, 1, &body));
    }),
    Row::new("function 22", "a mask write of a forbidden register", |r| {
        let marker = r.marker;
        odd(r, &adu(1, 1, &pdu(22, &[FORBIDDEN, marker, 0])));
    }),
    Row::new("another unit", "the write to unit 255", |r| {
        let marker = r.marker;
        odd(r, &adu(1, 255, &pdu(6, &[FORBIDDEN, marker])));
    }),
    Row::new("broadcast unit", "the write to unit 0", |r| {
        let marker = r.marker;
        odd(r, &adu(1, 0, &pdu(6, &[FORBIDDEN, marker])));
    }),
    Row::new("user-defined function", "function 100 with the bytes of the write", |r| {
        let marker = r.marker;
        odd(r, &adu(1, 1, &pdu(100, &[FORBIDDEN, marker])));
    }),
    Row::new("a response as a request", "an exception response from the client, marked", |r| {
        let marker = r.marker;
        odd(r, &adu(1, 1, &pdu(0x86, &[FORBIDDEN, marker])));
    })
    .any(),
];

fn odd(r: &mut Raw<'_>, bytes: &[u8]) {
    r.open();
    r.read();
    r.say(bytes);
    r.message(SOON);
}
