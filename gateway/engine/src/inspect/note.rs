//! What the engine wants to know of a request when its response comes, packed into a ticket's note.

use sluice_model::Operation;
use sluice_policies::decision::ConduitId;

/// Greatest device address that a note can hold.
const DEVICE_MAX: u32 = 0xFF_FFFF;

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

    /// As a ticket's note.
    pub(super) const fn pack(self) -> u64 {
        (self.conduit.0 as u64) << 48
            | (self.generation as u64) << 40
            | (self.function as u64) << 24
            | self.device as u64
    }

    /// From a ticket's note.
    pub(super) const fn unpack(note: u64) -> Self {
        Self {
            conduit: ConduitId((note >> 48) as u16),
            generation: (note >> 40) as u8,
            function: (note >> 24) as u16,
            device: note as u32 & DEVICE_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_packing() {
        for note in [
            Note { conduit: ConduitId(0xA1B2), generation: 0xC3, function: 0xD4E5, device: 0x00F6_0718 },
            Note { conduit: ConduitId::UNMATCHED, generation: u8::MAX, function: u16::MAX, device: DEVICE_MAX },
            Note { conduit: ConduitId(0), generation: 0, function: 0, device: 0 },
        ] {
            assert_eq!(Note::unpack(note.pack()), note);
        }
    }
}
