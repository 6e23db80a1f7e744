//! Flows, inspection and verdicts, without I/O: bytes, time and policies go in, judged bytes and reports come out.
//!
//! Three ways in share one inspection core (`inspect`, which judges one whole message): bytes of a connection come
//! through a [`Stream`], which its connection owns; captured packets go through an [`observe::Observer`], which reads them
//! with the views of [`frames`]; frames that cross a bridge go through a [`bridge::Bridge`], whose
//! [`bridge::Flow`]s edit the segments in them.
//! There is no clock and no socket here, so the same input gives the same output, and an hour of plant takes a
//! millisecond in a test. Imported by `sluice`; imports the model, the protocols and the policies.
//!
//! What the caller polls: after every call that takes an [`Output`], [`Stream::deadline`] may have changed.

mod anomalies;
pub mod bridge;
mod crossing;
mod explain;
mod failure;
pub mod frames;
mod inspect;
mod limits;
pub mod observe;
mod output;
mod stream;

pub use anomalies::ANOMALIES;
pub use explain::{Explained, Parsers, Unread, explain_bytes};
pub use failure::{Cause, FailurePolicy};
pub use limits::Limits;
pub use output::{Answer, Forgotten, Incident, Judged, Output, Response, What};
pub use stream::{Opening, Stream};
