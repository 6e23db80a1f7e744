//! What the engine wants to know of a request when its response comes, packed into a ticket's note. That of a request
//! which holds a reservation is kept with it: the ticket has room for one of the two.

use sluice_model::Operation;
use sluice_policies::State;
use sluice_policies::decision::ConduitId;
use sluice_policies::state::Reservation;

/// Greatest device address that a note can hold.
const DEVICE_MAX: u32 = 0x7F_FFFF;
/// The ticket's note is a reservation.
const RESERVED: u64 = 1 << 63;

const _: () = assert!(Reservation::BITS <= 63);

/// A request that was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// The conduit that let it through.
    pub(super) conduit: ConduitId,
    /// The generation of the policy whose conduit that is.
    pub(super) generation: u8,
    /// The raw function code.
    pub(super) function: u16,
    /// The device, at most [`DEVICE_MAX`].
    pub(super) device: u32,
}

impl Note {
    /// Of a request whose first operation is `operation`.
    pub(super) fn new(conduit: ConduitId, generation: u8, operation: &Operation<'_>) -> Self {
        Self { conduit, generation, function: operation.code.function, device: operation.device.min(DEVICE_MAX) }
    }

    /// As a number below 2^63.
    pub(super) const fn pack(self) -> u64 {
        (self.conduit.0 as u64) << 47
            | (self.generation as u64) << 39
            | (self.function as u64) << 23
            | self.device as u64
    }

    /// From that.
    const fn unpack(note: u64) -> Self {
        Self {
            conduit: ConduitId((note >> 47) as u16),
            generation: (note >> 39) as u8,
            function: (note >> 23) as u16,
            device: note as u32 & DEVICE_MAX,
        }
    }

    /// The ticket's note of a request that holds `reservation`, with which this is kept if it is one.
    pub(super) const fn ticket(self, reservation: Reservation) -> u64 {
        if reservation.is_none() { self.pack() } else { RESERVED | reservation.0 }
    }

    /// What a ticket's note says; `None` when it was kept with a reservation of another process.
    pub(super) fn of(note: u64, state: &State) -> Option<Self> {
        match reservation(note) {
            Reservation::NONE => Some(Self::unpack(note)),
            reservation => state.note(reservation).map(Self::unpack),
        }
    }
}

/// The reservation that a request with this note in its ticket holds.
pub(super) const fn reservation(note: u64) -> Reservation {
    if note & RESERVED == 0 { Reservation::NONE } else { Reservation(note & !RESERVED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_packing() {
        for note in [
            Note { conduit: ConduitId(0xA1B2), generation: 0xC3, function: 0xD4E5, device: 0x0076_0718 },
            Note { conduit: ConduitId::UNMATCHED, generation: u8::MAX, function: u16::MAX, device: DEVICE_MAX },
            Note { conduit: ConduitId(0), generation: 0, function: 0, device: 0 },
        ] {
            assert_eq!(Note::of(note.ticket(Reservation::NONE), &State::new(1)), Some(note));
            assert!(reservation(note.pack()).is_none());
        }
        let reserved = Reservation((1 << Reservation::BITS) - 1);
        let note = Note { conduit: ConduitId(1), generation: 0, function: 6, device: 1 }.ticket(reserved);
        assert_eq!((reservation(note), Note::of(note, &State::new(1))), (reserved, None));
    }
}
