//! How traffic reaches the engine; each data plane owns its sockets or files and its conversion of time.

pub(crate) mod bridge;
pub mod inspect;
#[cfg(feature = "monitor")]
pub mod monitor;
pub(crate) mod overhear;
pub(crate) mod planes;
pub mod proxy;
