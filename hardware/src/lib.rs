//! What the gateway needs of the machine that it runs on: ports, packet I/O, and what happens when the gateway is lost.
//!
//! * [`interface`]: what there is to know of a network interface, and what an integrator must hear when it will not do.
//! * [`port`]: frames of one interface, in and out, for one worker.
//! * [`standby`]: the wire between two ports that the kernel keeps when the gateway does not ("on-loss").
//! * [`handover`]: state that outlives the process in the keeping of the service manager.
//!
//! Knows no frame's content but what the kernel must be told of it, and imports none of our crates. `unsafe` is in `sys`
//! alone. Used by the gateway's bridge.

mod clock;
pub mod error;
pub mod handover;
pub mod interface;
mod netlink;
pub mod port;
pub mod standby;
mod sys;
mod waker;

pub use clock::{monotonic, wall};
pub use error::Error;
pub use interface::Interface;
pub use port::Port;
pub use standby::Standby;
pub use waker::Waker;
