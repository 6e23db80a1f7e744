//! Where a worker sleeps: until a frame comes, somebody rings, or it is time.

use super::Port;
use crate::Waker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io;
use std::time::Duration;

/// What a wait ended with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Which of the two ports has something to read, or something to tell.
    pub ports: [bool; 2],
    /// Whether the waker was rung.
    pub woken: bool,
}

/// Sleeps until one of two ports has something to read, the waker is rung or the time is over.
///
/// # Errors
/// When the system refuses to wait.
pub fn wait(ports: [&Port; 2], waker: &Waker, patience: Duration) -> io::Result<Ready> {
    let patience = Timespec::try_from(patience).map_err(|_| io::ErrorKind::InvalidInput)?;
    let [a, b] = ports;
    let mut fds = [PollFd::new(a, PollFlags::IN), PollFd::new(b, PollFlags::IN), PollFd::new(waker, PollFlags::IN)];
    match poll(&mut fds, Some(&patience)) {
        Err(Errno::INTR) => return Ok(Ready::default()),
        other => other?,
    };
    let [a, b, bell] = fds.map(|fd| !fd.revents().is_empty());
    if bell {
        waker.clear();
    }
    Ok(Ready { ports: [a, b], woken: bell })
}
