//! Events: what happened, as JSON lines in classes of the Open Cybersecurity Schema Framework.
//!
//! The data plane hands notices to a bounded queue and never waits: what finds no room is counted, and a gap record
//! says so. A thread of its own turns notices into [`Event`]s, aggregates them at the source and writes them;
//! subscribers (the live view) get the same events in-process.

mod aggregate;
mod describe;
mod event;
mod frames;
mod lessons;
mod notice;
mod queue;
mod recorder;
mod technique;

pub use event::{
    Action, Anomaly, Attack, Decision, Endpoint, Event, Gap, Ics, Metadata, PolicyState, Severity, Technique, class,
};
pub(crate) use frames::Frames;
pub(crate) use notice::{Bound, Ends, Failure, Notice, Occurrence, Verdict};
pub(crate) use queue::{Events, Sink, start};
