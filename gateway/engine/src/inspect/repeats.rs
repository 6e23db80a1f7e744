//! What one conversation says over and over: reads that were judged once and come again byte for byte, and their answers.
//!
//! A station polls: nearly all of its messages equal ones before, but for what pairs a request with its response. A
//! decision depends on nothing but the policy, the place in it and the message, so an equal request has an equal one; where
//! it depends on more (`Policy::pure`), nothing is kept.
//! Only a count is kept of what comes again; whoever listens is told later, with how often.

use core::ops::Range;

/// Requests that are kept in mind.
const KEPT: usize = 16;
/// Bytes of a request that is.
const LONGEST: usize = 16;
/// A ticket's note holds the place of its request, from 1 on, in these bits.
const SHIFT: u32 = 8;
const PLACE: u64 = 0x1F;

const _: () = assert!(KEPT < PLACE as usize);

/// The requests of one conversation.
#[derive(Default)]
pub(super) struct Repeats {
    list: Vec<Repeat>,
    /// Where the search for a place to reuse begins.
    next: usize,
}

/// A request that was judged and allowed.
pub(super) struct Repeat {
    asked: Asked,
    /// Of those that equal it and were delivered, how many are not answered and not forgotten yet.
    waiting: u32,
    /// Since it was last told: how many came, and how many were answered as they should.
    requests: u64,
    responses: u64,
    /// The first of those answers, kept until told.
    response: Option<Box<[u8]>>,
}

/// A request without what pairs it with its response.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Asked {
    bytes: u128,
    length: u8,
}

impl Asked {
    fn of(unit: &[u8], pairing: Range<usize>) -> Option<Self> {
        if unit.len() > LONGEST || pairing.end > unit.len() {
            return None;
        }
        let bytes = match (unit.first_chunk::<8>(), unit.last_chunk::<8>()) {
            // The two overlap; together with the length they are the bytes.
            (Some(first), Some(last)) => {
                let behind = (unit.len() as u32 - 8) * 8;
                u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << behind
            }
            _ => unit.iter().rev().fold(0, |bytes, byte| bytes << 8 | u128::from(*byte)),
        };
        let before = |n: usize| u128::MAX.checked_shr(128 - n as u32 * 8).unwrap_or(0);
        let pairing = before(pairing.end) & !before(pairing.start);
        Some(Self { bytes: bytes & !pairing, length: unit.len() as u8 })
    }

    fn bytes(&self) -> Box<[u8]> {
        self.bytes.to_le_bytes()[..usize::from(self.length)].into()
    }
}

/// Something that was said several times.
pub(crate) struct Said {
    /// The request, with nothing in the place of what pairs it.
    pub(crate) request: Box<[u8]>,
    /// How often it came.
    pub(crate) requests: u64,
    /// An answer to it, and how many there were.
    pub(crate) response: Option<Box<[u8]>>,
    pub(crate) responses: u64,
}

impl Repeats {
    /// The place of a request that came before, as a note has it; counts it as delivered.
    pub(super) fn again(&mut self, unit: &[u8], pairing: Range<usize>) -> Option<u64> {
        let asked = Asked::of(unit, pairing)?;
        let place = self.list.iter().position(|known| known.asked == asked)?;
        let known = &mut self.list[place];
        known.requests += 1;
        known.waiting += 1;
        Some((place as u64 + 1) << SHIFT)
    }

    /// Keeps a request that was judged, allowed, told and is delivered, unless every place has one that waits or is still
    /// to be told; the note's share.
    pub(super) fn learn(&mut self, unit: &[u8], pairing: Range<usize>) -> u64 {
        let Some(asked) = Asked::of(unit, pairing) else { return 0 };
        let fresh = Repeat { asked, waiting: 1, requests: 0, responses: 0, response: None };
        let place = if let Some(place) = self.list.iter().position(|known| known.asked == asked) {
            self.list[place].waiting += 1;
            place
        } else if self.list.len() < KEPT {
            self.list.push(fresh);
            self.list.len() - 1
        } else {
            self.next = (self.next + 1) % KEPT;
            let old = &mut self.list[self.next];
            if old.waiting > 0 || old.requests > 0 || old.responses > 0 {
                return 0;
            }
            *old = fresh;
            self.next
        };
        (place as u64 + 1) << SHIFT
    }

    /// Whether a ticket with this note belongs to a request here.
    pub(super) const fn knows(note: u64) -> bool {
        note >> SHIFT & PLACE != 0
    }

    /// The request with this note waits no longer.
    pub(super) fn ended(&mut self, note: u64) -> Option<&mut Repeat> {
        let known = self.list.get_mut(usize::try_from(note >> SHIFT & PLACE).ok()?.checked_sub(1)?)?;
        known.waiting = known.waiting.saturating_sub(1);
        Some(known)
    }

    /// The request with this note was answered as it should be; whether the answer was kept.
    pub(super) fn answered(&mut self, note: u64, unit: &[u8]) -> bool {
        let Some(known) = self.ended(note) else { return false };
        known.responses += 1;
        let news = known.response.is_none();
        if news {
            known.response = Some(unit.into());
        }
        news
    }

    /// Takes out what is still to be told.
    pub(super) fn take(&mut self) -> Vec<Said> {
        let untold = self.list.iter_mut().filter(|known| known.requests > 0 || known.responses > 0);
        let told = untold.map(|known| Said {
            request: known.asked.bytes(),
            requests: core::mem::take(&mut known.requests),
            response: known.response.take(),
            responses: core::mem::take(&mut known.responses),
        });
        told.collect()
    }

    /// Bytes that it keeps.
    pub(super) fn cost(&self) -> usize {
        let answers = self.list.iter().filter_map(|known| known.response.as_ref()).map(|answer| answer.len());
        self.list.capacity() * size_of::<Repeat>() + answers.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request with a pairing of one byte.
    fn unit(pairing: u8, rest: u8) -> [u8; 4] {
        [pairing, rest, 0, 1]
    }

    #[test]
    fn only_what_pairs_may_differ() {
        let mut repeats = Repeats::default();
        let note = repeats.learn(&unit(1, 7), 0..1);
        assert!(Repeats::knows(note));
        assert_eq!(repeats.again(&unit(2, 7), 0..1), Some(note));
        assert_eq!(repeats.again(&unit(2, 8), 0..1), None);
        assert_eq!(repeats.again(&[2, 7, 0, 1, 0], 0..1), None);
        assert_eq!(repeats.learn(&[0; LONGEST + 1], 0..1), 0);
    }

    #[test]
    fn a_request_keeps_its_bytes_whatever_its_length() {
        let bytes: Vec<u8> = (1..=17).collect();
        for length in 2..=LONGEST {
            let asked = Asked::of(&bytes[..length], 0..2).map(|asked| asked.bytes());
            assert_eq!(asked.as_deref(), Some(&[&[0, 0], &bytes[2..length]].concat()[..]));
        }
        assert!(Asked::of(&bytes, 0..2).is_none() && Asked::of(&bytes[..1], 0..2).is_none());
    }

    #[test]
    fn what_waits_or_is_to_be_told_keeps_its_place() {
        let mut repeats = Repeats::default();
        let first = repeats.learn(&unit(0, 0), 0..1);
        for rest in 1..KEPT as u8 {
            let note = repeats.learn(&unit(0, rest), 0..1);
            repeats.ended(note);
        }
        repeats.again(&unit(1, 0), 0..1);
        repeats.ended(first);
        assert!(repeats.answered(first, b"answer"));
        for rest in 100..120 {
            let note = repeats.learn(&unit(0, rest), 0..1);
            assert_ne!(note, first);
            repeats.ended(note);
        }
        let told = repeats.take();
        assert_eq!((told.len(), told[0].requests, told[0].responses), (1, 1, 1));
        assert_eq!((&*told[0].request, told[0].response.as_deref()), (&unit(0, 0)[..], Some(&b"answer"[..])));
        assert!(repeats.take().is_empty());
    }
}
