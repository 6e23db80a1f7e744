//! The proxy plane: clients dial the gateway, the gateway dials the controller, and the engine sits between the two.
//!
//! A listener a proxy, on the control runtime; connections on worker threads, each an event loop of its own, so that a
//! connection belongs to one thread: it reads, judges and writes without handing bytes to anybody. There is one
//! connection to the controller for each client's; a source that no conduit joins to the asset has its messages judged
//! and reported, but the controller is dialled only when one of them is let through.
//!
//! When the controller cannot be reached, or breaks off, its client's connection is reset at once: that is what the
//! client would have seen without the gateway, and what makes it try again.
//!
//! Used by [`crate::gateway`] alone.

mod carrier;
mod connection;
mod dial;
mod door;
mod ending;
mod holder;
mod listener;
mod outlet;
mod side;
#[cfg(test)]
mod tests;
mod timers;
mod timings;
mod worker;

pub use holder::Holder;
pub use listener::{BindError, Listeners};
pub(crate) use worker::Workers;

use crate::clock::Clock;
use crate::config::Limits;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::policy::Live;
use sluice_protocols::Protocol;
use std::net::SocketAddr;
use std::sync::Arc;

/// What every connection of the plane shares.
pub(crate) struct Shared {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) events: Events,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
}

/// What a proxy stands for. Names, not ids: it outlives policies.
#[derive(Clone)]
pub struct Target {
    /// The asset behind it.
    pub asset: String,
    /// The address that clients dial.
    pub listen: SocketAddr,
    /// The asset's own address.
    pub upstream: SocketAddr,
    /// The protocol spoken there.
    pub protocol: &'static dyn Protocol,
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        let key = |t: &Self| (t.listen, t.upstream, t.protocol.descriptor().id);
        self.asset == other.asset && key(self) == key(other)
    }
}
