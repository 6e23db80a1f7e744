//! What an interface computes itself: the ethtool requests of one integer.

use super::check;
use core::mem::zeroed;
use core::ptr;
use rustix::fd::{AsRawFd, BorrowedFd};
use std::io;

/// A request, by its number in `linux/ethtool.h`.
#[derive(Clone, Copy)]
pub(crate) enum Query {
    /// Checksums of arriving frames are verified.
    ReceiveChecksum = 0x14,
    /// Checksums of leaving frames are filled in.
    SendChecksum = 0x16,
    /// TCP super-frames are cut.
    TcpSegmentation = 0x1E,
    /// Super-frames are cut by the kernel, last of all.
    GenericSegmentation = 0x23,
    /// Frames of one flow arrive joined, reversibly.
    GenericReceive = 0x2B,
    /// The flags that are bits; [`LARGE_RECEIVE`] among them.
    Flags = 0x25,
    /// Sets them.
    SetFlags = 0x26,
}

/// Frames of one flow arrive joined, and nobody can tell what they were.
pub(crate) const LARGE_RECEIVE: u32 = 1 << 15;

/// `struct ethtool_value`.
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

/// Asks one thing of the interface called `name`, through any socket; `data` is what a request that sets is given.
pub(crate) fn ask(socket: BorrowedFd<'_>, name: &str, query: Query, data: u32) -> io::Result<u32> {
    let mut value = Value { command: query as u32, data };
    // SAFETY: an `ifreq` of zeros is valid.
    let mut request: libc::ifreq = unsafe { zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed() as libc::c_char;
    }
    request.ifr_ifru.ifru_data = ptr::from_mut(&mut value).cast();
    // SAFETY: the kernel reads a local `ifreq` whose name ends in 0, and reads and writes the 8 bytes of a local `Value`,
    // for these requests need no more.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) })?;
    Ok(value.data)
}
