//! A message that a counter-example shows, and what it does to which tag.

use crate::site::AssetId;
use crate::words::Carried;
use sluice_model::{Action, Code, Descriptor, Direction, Function, Operation, Span};

/// One operation, owned, of a message that does little else.
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) protocol: Spoken,
    /// Whom it is for.
    pub(super) asset: AssetId,
    /// Index into the asset's `speaks`.
    pub(super) speaks: usize,
    pub(super) device: u32,
    pub(super) action: Action,
    pub(super) code: Code,
    pub(super) function: &'static Function,
    pub(super) touched: Touched,
}

/// A protocol.
#[derive(Clone, Copy)]
pub(super) struct Spoken(pub(super) &'static Descriptor);

impl core::fmt::Debug for Spoken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.0.name)
    }
}

/// What a message touches.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    pub(super) target: Option<Span>,
    pub(super) carried: Carried,
    /// The tag of the guarantee that is touched, an index into the device's tags, and its element.
    pub(super) tag: Option<(usize, u64)>,
    /// Whether it changes a part of the element alone.
    pub(super) part: bool,
}

impl Touched {
    /// A message that touches nothing.
    pub(super) const NOTHING: Self = Self { target: None, carried: Carried::Nothing, tag: None, part: false };

    /// The same, of an element of a tag.
    pub(super) fn of(self, tag: usize, element: u64, part: bool) -> Self {
        Self { tag: Some((tag, element)), part, ..self }
    }
}

impl Message {
    /// The operation, as the policy judges it.
    pub fn operation(&self) -> Operation<'_> {
        Operation {
            protocol: self.protocol.0.id,
            direction: Direction::ToServer,
            device: self.device,
            action: self.action,
            code: self.code,
            function: self.function,
            target: self.touched.target,
            values: self.touched.carried.values(),
        }
    }

    /// Its bytes as they stand on the wire, where the protocol can write them.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        (self.protocol.0.ask)(&self.operation())
    }
}
