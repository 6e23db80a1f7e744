//! System calls that no safe wrapper covers. The only place of the project for `unsafe`: each block says why it is sound.
//!
//! Everything here takes and returns safe types, checks lengths before it hands out a pointer, and keeps no pointer.

#![allow(unsafe_code)]

pub(crate) mod bpf;
pub(crate) mod ethtool;
pub(crate) mod inherited;
pub(crate) mod packet;
pub(crate) mod shared;
pub(crate) mod timex;
pub(crate) mod xdp;

use std::io;

/// The result of a libc call that is negative when it failed.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
