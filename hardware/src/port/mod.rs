//! A port: the frames of one interface, in and out, for one worker.
//!
//! `AF_PACKET` sockets with a `virtio_net_hdr` before each frame, so that super-frames and partial checksums pass as they
//! are. Each worker has a socket of its own on each port; the kernel gives all frames between two IP addresses, in both
//! directions and fragments too, to the same worker (`spread`). A worker sleeps in [`wait`], reads what came into a
//! [`Batch`], puts what is to leave into an [`Outbox`] and sends that.
//!
//! Where one worker serves two interfaces that are fit for it, [`through_xdp`] has it read and send past the kernel's
//! network stack instead.
//!
//! Used by the gateway's bridge. What becomes of frames that have no reader: the socket's buffer fills, and the kernel
//! drops and counts ([`Port::drops`]).

mod batch;
mod offload;
mod outbox;
mod partial;
mod spread;
mod wait;
mod xdp;

pub use batch::{Batch, Frame};
pub use offload::Offload;
pub use outbox::{Outbox, Sent};
pub use spread::worker_of;
pub use wait::{Ready, wait};

use crate::sys::packet::{self, Flag};
use crate::{Error, Interface, Standby};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::sockopt::socket_error;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, socket_with};
use std::io;
use std::sync::Arc;
use xdp::Xdp;

/// Bytes of frames that may wait to be read, as the kernel counts them: some thousand small frames.
const RECEIVE_BUFFER: i32 = 8 << 20;
/// Bytes of frames that may wait to leave.
const SEND_BUFFER: i32 = 4 << 20;

/// One worker's way to one interface.
#[derive(Debug)]
pub struct Port {
    way: Way,
    /// Keeps every other gateway off the interface, for as long as any worker has it.
    _claim: Arc<OwnedFd>,
}

/// How a port reads and sends.
#[derive(Debug)]
enum Way {
    Packets(OwnedFd),
    Xdp(Box<Xdp>),
}

/// Has the two ports of the only worker read and send through `AF_XDP` from now on. `standby` is the wire between the two:
/// what no worker vouches for goes to it.
///
/// Frames that are longer than such a port takes, or are sent to it with work left for the kernel, do not pass. A virtual
/// port's tags must stand in its frames: the kernel shows none that it keeps beside them.
///
/// # Errors
/// An interface or its driver is not fit for it; the ports go on as they were.
pub fn through_xdp(ports: &mut [Port; 2], interfaces: [&Interface; 2], standby: Option<&Standby>) -> Result<(), Error> {
    let [a, b] = interfaces;
    let [one, other] = [Xdp::open(a)?, Xdp::open(b)?];
    let begun = [one.begin(a, standby)?, other.begin(b, standby)?];
    for (port, xdp) in ports.iter_mut().zip(begun) {
        port.way = Way::Xdp(Box::new(xdp));
    }
    Ok(())
}

impl Port {
    /// Opens an interface for so many workers, in their order. Frames are kept from now on.
    ///
    /// # Errors
    /// Another gateway has it, it is switched off, or the process may not.
    pub fn open(interface: &Interface, workers: usize) -> Result<Vec<Self>, Error> {
        let claim = Arc::new(claim(interface)?);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NetworkDown => Error::Down(interface.name.clone()),
            _ => Error::system(format!("open `{}` for frames", interface.name), error),
        };
        let sockets: Vec<OwnedFd> =
            (0..workers).map(|_| socket(interface)).collect::<io::Result<_>>().map_err(failed)?;
        if workers > 1 {
            share(&sockets).map_err(failed)?;
            // Before they shared, each was given every frame.
            for socket in &sockets {
                discard(socket.as_fd()).map_err(failed)?;
            }
        }
        Ok(sockets.into_iter().map(|socket| Self { way: Way::Packets(socket), _claim: claim.clone() }).collect())
    }

    /// Reads what waits, without waiting for more; how many frames came.
    ///
    /// # Errors
    /// The interface is gone or was switched off; the latter is told once, and reading goes on when it is on again.
    pub fn receive(&self, batch: &mut Batch) -> io::Result<usize> {
        match &self.way {
            Way::Packets(socket) => batch.fill(socket.as_fd()),
            Way::Xdp(xdp) => batch.fill_from(xdp),
        }
    }

    /// Forgets everything that waits; how many frames it was.
    ///
    /// # Errors
    /// As [`Port::receive`].
    pub fn discard(&self) -> io::Result<u64> {
        match &self.way {
            Way::Packets(socket) => discard(socket.as_fd()),
            Way::Xdp(xdp) => Ok(xdp.discard()),
        }
    }

    /// Frames that found no room in the buffer, since the last call.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn drops(&self) -> io::Result<u64> {
        match &self.way {
            Way::Packets(socket) => packet::statistics(socket.as_fd()).map(|(_, drops)| u64::from(drops)),
            Way::Xdp(xdp) => xdp.drops(),
        }
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.way {
            Way::Packets(socket) => socket.as_fd(),
            Way::Xdp(xdp) => xdp.as_fd(),
        }
    }
}

/// An abstract socket whose name says which interface: the kernel gives it once, in each network namespace, and takes it
/// back when the process ends, however it does.
fn claim(interface: &Interface) -> Result<OwnedFd, Error> {
    let name = format!("sluice-port-{}", interface.index);
    let take = || -> io::Result<OwnedFd> {
        let fd = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        bind(&fd, &SocketAddrUnix::new_abstract_name(name.as_bytes())?)?;
        Ok(fd)
    };
    take().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::Taken(interface.name.clone()),
        _ => Error::system(format!("claim `{}`", interface.name), error),
    })
}

fn socket(interface: &Interface) -> io::Result<OwnedFd> {
    let socket = packet::open()?;
    let fd = socket.as_fd();
    packet::set(fd, Flag::VnetHeader, 1)?;
    packet::set(fd, Flag::Auxdata, 1)?;
    packet::set(fd, Flag::IgnoreOutgoing, 1)?;
    packet::set(fd, Flag::ReceiveBuffer, RECEIVE_BUFFER)?;
    packet::set(fd, Flag::SendBuffer, SEND_BUFFER)?;
    packet::bind(fd, interface.index)?;
    // Binding to an interface that is switched off succeeds, and leaves an error behind.
    socket_error(fd)??;
    Ok(socket)
}

/// Has the kernel spread the frames over these sockets.
fn share(sockets: &[OwnedFd]) -> io::Result<()> {
    let mut group = None;
    for socket in sockets {
        packet::join(socket.as_fd(), group)?;
        if group.is_none() {
            packet::spread(socket.as_fd(), &mut spread::program())?;
            group = Some(packet::group(socket.as_fd())?);
        }
    }
    Ok(())
}

/// Reads and forgets until nothing waits; a peer that sends without end is not followed without end.
fn discard(fd: BorrowedFd<'_>) -> io::Result<u64> {
    const MOST: u64 = 100_000;
    let mut count = 0;
    let mut room = [0; 64];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    while count < MOST && poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&now))? > 0 {
        match rustix::net::recv(fd, &mut room, rustix::net::RecvFlags::DONTWAIT) {
            Err(rustix::io::Errno::AGAIN) => break,
            // A frame that cannot be described to us (a super-frame of an unknown kind) is gone too.
            Ok(_) | Err(rustix::io::Errno::INVAL) => count += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(count)
}
