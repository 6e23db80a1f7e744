//! Whether a message may reach a device twice without harm.

use super::found::Found;
use super::{Inspection, Message};
use sluice_model::Action;

impl Inspection {
    /// Whether a request does nothing but read, as far as its parser knows.
    pub(crate) fn only_reads(&self, message: &Message<'_>) -> bool {
        let (session, cx) = (&*self.session, message.cx());
        let found = Found::decode(session, &cx, message.unit);
        let mut reads = found.anomaly.is_none() && found.first().is_some();
        found.each(session, &cx, message.unit, |_, operation| reads &= operation.action == Action::Read);
        reads
    }
}
