//! A report that nobody reads.

use sluice_engine::observe::{Odd, Report, Seen};

pub(crate) struct Deaf;

impl Report for Deaf {
    fn operation(&mut self, _: &Seen<'_>) {}

    fn anomaly(&mut self, _: &Odd<'_>) {}
}
