//! Strict views of captured or received frames: borrowed descriptions of what is there, or the name of what is wrong.
//!
//! A view says what a packet is and leaves it to its caller what to do about it.
//! Used by [`crate::observe`]; a bridge reads its frames through the same views.

mod link;

pub use link::LinkType;
