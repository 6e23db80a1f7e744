//! What a passive observer makes of packets.
#![allow(clippy::unwrap_used)]

mod captures;
mod deaf;
