//! One direction of a flow: what of it came, was judged, left and was acknowledged.

use super::edits::{Edit, Edits};
use super::rtt::Rtt;
use super::seq::Seq;
use super::work::{Spare, Timer, Work};
use sluice_model::Instant;

/// Most bytes that one direction keeps, judged or not; more is not taken until some are acknowledged.
pub(super) const KEPT: usize = 256 * 1024;

/// A receiver that says nothing of segments takes this much (RFC 9293 3.7.1).
const SEGMENT: u16 = 536;

static NONE: Edits = Edits::none();

/// One direction. Input is what the sender says and is in its numbers, output what the receiver hears.
#[derive(Debug)]
pub(super) struct Half {
    /// The next input that is missing.
    pub(super) in_next: Seq,
    /// Input up to here is judged; what follows is held.
    pub(super) judged: Seq,
    /// Input up to here may be acknowledged to the sender.
    pub(super) acked: Seq,
    /// Input up to here was acknowledged to the sender.
    pub(super) told: Seq,
    /// Input up to here was the sender allowed to send.
    pub(super) granted: Seq,
    /// From input to output, of all edits that are no longer open.
    pub(super) shift: u32,
    /// The first output that the receiver did not acknowledge.
    pub(super) una: Seq,
    /// The end of the output.
    pub(super) next: Seq,
    /// The end of the output that left at least once.
    pub(super) sent: Seq,
    /// Output up to here has room at the receiver.
    pub(super) edge: Seq,
    /// The sender's newest timestamp.
    pub(super) clock: u32,
    /// From the bridge to the receiver and back.
    pub(super) rtt: Rtt,
    /// Greatest segment that the receiver takes.
    pub(super) segment: u16,
    /// How far the receiver's windows are shifted.
    pub(super) scale: u8,
    /// The sender's FIN is part of the input.
    pub(super) ended: bool,
    pub(super) work: Option<Box<Work>>,
}

impl Half {
    /// A direction whose first byte is `first`.
    pub(super) fn new(first: Seq) -> Self {
        Self {
            in_next: first,
            judged: first,
            acked: first,
            told: first,
            granted: first,
            shift: 0,
            una: first,
            next: first,
            sent: first,
            edge: first,
            clock: 0,
            rtt: Rtt::default(),
            segment: SEGMENT,
            scale: 0,
            ended: false,
            work: None,
        }
    }

    pub(super) fn work(&mut self, spare: &mut Spare) -> &mut Work {
        self.work.get_or_insert_with(|| spare.take())
    }

    pub(super) fn edits(&self) -> &Edits {
        self.work.as_ref().map_or(&NONE, |w| &w.edits)
    }

    pub(super) fn held(&self) -> &[u8] {
        self.work.as_ref().map_or(&[], |w| &w.held)
    }

    pub(super) fn timer(&self) -> Timer {
        self.work.as_ref().map_or_else(Timer::default, |w| w.timer)
    }

    /// Whether something is held that may be whole.
    pub(super) fn is_whole(&self) -> bool {
        self.work.as_ref().is_some_and(|w| !w.held.is_empty() && w.held.len() >= w.need)
    }

    /// Whether nothing waits for an earlier segment.
    pub(super) fn in_order(&self) -> bool {
        self.work.as_ref().is_none_or(|w| w.store.is_empty())
    }

    /// When the message that is held was begun.
    pub(super) fn since(&self) -> Option<Instant> {
        self.work.as_ref().filter(|w| !w.held.is_empty()).map(|w| w.since)
    }

    /// Whether one more message can be judged, whatever its verdict.
    pub(super) fn room(&self) -> bool {
        self.edits().room(self.judged)
    }

    /// How many bytes of content are kept.
    pub(super) fn kept(&self) -> usize {
        let store = |w: &Work| w.store.pieces().iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        self.work.as_ref().map_or(0, |w| w.ring.len() + w.held.len() + store(w))
    }

    /// How many more bytes can be taken.
    pub(super) fn capacity(&self) -> usize {
        self.work.as_ref().map_or(KEPT, |w| KEPT.saturating_sub(w.ring.len() + w.held.len()))
    }

    pub(super) fn lo(&self, x: Seq) -> Seq {
        self.edits().lo(self.shift, x)
    }

    pub(super) fn hi(&self, x: Seq) -> Seq {
        self.edits().hi(self.shift, x)
    }

    pub(super) fn inv(&self, y: Seq) -> Seq {
        self.edits().inv(self.shift, y)
    }

    /// The next `bytes` of the input were judged and leave as they are.
    pub(super) fn deliver(&mut self, bytes: &[u8], spare: &mut Spare) {
        self.work(spare).ring.push(bytes);
        self.judged += bytes.len() as u32;
        self.next += bytes.len() as u32;
    }

    /// The next `deleted` bytes of the input do not leave, `inserted` do. Ask [`Half::room`] before.
    pub(super) fn edit(&mut self, deleted: usize, inserted: &[u8], spare: &mut Spare) {
        let edit = Edit { at: self.judged, deleted: deleted as u32, inserted: inserted.len() as u32 };
        let work = self.work(spare);
        work.edits.push(edit);
        work.ring.push(inserted);
        self.judged += edit.deleted;
        self.next += edit.inserted;
    }

    /// The sender's FIN follows; it leaves like a byte.
    pub(super) fn end(&mut self) {
        self.in_next += 1;
        self.judged += 1;
        self.next += 1;
        self.ended = true;
    }

    /// The receiver has everything up to `ack`. Whether that is news.
    pub(super) fn acknowledged(&mut self, ack: Seq, now: Instant) -> bool {
        let news = ack.past(self.una);
        let Some(work) = &mut self.work else {
            self.una += news;
            return news > 0;
        };
        if let Some((_, sent)) = work.timer.timed.take_if(|(end, _)| !ack.before(*end)) {
            self.rtt.measured(now - sent);
        }
        if news > 0 {
            work.ring.acknowledge(news);
            self.una = ack;
            (work.timer.due, work.timer.attempts, work.timer.duplicates) = (None, 0, 0);
        }
        news > 0
    }

    /// Finds out what may be acknowledged to the sender and lets go of what is over.
    pub(super) fn settle(&mut self, spare: &mut Spare) {
        let custody = if self.held().is_empty() { self.covered() } else { self.in_next };
        self.acked = self.acked.later(custody);
        if let Some(work) = &mut self.work {
            self.shift = work.edits.retire(self.shift, self.una, self.acked);
        }
        if let Some(work) = self.work.take_if(|w| w.is_idle()) {
            spare.give(work);
        }
    }

    /// Whether input and output have the same numbers.
    pub(super) fn is_plain(&self) -> bool {
        self.shift == 0 && self.edits().is_empty()
    }

    /// Input of which the receiver acknowledged whatever left.
    fn covered(&self) -> Seq {
        self.inv(self.una).earlier(self.judged)
    }

    /// Whether output is unacknowledged that the sender will not send again, or cannot know of.
    pub(super) fn owned(&self) -> bool {
        self.una != self.next && (self.edits().inserts() || self.sent != self.next || self.covered().before(self.acked))
    }

    /// How far the sender may send: to what has room at the receiver, never less than was said before, and never so
    /// little that the message that is held cannot become whole.
    pub(super) fn grant(&self) -> Seq {
        let whole = self.work.as_ref().map_or(0, |w| if w.held.is_empty() { 0 } else { w.need });
        self.granted.later(self.inv(self.edge)).later(self.judged + whole as u32)
    }

    /// The window that says so in a header, above [`Half::acked`].
    pub(super) fn window(&self) -> u16 {
        let window = self.grant().past(self.acked) >> self.scale;
        u16::try_from(window).unwrap_or(u16::MAX)
    }

    /// The sender is told: [`Half::acked`] and [`Half::window`].
    pub(super) fn tell(&mut self) {
        self.told = self.acked;
        self.granted = self.granted.later(self.acked + (u32::from(self.window()) << self.scale));
    }

    /// The end of the output that may leave now.
    pub(super) fn sendable(&self) -> Seq {
        // A FIN takes no room.
        let last = if self.ended { self.next - 1 } else { self.next };
        if self.edge.before(last) { self.edge.later(self.sent) } else { self.next }
    }

    /// The output in `[from, to)`, and whether the FIN is part of it.
    pub(super) fn output(&self, from: Seq, to: Seq) -> (&[u8], bool) {
        let fin = self.ended && to == self.next && from != to;
        (self.work.as_ref().map_or(&[], |w| w.ring.slice(self.una, from, to)), fin)
    }

    /// The output in `[from, to)` leaves now: what leaves for the first time is timed, what leaves again no longer is.
    pub(super) fn leaves(&mut self, from: Seq, to: Seq, now: Instant) {
        let again = from.before(self.sent);
        self.sent = self.sent.later(to);
        if let Some(work) = self.work.as_mut().filter(|_| from != to) {
            work.timer.timed = if again { None } else { work.timer.timed.or(Some((to, now))) };
        }
    }

    /// Whether `bytes`, which came at `at` before, are what came then: compared with every byte that is still kept.
    pub(super) fn agrees(&self, at: Seq, bytes: &[u8]) -> bool {
        let Some(work) = &self.work else { return true };
        let piece = |from: Seq, to: Seq| &bytes[from.past(at) as usize..to.past(at) as usize];
        let end = at + bytes.len() as u32;
        let judged = end.earlier(self.judged);
        let left = work.edits.kept(self.shift, at, judged).all(|(from, to, out)| {
            let gone = self.una.past(out).min(to.past(from));
            let (from, out) = (from + gone, out + gone);
            let kept = work.ring.slice(self.una, out, out + to.past(from));
            kept.len() < to.past(from) as usize || kept == piece(from, to)
        });
        let from = at.later(self.judged);
        let held = work.held.get(from.past(self.judged) as usize..).unwrap_or(&[]);
        let behind = if from.before(end) { piece(from, end) } else { &[] };
        let common = behind.len().min(held.len());
        left && held[..common] == behind[..common]
    }
}
