//! Every protocol of the product; one line each.

use crate::Protocol;
use sluice_model::{Descriptor, ProtocolId};

/// Every protocol, in the order of their [`ProtocolId`]s.
pub static ALL: &[&dyn Protocol] = &[&crate::modbus::Modbus];

/// The protocol with this id; ids come from this registry alone.
///
/// # Panics
/// When the id is not of this registry.
pub fn protocol(id: ProtocolId) -> &'static dyn Protocol {
    ALL[usize::from(id.0)]
}

/// The descriptors of every protocol, in order.
pub fn descriptors() -> Vec<&'static Descriptor> {
    ALL.iter().map(|p| p.descriptor()).collect()
}
