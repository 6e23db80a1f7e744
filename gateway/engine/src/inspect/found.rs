//! What one message holds, on the stack.

use sluice_model::{Anomaly, Operation};
use sluice_protocols::{Cx, Session, Sink, Ticket};

/// How many operations are kept; a message with more is decoded again for the rest (decoding is pure).
pub(super) const KEPT: usize = 4;

/// What a message holds.
pub(super) struct Found<'m> {
    kept: [Option<Operation<'m>>; KEPT],
    count: usize,
    /// The ticket of the request that it answers.
    pub(super) answers: Option<Ticket>,
    /// The device's own refusal.
    pub(super) refused: Option<u16>,
    /// The first anomaly.
    pub(super) anomaly: Option<Anomaly>,
}

impl<'m> Found<'m> {
    /// Decodes `unit`.
    pub(super) fn decode(session: &dyn Session, cx: &Cx, unit: &'m [u8]) -> Self {
        let mut found = Self { kept: [None; KEPT], count: 0, answers: None, refused: None, anomaly: None };
        session.decode(cx, unit, &mut found);
        found
    }

    /// The operation, if there is one alone.
    pub(super) fn only(&self) -> Option<&Operation<'m>> {
        self.first().filter(|_| self.count == 1)
    }

    /// The first operation.
    pub(super) fn first(&self) -> Option<&Operation<'m>> {
        self.kept[0].as_ref()
    }

    /// Calls `each` with every operation of `unit`, which this was decoded from, and its index.
    pub(super) fn each(
        &self,
        session: &dyn Session,
        cx: &Cx,
        unit: &[u8],
        mut each: impl FnMut(usize, &Operation<'_>),
    ) {
        for (index, operation) in self.kept.iter().flatten().enumerate() {
            each(index, operation);
        }
        if self.count > KEPT {
            session.decode(cx, unit, &mut Rest { index: 0, each: &mut each });
        }
    }
}

impl<'m> Sink<'m> for Found<'m> {
    fn operation(&mut self, operation: &Operation<'m>) {
        if let Some(place) = self.kept.get_mut(self.count) {
            *place = Some(*operation);
        }
        self.count += 1;
    }

    fn answers(&mut self, ticket: Ticket) {
        self.answers = Some(ticket);
    }

    fn refused(&mut self, code: u16) {
        self.refused = Some(code);
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomaly.get_or_insert(anomaly);
    }
}

/// The operations behind the kept ones.
struct Rest<'f> {
    index: usize,
    each: &'f mut dyn FnMut(usize, &Operation<'_>),
}

impl<'m> Sink<'m> for Rest<'_> {
    fn operation(&mut self, operation: &Operation<'m>) {
        if self.index >= KEPT {
            (self.each)(self.index, operation);
        }
        self.index += 1;
    }

    fn answers(&mut self, _: Ticket) {}

    fn refused(&mut self, _: u16) {}

    fn anomaly(&mut self, _: Anomaly) {}
}
