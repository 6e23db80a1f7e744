//! A simulated plant for demonstrations, benchmarks and tests.
