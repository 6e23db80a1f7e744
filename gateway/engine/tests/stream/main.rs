//! The engine on streams: what it lets out, what it reports, and what it never does.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod conditions;
mod custody;
mod flow;
mod hostile;
mod modbus;
mod property;
mod recorder;
mod sites;
mod swap;
mod toy;
