//! How traffic reaches the engine and leaves it. One folder a plane; `proxy` is the one there is.

pub mod proxy;
