//! What one conversation says over and over: reads that were judged once and come again byte for byte, and their answers.
//!
//! A station polls: nearly all of its messages equal ones before, but for what pairs a request with its response. A
//! decision depends on nothing but the policy, the place in it and the message, so an equal request has an equal one; where
//! it depends on more (`Policy::pure`), nothing is kept.
//! Only a count is kept of what comes again; whoever listens is told later, with how often.

use core::ops::Range;
use sluice_protocols::Form;

/// Requests that are kept in mind.
const KEPT: usize = 16;
/// Bytes of a request that is.
const LONGEST: usize = 16;
/// Of these bytes, what pairs a request with its response may take, where its answers have a form.
const PAIRING: usize = 4;
/// A ticket's note holds the place of its request, from 1 on, in these bits.
const SHIFT: u32 = 8;
const PLACE: u64 = 0x1F;

const _: () = assert!(KEPT < PLACE as usize);

/// The requests of one conversation.
#[derive(Default)]
pub(super) struct Repeats {
    list: Vec<Repeat>,
    /// The first answer to each of them since it was last told.
    answers: Vec<Option<Box<[u8]>>>,
    /// The bytes of a message that pair a request with its response.
    pairing: u128,
    /// Where the search for a place to reuse begins.
    next: usize,
    /// The place of the request that came last, and of that which came after it the time before.
    last: u8,
    guess: u8,
}

/// A request that was judged and allowed: all that is looked at when it comes again, in one line of a cache. Bytes of
/// messages stand in numbers, the first in the least significant place, those that pair left out.
#[derive(Default)]
#[repr(align(64))]
struct Repeat {
    asked: u128,
    /// How its answers begin, if they have a form ([`Form`]).
    answer: u128,
    /// Since it was last told: how many came, and how many were answered as they should.
    requests: u64,
    responses: u64,
    /// Of those that equal it and were delivered, how many are not answered and not forgotten yet.
    waiting: u32,
    /// The form's length; 0 if there is none.
    length: u16,
    /// How many bytes of the form are known.
    known: u8,
    /// The request's length.
    asked_length: u8,
    /// The place of the request that came after it.
    after: u8,
}

/// The first `n` bytes of a message, at most 16.
const fn before(n: usize) -> u128 {
    if n == 0 { 0 } else { u128::MAX >> (128 - n as u32 * 8) }
}

/// The first 16 bytes of a message; `None` if it has less than 8.
pub(super) fn head(unit: &[u8]) -> Option<u128> {
    if let Some(head) = unit.first_chunk::<16>() {
        return Some(u128::from_le_bytes(*head));
    }
    let (first, last) = (unit.first_chunk::<8>()?, unit.last_chunk::<8>()?);
    // The two overlap; together with the length they are the bytes.
    let behind = (unit.len() as u32 - 8) * 8;
    Some(u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << behind)
}

/// A request that may be kept, without what pairs it.
fn asked(unit: &[u8], pairing: u128) -> Option<u128> {
    let whole = before(unit.len().min(LONGEST));
    if unit.len() > LONGEST || pairing & !whole != 0 {
        return None;
    }
    let bytes = head(unit).unwrap_or_else(|| unit.iter().rev().fold(0, |all, byte| all << 8 | u128::from(*byte)));
    Some(bytes & !pairing)
}

/// What stands in a ticket's note.
const fn note(place: usize) -> u64 {
    (place as u64 + 1) << SHIFT
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
    /// For messages with these bytes to pair them.
    pub(super) fn new(pairing: Range<usize>) -> Self {
        let end = pairing.end.min(LONGEST);
        Self { pairing: before(end) & !before(pairing.start.min(end)), ..Self::default() }
    }

    /// The place of a request that came before, as a note has it; counts it as delivered.
    pub(super) fn again(&mut self, unit: &[u8]) -> Option<u64> {
        let place = self.place(asked(unit, self.pairing)?, unit.len())?;
        self.came(place);
        Some(note(place))
    }

    /// The same, if its answers have a form; its place.
    pub(super) fn asked_again(&mut self, head: u128, length: usize) -> Option<u8> {
        let asked = head & !self.pairing;
        let guess = usize::from(self.guess);
        let guessed = self.list.get(guess).is_some_and(|known| known.is(asked, length));
        let place = if guessed { guess } else { self.place(asked, length)? };
        if self.list[place].length == 0 {
            return None;
        }
        self.came(place);
        Some(place as u8)
    }

    /// A message answers the request at `place` in the form of its answers: whether it was kept. `None` if it is no
    /// such answer.
    pub(super) fn answered_again(&mut self, place: u8, head: u128, unit: &[u8]) -> Option<bool> {
        let known = self.list.get_mut(usize::from(place))?;
        let begins = head & before(usize::from(known.known)) & !self.pairing;
        if unit.len() != usize::from(known.length) || begins != known.answer {
            return None;
        }
        known.waiting = known.waiting.saturating_sub(1);
        Some(self.count_answer(usize::from(place), unit))
    }

    fn place(&self, asked: u128, length: usize) -> Option<usize> {
        self.list.iter().position(|known| known.is(asked, length))
    }

    fn came(&mut self, place: usize) {
        let last = core::mem::replace(&mut self.last, place as u8);
        // Most conversations ask for one thing after the other, and begin again.
        if self.guess != place as u8
            && let Some(last) = self.list.get_mut(usize::from(last))
        {
            last.after = place as u8;
        }
        let known = &mut self.list[place];
        self.guess = known.after;
        known.requests += 1;
        known.waiting += 1;
    }

    /// Keeps a request that was judged, allowed, told and is delivered, unless every place has one that waits or is still
    /// to be told; the note's share. `form` is that of its answers.
    pub(super) fn learn(&mut self, unit: &[u8], form: Option<Form>) -> u64 {
        let Some(asked) = asked(unit, self.pairing) else { return 0 };
        let place = if let Some(place) = self.place(asked, unit.len()) {
            self.list[place].waiting += 1;
            return note(place);
        } else if self.list.len() < KEPT {
            self.list.push(Repeat::default());
            self.answers.push(None);
            self.list.len() - 1
        } else {
            self.next = (self.next + 1) % KEPT;
            let old = &self.list[self.next];
            if old.waiting > 0 || old.requests > 0 || old.responses > 0 {
                return 0;
            }
            self.next
        };
        let mut fresh = Repeat { asked, asked_length: unit.len() as u8, waiting: 1, ..Repeat::default() };
        // What pairs must stand in the head of every message, and fit into what is kept of it.
        if let Some(Form { head, known, length }) = form
            && usize::from(known) <= LONGEST
            && length >= 8
            && unit.len() >= 8
            && self.pairing & !before(PAIRING) == 0
        {
            fresh.answer = u128::from_le_bytes(head) & before(usize::from(known)) & !self.pairing;
            (fresh.known, fresh.length) = (known, length);
        }
        self.list[place] = fresh;
        note(place)
    }

    /// What pairs a message that begins so.
    pub(super) fn pairing(&self, head: u128) -> u32 {
        (head & self.pairing) as u32
    }

    /// Hands out the request at `place` as it was said with this pairing, and its note.
    pub(super) fn with(&self, place: u8, pairing: u32, each: impl FnOnce(u64, &[u8])) {
        if let Some(known) = self.list.get(usize::from(place)) {
            let bytes = (known.asked | u128::from(pairing)).to_le_bytes();
            each(note(usize::from(place)), &bytes[..usize::from(known.asked_length)]);
        }
    }

    /// Whether a ticket with this note belongs to a request here.
    pub(super) const fn knows(note: u64) -> bool {
        note >> SHIFT & PLACE != 0
    }

    /// The request with this note waits no longer; its place.
    pub(super) fn ended(&mut self, note: u64) -> Option<usize> {
        let place = usize::try_from(note >> SHIFT & PLACE).ok()?.checked_sub(1)?;
        let known = self.list.get_mut(place)?;
        known.waiting = known.waiting.saturating_sub(1);
        Some(place)
    }

    /// The request with this note was answered as it should be; whether the answer was kept.
    pub(super) fn answered(&mut self, note: u64, unit: &[u8]) -> bool {
        self.ended(note).is_some_and(|place| self.count_answer(place, unit))
    }

    fn count_answer(&mut self, place: usize, unit: &[u8]) -> bool {
        let known = &mut self.list[place];
        known.responses += 1;
        let news = known.responses == 1;
        if news {
            self.answers[place] = Some(unit.into());
        }
        news
    }

    /// Takes out what is still to be told.
    pub(super) fn take(&mut self) -> Vec<Said> {
        let untold = self.list.iter_mut().zip(&mut self.answers);
        let untold = untold.filter(|(known, _)| known.requests > 0 || known.responses > 0);
        let told = untold.map(|(known, answer)| Said {
            request: known.asked.to_le_bytes()[..usize::from(known.asked_length)].into(),
            requests: core::mem::take(&mut known.requests),
            response: answer.take(),
            responses: core::mem::take(&mut known.responses),
        });
        told.collect()
    }

    /// Bytes that it keeps.
    pub(super) fn cost(&self) -> usize {
        let answers = self.answers.iter().flatten().map(|answer| answer.len()).sum::<usize>();
        self.list.capacity() * size_of::<Repeat>() + self.answers.capacity() * size_of::<Option<Box<[u8]>>>() + answers
    }
}

impl Repeat {
    fn is(&self, asked: u128, length: usize) -> bool {
        self.asked == asked && usize::from(self.asked_length) == length
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A request with a pairing of one byte.
    fn unit(pairing: u8, rest: u8) -> [u8; 4] {
        [pairing, rest, 0, 1]
    }

    #[test]
    fn only_what_pairs_may_differ() {
        let mut repeats = Repeats::new(0..1);
        let note = repeats.learn(&unit(1, 7), None);
        assert!(Repeats::knows(note));
        assert_eq!(repeats.again(&unit(2, 7)), Some(note));
        assert_eq!(repeats.again(&unit(2, 8)), None);
        assert_eq!(repeats.again(&[2, 7, 0, 1, 0]), None);
        assert_eq!(repeats.learn(&[0; LONGEST + 1], None), 0);
    }

    #[test]
    fn a_request_keeps_its_bytes_whatever_its_length() {
        let bytes: Vec<u8> = (1..=17).collect();
        for length in 2..=LONGEST {
            let mut repeats = Repeats::new(0..2);
            let place = repeats.learn(&bytes[..length], None);
            assert_eq!(repeats.again(&bytes[..length]), Some(place));
            let told = repeats.take();
            assert_eq!(&*told[0].request, &[&[0, 0], &bytes[2..length]].concat()[..]);
            repeats.with(0, 0x0201, |note, request| assert_eq!((note, request), (place, &bytes[..length])));
        }
        let mut repeats = Repeats::new(0..2);
        assert_eq!((repeats.learn(&bytes, None), repeats.learn(&bytes[..1], None)), (0, 0));
    }

    #[test]
    fn an_answer_in_form_is_one_whatever_its_values() {
        let mut repeats = Repeats::new(0..1);
        let request = [9, 1, 2, 3, 4, 5, 6, 7];
        let form = Form { head: core::array::from_fn(|n| n as u8), known: 5, length: 9 };
        repeats.learn(&request, Some(form));
        let place = repeats.asked_again(head(&request).unwrap(), 8).unwrap();
        let mut answers = |unit: &[u8]| repeats.answered_again(place, head(unit).unwrap(), unit);
        assert_eq!(answers(&[0, 1, 2, 3, 5, 0, 0, 0, 0]), None);
        assert_eq!(answers(&[0, 1, 2, 3, 4, 0, 0, 0]), None);
        assert_eq!(answers(&[7, 1, 2, 3, 4, 9, 9, 9, 9]), Some(true));
        assert_eq!(answers(&[8, 1, 2, 3, 4, 8, 8, 8, 8]), Some(false));
        assert_eq!(repeats.asked_again(head(&[9; 8]).unwrap(), 8), None);
    }

    #[test]
    fn what_waits_or_is_to_be_told_keeps_its_place() {
        let mut repeats = Repeats::new(0..1);
        let first = repeats.learn(&unit(0, 0), None);
        for rest in 1..KEPT as u8 {
            let note = repeats.learn(&unit(0, rest), None);
            repeats.ended(note);
        }
        repeats.again(&unit(1, 0));
        repeats.ended(first);
        assert!(repeats.answered(first, b"answer"));
        for rest in 100..120 {
            let note = repeats.learn(&unit(0, rest), None);
            assert_ne!(note, first);
            repeats.ended(note);
        }
        let told = repeats.take();
        assert_eq!((told.len(), told[0].requests, told[0].responses), (1, 1, 1));
        assert_eq!((&*told[0].request, told[0].response.as_deref()), (&unit(0, 0)[..], Some(&b"answer"[..])));
        assert!(repeats.take().is_empty());
    }
}
