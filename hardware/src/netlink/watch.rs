//! Links that change, as the kernel tells of them.

use super::link::Link;
use super::message::replies;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use std::io;
use std::time::Duration;

/// `RTMGRP_LINK`.
const LINKS: u32 = 1;
const DELETE_LINK: u16 = 17;

/// Something happened to a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is like this now.
    Now(Link),
    /// It is gone.
    Gone(u32),
    /// More happened than could be kept: look at them all again.
    Lost,
}

/// Hears of changes from when it is made.
#[derive(Debug)]
pub(crate) struct Watch(OwnedFd);

impl Watch {
    pub(crate) fn new() -> io::Result<Self> {
        super::socket(LINKS).map(Self)
    }

    /// Waits for changes for at most this long, and gives each to `take`.
    pub(crate) fn wait(&self, patience: Duration, mut take: impl FnMut(Change)) -> io::Result<()> {
        let patience = Timespec::try_from(patience).map_err(|_| io::ErrorKind::InvalidInput)?;
        match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience)) {
            Ok(0) | Err(Errno::INTR) => return Ok(()),
            other => other?,
        };
        let mut room = vec![0; super::ROOM];
        let length = match recv(&self.0, room.as_mut_slice(), RecvFlags::DONTWAIT) {
            Ok((length, _)) => length,
            Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
            Err(Errno::NOBUFS) => {
                take(Change::Lost);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for reply in replies(&room[..length]) {
            match Link::of(&reply) {
                Some(link) => take(Change::Now(link)),
                None if reply.kind == DELETE_LINK => {
                    let index = reply.body.get(4..).and_then(super::message::word);
                    take(index.map_or(Change::Lost, Change::Gone));
                }
                None => {}
            }
        }
        Ok(())
    }
}
