//! A flow as plain bytes, for a process that takes over: every counter, edit and byte in custody.
//!
//! Numbers stand with their highest byte first, the form's version in front, a checksum behind. What is read back is held to
//! every rule that the rest of the bridge relies on. Times are of the clock that is handed in, which must go on: one that
//! counts from the start of the system does, one that counts from the start of a process does not.

use super::edits::{Edit, Edits};
use super::flow::{Flow, Phase};
use super::half::{Half, KEPT};
use super::pickup::Pickup;
use super::rtt::Rtt;
use super::seq::Seq;
use super::store::Store;
use super::work::{Timer, Work};
use crate::Limits;
use crate::inspect::Inspection;
use sluice_model::Instant;
use sluice_policies::policy::Policy;
use sluice_protocols::Protocol;
use sluice_protocols::handover::{Reader, Unreadable, put_bytes};
use std::sync::Arc;

/// Of the form below; another one is not read.
const VERSION: u8 = 1;
/// Bytes of the checksum.
const SUM: usize = 8;
/// More than this is in no buffer: what is kept, and one intake past it.
const MOST: usize = 2 * KEPT;

impl Flow {
    /// Appends the flow to `out`.
    pub fn export(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.push(VERSION);
        self.inspection.export(out);
        let phase = match self.phase {
            Phase::Found => 0,
            Phase::Asked => 1,
            Phase::Answered => 2,
            Phase::Over => 3,
        };
        out.extend([phase, u8::from(self.stamped)]);
        let unproven = self.pickup.as_ref().filter(|_| self.phase == Phase::Answered);
        let doubt = unproven.and_then(|p| p.doubt);
        out.push(unproven.map_or(0, |p| 1 + u8::from(p.asked) + 2 * u8::from(doubt.is_some())));
        put_time(out, unproven.and_then(|p| p.due));
        out.extend(doubt.iter().flat_map(|end| end.0.to_be_bytes()));
        self.to_server.export(out);
        self.to_client.export(out);
        let sum = sum(&out[start..]);
        out.extend(sum.to_be_bytes());
    }

    /// The flow that [`Flow::export`] wrote, whatever process it did that in, under the policy and the limits of this one.
    /// One that was being picked up begins again to be. `protocols` are those that it may speak. The flow of an asset that the policy does
    /// not know any more ends at its next call, as after a swap.
    pub fn import(
        policy: &Arc<Policy>,
        protocols: impl IntoIterator<Item = &'static dyn Protocol>,
        limits: &Limits,
        state: &[u8],
    ) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(state, "flow");
        let (body, stored) = state.split_at_checked(state.len().saturating_sub(SUM)).ok_or(reader.unreadable())?;
        reader.ensure(stored == sum(body).to_be_bytes())?;
        reader = Reader::new(body, "flow");
        let version = reader.u8()?;
        reader.ensure(version == VERSION)?;
        let inspection = Inspection::import(policy, protocols, limits, &mut reader)?;
        let phase = match reader.u8()? {
            0 => Phase::Found,
            1 => Phase::Asked,
            2 => Phase::Answered,
            3 => Phase::Over,
            _ => return Err(reader.unreadable()),
        };
        let mut flow = Self::with(inspection, limits, phase);
        flow.stamped = reader.flag()?;
        let (unproven, due) = (reader.u8()?, time(&mut reader)?);
        reader.ensure(unproven <= 4)?;
        let doubt = if unproven > 2 { Some(Seq(reader.u32()?)) } else { None };
        let asked = matches!(unproven, 2 | 4);
        flow.pickup = (unproven > 0).then(|| Box::new(Pickup::joined(due, asked, doubt)));
        flow.to_server = Half::import(&mut reader)?;
        flow.to_client = Half::import(&mut reader)?;
        reader.end()?;
        Ok(flow)
    }
}

impl Half {
    fn export(&self, out: &mut Vec<u8>) {
        let Self { in_next, judged, acked, told, granted, shift, una, next, sent, edge, clock, rtt, .. } = self;
        for place in [in_next, judged, acked, told, granted, &Seq(*shift), una, next, sent, edge, &Seq(*clock)] {
            out.extend(place.0.to_be_bytes());
        }
        for number in [rtt.smoothed, rtt.deviation, self.segment] {
            out.extend(number.to_be_bytes());
        }
        out.extend([self.scale, u8::from(self.ended), u8::from(self.work.is_some())]);
        if let Some(work) = &self.work {
            work.export(out);
        }
    }

    fn import(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let mut half = Self::new(Seq(reader.u32()?));
        let Self { judged, acked, told, granted, una, next, sent, edge, .. } = &mut half;
        let mut shift = Seq(0);
        let mut clock = Seq(0);
        for place in [judged, acked, told, granted, &mut shift, una, next, sent, edge, &mut clock] {
            place.0 = reader.u32()?;
        }
        (half.shift, half.clock) = (shift.0, clock.0);
        half.rtt = Rtt { smoothed: reader.u16()?, deviation: reader.u16()? };
        half.segment = reader.u16()?;
        (half.scale, half.ended) = (reader.u8()?, reader.flag()?);
        half.work = if reader.flag()? { Some(Box::new(Work::import(reader)?)) } else { None };
        reader.ensure(half.is_sound())?;
        Ok(half)
    }

    /// What the bridge relies on.
    fn is_sound(&self) -> bool {
        let ordered = |places: &[Seq]| places.windows(2).all(|pair| !pair[1].before(pair[0]));
        let (ring, held) = self.work.as_ref().map_or((0, 0), |w| (w.ring.len(), w.held.len()));
        let fin = u32::from(self.ended && self.una != self.next);
        self.scale <= 14
            && self.segment > 0
            && ordered(&[self.told, self.acked, self.in_next])
            && ordered(&[self.una, self.sent, self.next])
            && self.edits().all().iter().all(|edit| ordered(&[edit.at, edit.at + edit.deleted, self.judged]))
            && self.hi(self.judged) == self.next
            && self.in_next.past(self.judged) as usize == held
            && self.next.past(self.una) == ring as u32 + fin
    }
}

impl Work {
    fn export(&self, out: &mut Vec<u8>) {
        out.push(self.edits.all().len() as u8);
        for edit in self.edits.all() {
            for number in [edit.at.0, edit.deleted, edit.inserted] {
                out.extend(number.to_be_bytes());
            }
        }
        put_bytes(out, self.ring.all());
        put_bytes(out, &self.held);
        out.extend((self.need as u32).to_be_bytes());
        put_time(out, Some(self.since));
        out.push(self.store.pieces().len() as u8);
        for (at, bytes) in self.store.pieces() {
            out.extend(at.0.to_be_bytes());
            put_bytes(out, bytes);
        }
        let Timer { due, attempts, duplicates, recover, timed } = self.timer;
        put_time(out, due);
        out.extend([attempts, duplicates]);
        put_place(out, recover);
        put_place(out, timed.map(|(end, _)| end));
        put_time(out, timed.map(|(_, sent)| sent));
    }

    fn import(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let mut work = Self::default();
        let mut edits = Vec::new();
        for _ in 0..reader.u8()? {
            edits.push(Edit { at: Seq(reader.u32()?), deleted: reader.u32()?, inserted: reader.u32()? });
        }
        work.edits = Edits::restored(edits).ok_or(reader.unreadable())?;
        work.ring.push(reader.bytes()?);
        work.held = reader.bytes()?.to_vec();
        work.need = reader.u32()? as usize;
        reader.ensure(work.ring.len() <= MOST && work.held.len() <= MOST && work.need <= MOST)?;
        work.since = time(reader)?.ok_or(reader.unreadable())?;
        work.store = Store::default();
        for _ in 0..reader.u8()? {
            let (at, bytes) = (Seq(reader.u32()?), reader.bytes()?);
            work.store.insert(at, bytes);
        }
        work.timer.due = time(reader)?;
        [work.timer.attempts, work.timer.duplicates] = reader.array()?;
        work.timer.recover = place(reader)?;
        work.timer.timed = place(reader)?.zip(time(reader)?);
        Ok(work)
    }
}

fn put_time(out: &mut Vec<u8>, time: Option<Instant>) {
    out.push(u8::from(time.is_some()));
    out.extend(time.unwrap_or_default().0.to_be_bytes());
}

fn time(reader: &mut Reader<'_>) -> Result<Option<Instant>, Unreadable> {
    let (given, time) = (reader.flag()?, Instant(reader.u64()?));
    Ok(given.then_some(time))
}

fn put_place(out: &mut Vec<u8>, place: Option<Seq>) {
    out.push(u8::from(place.is_some()));
    out.extend(place.unwrap_or_default().0.to_be_bytes());
}

fn place(reader: &mut Reader<'_>) -> Result<Option<Seq>, Unreadable> {
    let (given, place) = (reader.flag()?, Seq(reader.u32()?));
    Ok(given.then_some(place))
}

/// FNV-1a, against accidents; whoever keeps the bytes seals them against people.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3))
}
