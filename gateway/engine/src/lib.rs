//! Flows, inspection and verdicts, without I/O.
