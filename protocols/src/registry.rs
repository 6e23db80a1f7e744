//! Every protocol of the product; one line each.

use crate::Protocol;
use crate::modbus::Modbus;
use sluice_model::{Descriptor, ProtocolId};

/// Every protocol, in the order of their [`ProtocolId`]s.
pub static ALL: &[&dyn Protocol] = &[&Modbus::TCP];

/// Other forms of protocols in [`ALL`], under the same [`ProtocolId`], so that a policy means them too. No port is
/// theirs: they are found by what they look like.
pub static FORMS: &[&dyn Protocol] = &[&Modbus::RTU];

/// The protocol with this id; ids come from this registry alone.
///
/// # Panics
/// When the id is not of this registry.
pub fn protocol(id: ProtocolId) -> &'static dyn Protocol {
    ALL[usize::from(id.0)]
}

/// Every protocol, then every other form.
pub fn parsers() -> impl Iterator<Item = &'static dyn Protocol> {
    ALL.iter().chain(FORMS).copied()
}

/// The descriptors of every protocol, in order.
pub fn descriptors() -> Vec<&'static Descriptor> {
    ALL.iter().map(|p| p.descriptor()).collect()
}
