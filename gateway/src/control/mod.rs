//! The running gateway asked for something: its status, a reload, a lockdown, a window, breaking the glass.
//!
//! A Unix socket with one JSON object a line each way ([`request`]). Who asks is who the kernel says stands at the other
//! end; what for, and with whom else, the policy says ([`desk`]). Nothing here waits for the data plane, and nothing that
//! the data plane does waits for this.
//!
//! [`serve`] is started by [`crate::gateway`]; [`ask`] is the other end, for the commands.

mod ask;
mod desk;
mod key_switch;
mod people;
mod request;
mod serve;
mod status;

pub(crate) use ask::ask;
pub(crate) use request::{Order, Reply, Request, What};
pub(crate) use serve::{Means, Reload, bind, serve};
pub(crate) use status::words;
