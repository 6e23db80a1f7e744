//! Follows one direction of a TCP connection that others hold: what came in which order, as the receiver read it.
//!
//! First copy wins: bytes that come again are compared with what is remembered of them and otherwise ignored. What comes
//! too early waits, bounded; a gap is given up when the receiver acknowledged what lies behind it (it was lost for the
//! capture alone), when too much waits, or when the capture ends.

use super::Limits;
use super::past::Past;

/// What a waiting segment costs beside its bytes.
const SEGMENT_COST: usize = 40;
/// Something as old as this belongs to another connection between the same ports.
const STALE: i32 = 1 << 20;

/// What comes of a segment, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'p> {
    /// The next bytes; `starts` if a segment began with them.
    Bytes { bytes: &'p [u8], starts: bool },
    /// Bytes are missing here.
    Gap,
    /// Bytes came again with other values.
    Conflict,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// The sequence number of the byte to be read next.
    next: Option<u32>,
    /// What the receiver acknowledged.
    acknowledged: Option<u32>,
    /// What came too early, in order, never overlapping, never touching `next`.
    waiting: Vec<Waiting>,
    /// Bytes of it.
    waiting_bytes: usize,
    /// The newest of what was read, ending before `next`.
    read: Past,
}

#[derive(Debug)]
struct Waiting {
    sequence: u32,
    bytes: Box<[u8]>,
    starts: bool,
}

/// How far `a` lies ahead of `b`, by serial number arithmetic (RFC 9293 3.4).
const fn ahead(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

/// Whether two copies of the same bytes contradict each other.
fn differ(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).any(|(a, b)| a != b)
}

impl Half {
    /// A connection opens: its first byte will be `next`.
    pub(super) fn open(&mut self, next: u32) {
        *self = Self { next: Some(next), ..Self::default() };
    }

    /// Whether it was ever heard.
    pub(super) fn is_known(&self) -> bool {
        self.next.is_some()
    }

    /// Whether the byte at `sequence` is the next to be read.
    pub(super) fn expects(&self, sequence: u32) -> bool {
        self.next == Some(sequence)
    }

    /// Whether nothing waits behind a gap.
    pub(super) fn is_in_order(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next bytes, which are expected while nothing waits; says whether it took memory for them.
    pub(super) fn read(&mut self, bytes: &[u8]) -> bool {
        let before = self.read.capacity();
        self.next = self.next.map(|next| next.wrapping_add(bytes.len() as u32));
        self.read.push(bytes);
        self.read.capacity() != before
    }

    /// The receiver has everything before `acknowledgement`, and nothing waits.
    pub(super) fn acknowledged(&mut self, acknowledgement: u32) {
        if self.acknowledged.is_none_or(|known| ahead(acknowledgement, known) > 0) {
            self.acknowledged = Some(acknowledgement);
        }
    }

    /// Whether everything before `end` was read.
    pub(super) fn has_read(&self, end: u32) -> bool {
        self.next.is_some_and(|next| (0..STALE).contains(&ahead(next, end)))
    }

    /// Whether a segment at `sequence` is a probe for life: at most one byte, which was read before.
    pub(super) fn is_probe(&self, sequence: u32, bytes: &[u8]) -> bool {
        bytes.len() <= 1 && self.next.is_some_and(|next| ahead(sequence, next) == -1)
    }

    /// Bytes that it keeps.
    pub(super) fn cost(&self) -> usize {
        self.read.capacity() + self.waiting_bytes + self.waiting.len() * SEGMENT_COST
    }

    /// Gives its memory back, and remembers its place.
    pub(super) fn rest(&mut self) {
        *self = Self { next: self.next, acknowledged: self.acknowledged, ..Self::default() };
    }

    /// A segment; says whether any of its bytes are new. Picks the connection up where it is if nothing was heard before.
    pub(super) fn segment(
        &mut self,
        sequence: u32,
        bytes: &[u8],
        limits: &Limits,
        out: &mut dyn FnMut(Piece<'_>),
    ) -> bool {
        let mut next = *self.next.get_or_insert(sequence);
        if ahead(sequence, next) < -STALE {
            out(Piece::Gap);
            self.open(sequence);
            next = sequence;
        }
        let back = usize::try_from(ahead(next, sequence)).unwrap_or(0);
        let old = back.min(bytes.len());
        if old > 0 {
            self.compare(back, &bytes[..old], out);
        }
        let bytes = &bytes[old..];
        if bytes.is_empty() {
            return false;
        }
        let sequence = sequence.wrapping_add(old as u32);
        if self.waiting.is_empty() && sequence == next {
            self.deliver(bytes, old == 0, out);
            return true;
        }
        let new = self.keep(sequence, bytes, old == 0, out);
        self.drain(out);
        while self.waiting.len() > limits.segments || self.waiting_bytes > limits.segment_bytes {
            self.skip(out);
        }
        self.skip_lost(out);
        new
    }

    /// The receiver has everything before `acknowledgement`.
    pub(super) fn acknowledge(&mut self, acknowledgement: u32, out: &mut dyn FnMut(Piece<'_>)) {
        if self.acknowledged.is_none_or(|known| ahead(acknowledgement, known) > 0) {
            self.acknowledged = Some(acknowledgement);
            self.skip_lost(out);
        }
    }

    /// Nothing more will come: reads what waits, gaps or not.
    pub(super) fn flush(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        while !self.waiting.is_empty() {
            self.skip(out);
        }
    }

    /// Compares bytes that began `back` before `next` with what is remembered of them.
    fn compare(&self, back: usize, bytes: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        if self.read.contradicts(back, bytes) {
            out(Piece::Conflict);
        }
    }

    /// Keeps what is new of a segment that came early, beside what waits already.
    fn keep(&mut self, sequence: u32, bytes: &[u8], starts: bool, out: &mut dyn FnMut(Piece<'_>)) -> bool {
        let (mut at, mut rest, mut starts, mut new) = (sequence, bytes, starts, false);
        let mut place = self.waiting.partition_point(|w| ahead(w.end(), at) <= 0);
        while !rest.is_empty() {
            let room = self.waiting.get(place).map_or(i32::MAX, |w| ahead(w.sequence, at));
            let fits = usize::try_from(room).unwrap_or(0).min(rest.len());
            if fits > 0 {
                let (taken, behind) = rest.split_at(fits);
                self.waiting.insert(place, Waiting { sequence: at, bytes: taken.into(), starts });
                self.waiting_bytes += fits;
                (at, rest, starts, new) = (at.wrapping_add(fits as u32), behind, false, true);
                place += 1;
                continue;
            }
            let Some(known) = self.waiting.get(place) else { break };
            let into = usize::try_from(ahead(at, known.sequence)).unwrap_or(0);
            let same = known.bytes.len().saturating_sub(into).min(rest.len());
            if differ(&rest[..same], &known.bytes[into..]) {
                out(Piece::Conflict);
            }
            (at, rest, starts) = (at.wrapping_add(same as u32), &rest[same..], false);
            place += 1;
        }
        new
    }

    /// Reads what waits and is next.
    fn drain(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let mut ready = 0;
        while let Some(Waiting { sequence, bytes, starts }) = self.waiting.get_mut(ready)
            && self.next == Some(*sequence)
        {
            let (bytes, starts) = (core::mem::take(bytes), *starts);
            self.waiting_bytes -= bytes.len();
            self.deliver(&bytes, starts, out);
            ready += 1;
        }
        self.waiting.drain(..ready);
        if self.waiting.is_empty() {
            self.waiting = Vec::new();
        }
    }

    /// Gives up the gap before what waits.
    fn skip(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        if let Some(first) = self.waiting.first() {
            self.next = Some(first.sequence);
            self.read.clear();
            out(Piece::Gap);
            self.drain(out);
        }
    }

    /// Gives up gaps that the receiver did not have.
    fn skip_lost(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        while let (Some(first), Some(known)) = (self.waiting.first(), self.acknowledged)
            && ahead(known, first.sequence) >= 0
        {
            self.skip(out);
        }
    }

    fn deliver(&mut self, bytes: &[u8], starts: bool, out: &mut dyn FnMut(Piece<'_>)) {
        self.read(bytes);
        out(Piece::Bytes { bytes, starts });
    }
}

impl Waiting {
    fn end(&self) -> u32 {
        self.sequence.wrapping_add(self.bytes.len() as u32)
    }
}
