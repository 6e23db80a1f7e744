//! `sluice demo`: a simulated plant, its people and an attacker around a real gateway on loopback.
//!
//! `site` holds the example site that is enforced, `stage` starts plant and gateway and plays the story, [`board`] is
//! what there is to show, `screen`, `plain` and `picture` show it. Called by `command` alone.

pub mod board;
mod picture;
mod plain;
mod screen;
mod show;
mod site;
mod stage;

pub use plain::Ending;
pub use stage::{Demo, Trouble, play};
