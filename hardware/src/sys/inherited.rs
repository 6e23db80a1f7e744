//! Descriptors that the service manager gave this process: `sd_listen_fds(3)`.

use rustix::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use std::collections::HashMap;
use std::env;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The first one; those before are the standard streams.
const FIRST: RawFd = 3;
/// More are not ours.
const MOST: RawFd = 64;

/// Those that nobody has taken, by name. Filled once: the environment's word is good for the start of the process alone.
static INHERITED: LazyLock<Mutex<HashMap<String, OwnedFd>>> = LazyLock::new(|| Mutex::new(find()));

/// Takes the one of this name.
pub(crate) fn take(name: &str) -> Option<OwnedFd> {
    INHERITED.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
}

fn find() -> HashMap<String, OwnedFd> {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<RawFd>().ok());
    let ours = number("LISTEN_PID").is_some_and(|pid| pid.unsigned_abs() == std::process::id());
    let count = number("LISTEN_FDS").filter(|n| ours && (1..=MOST).contains(n)).unwrap_or(0);
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names = names.split(':').map(str::to_owned).chain(core::iter::repeat_with(String::new));
    let fds = (FIRST..FIRST + count).zip(names).filter_map(|(raw, name)| Some((name, own(raw)?)));
    fds.collect()
}

fn own(raw: RawFd) -> Option<OwnedFd> {
    // SAFETY: borrowed for two calls, which fail when no such descriptor is open.
    let fd = unsafe { BorrowedFd::borrow_raw(raw) };
    fcntl_getfd(fd).ok()?;
    fcntl_setfd(fd, FdFlags::CLOEXEC).ok()?;
    // SAFETY: it is open, and by LISTEN_PID and LISTEN_FDS this process was started with it for its own use; `find` runs
    // once, so it is owned once.
    Some(unsafe { OwnedFd::from_raw_fd(raw) })
}
