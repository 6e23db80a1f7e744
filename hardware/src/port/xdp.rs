//! A port's frames through `AF_XDP`: past the kernel's network stack, both ways.
//!
//! For one worker and an interface with one queue, whose driver runs a program (ADR 0030 says why no other). A frame costs
//! one system call, the wait for the next one, which sends what was put in. When the gateway is lost, the program goes
//! with it, or lets frames pass to those of [`crate::standby`].

use super::partial;
use crate::interface::Driver;
use crate::standby;
use crate::sys::bpf::{self, Kind};
use crate::sys::xdp::{LONGEST, Socket};
use crate::{Error, Interface, Standby};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::sockopt::socket_error;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a frame beside its payload: the link header and two VLAN tags.
const LINK: usize = 14 + 2 * 4;
/// Frames that may wait for the next poll, which takes 32 at a time.
const FEW: u32 = 24;

/// The socket of a port, and the program that hands it frames.
#[derive(Debug)]
pub(super) struct Xdp {
    /// Goes first: nobody is handed a frame that nobody reads.
    _program: Option<OwnedFd>,
    descriptor: Arc<OwnedFd>,
    /// For its one worker; nobody ever waits for another.
    inner: Mutex<Inner>,
}

struct Inner {
    socket: Socket,
    /// Frames come from this machine, with unfinished checksums.
    partial: bool,
    /// Lost frames that were told of.
    told: u64,
}

impl core::fmt::Debug for Inner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inner").field("partial", &self.partial).finish_non_exhaustive()
    }
}

impl Xdp {
    /// A socket that is handed nothing yet.
    pub(super) fn open(interface: &Interface) -> Result<Self, Error> {
        let unfit = |why: String| Error::NoXdp { name: interface.name.clone(), why };
        if interface.mtu as usize + LINK > LONGEST {
            return Err(unfit(format!("its MTU is {}, and {} is the greatest", interface.mtu, LONGEST - LINK)));
        }
        let driver = Driver::of(interface).map_err(|e| unfit(format!("its driver does not say what it is ({e})")))?;
        if driver.queues > 1 {
            let help = format!("`ethtool -L {} combined 1` leaves it one", interface.name);
            return Err(unfit(format!("it spreads frames over {} queues; {help}", driver.queues)));
        }
        if driver.takes_tags_off {
            return Err(unfit("it takes VLAN tags off, and cannot be told not to".to_owned()));
        }
        let socket = Socket::open(interface.index).map_err(|e| unfit(format!("no socket: {e}")))?;
        let descriptor = socket.descriptor();
        let inner = Inner { socket, partial: driver.virtual_port, told: 0 };
        Ok(Self { _program: None, descriptor, inner: Mutex::new(inner) })
    }

    /// Is handed frames from now on, as long as the workers of `standby` vouch.
    pub(super) fn begin(self, interface: &Interface, standby: Option<&Standby>) -> Result<Self, Error> {
        let attach = || -> io::Result<OwnedFd> {
            let map = bpf::map_of_socket(self.as_fd())?;
            let instructions = standby::to_socket(map.as_fd(), standby.map(Standby::vouched));
            let program = bpf::load(Kind::Driver, &instructions, *b"sluice_xdp\0\0\0\0\0\0")?;
            bpf::attach(program.as_fd(), interface.index)
        };
        let why = |e| format!("its driver runs no program, or another one ({e})");
        let program = attach().map_err(|e| Error::NoXdp { name: interface.name.clone(), why: why(e) })?;
        Ok(Self { _program: Some(program), ..self })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a frame into each of these rooms, as many as wait; the length of each.
    pub(super) fn receive<'b>(
        &self,
        rooms: impl Iterator<Item = &'b mut [u8]>,
        mut came: impl FnMut(usize),
    ) -> io::Result<()> {
        let mut inner = self.inner();
        let Inner { socket, partial, .. } = &mut *inner;
        let mut none = true;
        for room in rooms {
            let Some(length) = socket.receive(room) else { break };
            if *partial {
                partial::complete(&mut room[..length]);
            }
            came(length);
            none = false;
        }
        socket.read();
        // What else there may be to tell.
        if none { Ok(socket_error(&self.descriptor)??) } else { Ok(()) }
    }

    /// Forgets everything that waits; how many frames it was.
    pub(super) fn discard(&self) -> u64 {
        let mut inner = self.inner();
        let mut room = [0; LONGEST];
        let count = core::iter::from_fn(|| inner.socket.receive(&mut room)).take(100_000).count();
        inner.socket.read();
        count as u64
    }

    /// Frames that found no room since the last call.
    pub(super) fn drops(&self) -> io::Result<u64> {
        let mut inner = self.inner();
        let lost = inner.socket.lost()?;
        let before = core::mem::replace(&mut inner.told, lost);
        Ok(lost.saturating_sub(before))
    }

    /// Has frames leave with the next wait, or at once when they are many; which of them found room.
    pub(super) fn send<'f>(&self, frames: impl Iterator<Item = &'f [u8]>, mut left: impl FnMut(usize, bool)) {
        let mut inner = self.inner();
        for frame in frames {
            left(frame.len(), inner.socket.send(frame));
        }
        let mut waiting = inner.socket.written();
        while waiting > FEW {
            inner.socket.kick();
            let still = inner.socket.written();
            if still == waiting {
                break;
            }
            waiting = still;
        }
    }
}

impl AsFd for Xdp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What was let out leaves.
        self.socket.kick();
    }
}
