//! The running policy: where its files are read, how it is swapped while traffic flows.
//!
//! [`open`] turns a site's files into a policy or a report of every mistake, [`Live`] holds the one in force, [`watch`]
//! notices changes on disk. Used by the commands, the data plane and [`crate::gateway`].

mod live;
mod load;
mod watch;

pub use live::{Live, Loaded};
pub use load::{Compiled, Rejected, compile, open, open_approved, read};
pub use watch::watch;
