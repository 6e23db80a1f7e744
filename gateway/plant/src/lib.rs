//! A simulated plant for demonstrations, benchmarks and tests.

pub mod controllers;
mod plant;
pub mod process;

pub use controllers::Controller;
pub use plant::{Layout, Plant, Snapshot};
