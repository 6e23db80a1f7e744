//! Asking the kernel's routing subsystem, rtnetlink(7), for what concerns one link: its facts, its flags, its filters.
//!
//! Used by [`crate::interface`] and [`crate::standby`] alone.

mod filter;
mod link;
mod message;
mod watch;

pub(crate) use filter::{attach, attached};
pub(crate) use link::{Link, links, set_flags};
pub(crate) use watch::{Change, Watch};

use message::{Message, Reply};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with};
use std::io;

/// The most that one answer holds; the kernel fills 32 KiB at a time when it is asked to list.
const ROOM: usize = 64 * 1024;

/// A netlink socket that hears the multicast groups of these bits.
fn socket(groups: u32) -> io::Result<OwnedFd> {
    // `NETLINK_ROUTE` is protocol 0, which is the default one.
    let protocol = None;
    let fd = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    bind(&fd, &SocketAddrNetlink::new(0, groups))?;
    Ok(fd)
}

/// Sends one request and gives each part of its answer to `take`, until the kernel says that it is done.
fn request(message: &Message, mut take: impl FnMut(&Reply<'_>)) -> io::Result<()> {
    let fd = socket(0)?;
    sendto(&fd, message.bytes(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut room = vec![0; ROOM];
    loop {
        let (length, _) = match recv(&fd, room.as_mut_slice(), RecvFlags::empty()) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        for reply in message::replies(&room[..length]) {
            match reply.outcome() {
                Some(outcome) => return outcome,
                None => take(&reply),
            }
        }
    }
}
