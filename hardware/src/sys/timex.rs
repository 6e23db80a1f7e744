//! What the kernel thinks of its own wall clock.

use super::check;
use core::mem::zeroed;
use std::io;

/// Whether the kernel's clock is synchronised to anything (`adjtimex(2)`).
pub(crate) fn synchronised() -> io::Result<bool> {
    // SAFETY: a `timex` is integers alone; all zero, it asks for nothing to be changed.
    let mut timex: libc::timex = unsafe { zeroed() };
    // SAFETY: the kernel reads and writes the one structure that the pointer is to, during the call alone.
    let state = check(unsafe { libc::adjtimex(&raw mut timex) })?;
    Ok(state != libc::TIME_ERROR && timex.status & libc::STA_UNSYNC == 0)
}
