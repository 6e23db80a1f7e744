//! Segments that overlap and disagree: Ptacek and Newsham 1998, section 5; Novak and Sturges 2007. Which copy a stack
//! keeps is its own affair, so that a gate must let out only one, and only what it judged.

use super::row::{Row, SOON};
use crate::raw::Raw;

/// The pieces of a forbidden write `F` and of its allowed twin `H`, by where they begin and end, in the order sent.
/// Their first seven bytes are the same.
type Piece = (char, usize, usize);

pub(super) const ROWS: &[Row] = &[
    Row::new("same place, forbidden first", "tail F, tail H, then the head", |r| {
        overlap(r, &[('F', 6, 12), ('H', 6, 12), ('F', 0, 6)]);
    }),
    Row::new("same place, forbidden last", "tail H, tail F, then the head", |r| {
        overlap(r, &[('H', 6, 12), ('F', 6, 12), ('F', 0, 6)]);
    })
    .link(),
    Row::new("left overlap, forbidden first", "F at 7..12, H at 4..9, then the head", |r| {
        overlap(r, &[('F', 7, 12), ('H', 4, 9), ('F', 0, 4)]);
    }),
    Row::new("left overlap, forbidden last", "H at 7..12, F at 4..9, then the head", |r| {
        overlap(r, &[('H', 7, 12), ('F', 4, 9), ('F', 0, 4)]);
    }),
    Row::new("right overlap, forbidden first", "F at 4..9, H at 7..12, then the head", |r| {
        overlap(r, &[('F', 4, 9), ('H', 7, 12), ('F', 0, 4)]);
    }),
    Row::new("right overlap, forbidden last", "H at 4..9, F at 7..12, then the head", |r| {
        overlap(r, &[('H', 4, 9), ('F', 7, 12), ('F', 0, 4)]);
    }),
    Row::new("covered, forbidden first", "F at 7..12, H at 6..12, then the head", |r| {
        overlap(r, &[('F', 7, 12), ('H', 6, 12), ('F', 0, 6)]);
    })
    .link(),
    Row::new("covered, forbidden last", "H at 8..11, F at 6..12, then the head", |r| {
        overlap(r, &[('H', 8, 11), ('F', 6, 12), ('F', 0, 6)]);
    }),
    Row::new("inside, forbidden first", "F at 6..12, H at 8..11, then the head", |r| {
        overlap(r, &[('F', 6, 12), ('H', 8, 11), ('F', 0, 6)]);
    }),
    Row::new("forward overlap", "F at 8..12, then in order H at 0..10", |r| {
        overlap(r, &[('F', 8, 12), ('H', 0, 10)]);
    }),
    Row::new("forward over all", "H at 8..12, then in order F whole", |r| {
        overlap(r, &[('H', 8, 12), ('F', 0, 12)]);
    }),
    Row::new("resent otherwise while held", "F without its last byte, then H whole", |r| {
        overlap(r, &[('F', 0, 11), ('H', 0, 12)]);
    }),
    Row::new("held, resent otherwise", "H without its last byte, then F whole", |r| {
        overlap(r, &[('H', 0, 11), ('F', 0, 12)]);
    }),
    Row::new("every byte twice", "each byte of F, then each of H, then again F", |r| {
        let each = |name: char| (1..12).map(move |at| (name, at, at + 1));
        let pieces: Vec<Piece> = each('F').chain(each('H')).chain(each('F')).chain([('F', 0, 1)]).collect();
        overlap(r, &pieces);
    }),
    Row::new("retransmission of another", "an allowed read, answered, then a forbidden write in its place", |r| {
        r.open();
        let (read, forbidden) = (r.harmless(), r.forbidden());
        r.ask(&read);
        r.slip(-12, &forbidden);
        r.hear(SOON);
    })
    .link(),
    Row::new(
        "retransmission past the end",
        "an allowed read, then its place again with a forbidden write behind",
        |r| {
            r.open();
            let (read, forbidden) = (r.harmless(), r.forbidden());
            r.ask(&read);
            r.slip(-12, &[forbidden.clone(), forbidden].concat());
            r.skip(12);
            r.message(SOON);
        },
    ),
];

fn overlap(r: &mut Raw<'_>, pieces: &[Piece]) {
    r.open();
    r.read();
    let (forbidden, harmless) = (r.forbidden(), r.harmless());
    for &(name, from, to) in pieces {
        let bytes = if name == 'F' { &forbidden } else { &harmless };
        r.slip(from.cast_signed(), &bytes[from..to]);
    }
    r.skip(12);
    r.message(2 * SOON);
}
