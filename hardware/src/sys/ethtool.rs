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

/// `struct ethtool_channels`, all of whose numbers the kernel fills in.
const CHANNELS: u32 = 0x3C;
/// Where in it the queues in use are: those that receive, send, do something else, and do both.
const IN_USE: [usize; 4] = [5, 6, 7, 8];
/// `struct ethtool_drvinfo`.
const DRIVER: u32 = 0x3;

/// The interface takes the outer VLAN tag off arriving frames.
pub(crate) const TAGS_OFF: u32 = 1 << 8;
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
    request(socket, name, &mut value)?;
    Ok(value.data)
}

/// How many queues of an interface receive.
pub(crate) fn queues(socket: BorrowedFd<'_>, name: &str) -> io::Result<u32> {
    let mut channels = [0; 9];
    channels[0] = CHANNELS;
    request(socket, name, &mut channels)?;
    let [receiving, _, _, both] = IN_USE.map(|place| channels[place]);
    Ok(receiving + both)
}

/// The name of an interface's driver.
pub(crate) fn driver(socket: BorrowedFd<'_>, name: &str) -> io::Result<String> {
    let mut info = [0_u32; 49];
    info[0] = DRIVER;
    request(socket, name, &mut info)?;
    let bytes = info[1..9].iter().flat_map(|word| word.to_ne_bytes()).take_while(|byte| *byte != 0);
    Ok(bytes.map(char::from).collect())
}

/// A request `T` about the interface called `name`: integers alone, and as many bytes as the kernel reads and writes for the
/// command that is its first.
fn request<T>(socket: BorrowedFd<'_>, name: &str, value: &mut T) -> io::Result<()> {
    // SAFETY: an `ifreq` of zeros is valid.
    let mut request: libc::ifreq = unsafe { zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed() as libc::c_char;
    }
    request.ifr_ifru.ifru_data = ptr::from_mut(value).cast();
    // SAFETY: the kernel reads a local `ifreq` whose name ends in 0, and reads and writes the bytes of a structure that is
    // as long as its command wants it: 8 for a `Value`, 36 for channels, 196 for a driver.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) })?;
    Ok(())
}
