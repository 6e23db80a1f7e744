//! A simulated plant for demonstrations, benchmarks and tests.

pub mod process;
