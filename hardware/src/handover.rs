//! State that outlives the process: a sealed memory file in the keeping of the service manager (`sd_notify(3)`,
//! `FDSTORE=1`), given back to the next process as an inherited descriptor (`sd_listen_fds(3)`, `LISTEN_FDS`).
//!
//! The service needs `FileDescriptorStoreMax=` of at least 1. Without a service manager nothing is kept.

use crate::sys::inherited;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
    sendmsg_addr, socket_with,
};
use rustix::pipe::{PipeFlags, pipe_with};
use std::env;
use std::fs::File;
use std::io::{self, IoSlice, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// More than this is no state of ours.
const MOST: u64 = 256 << 20;
/// How long the service manager may take to say that it has what it was given.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody can change the file any more, nor take the seals off.
const SEALS: SealFlags = SealFlags::from_bits_retain(
    SealFlags::SEAL.bits() | SealFlags::SHRINK.bits() | SealFlags::GROW.bits() | SealFlags::WRITE.bits(),
);

/// The way to the service manager.
#[derive(Debug)]
pub struct Manager {
    socket: OwnedFd,
    address: SocketAddrUnix,
}

impl Manager {
    /// The service manager that started this process (`NOTIFY_SOCKET`), if one did.
    pub fn of_environment() -> Option<Self> {
        let path = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty())?;
        let address = match path.as_bytes() {
            [b'@', name @ ..] => SocketAddrUnix::new_abstract_name(name),
            path => SocketAddrUnix::new(path),
        };
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
        Some(Self { socket: socket.ok()?, address: address.ok()? })
    }

    /// Tells it something: `READY=1`, `STOPPING=1`.
    ///
    /// # Errors
    /// When it does not listen.
    pub fn tell(&self, state: &str) -> io::Result<()> {
        self.send(state, None)
    }

    /// Gives it `bytes` to keep under `name` for the next process, and waits until it has them.
    ///
    /// # Errors
    /// When it does not listen, or does not answer in time: then it cannot be relied on.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let file = sealed(name, bytes)?;
        self.send(&format!("FDSTORE=1\nFDNAME={name}"), Some(file.as_fd()))?;
        self.barrier()
    }

    /// Has it forget what it keeps under `name`.
    ///
    /// # Errors
    /// When it does not listen.
    pub fn forget(&self, name: &str) -> io::Result<()> {
        self.send(&format!("FDSTOREREMOVE=1\nFDNAME={name}"), None)
    }

    /// Waits until everything that was sent so far has been dealt with: it closes the descriptor then.
    fn barrier(&self) -> io::Result<()> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        self.send("BARRIER=1", Some(write.as_fd()))?;
        drop(write);
        let patience = Timespec::try_from(PATIENCE).map_err(|_| io::ErrorKind::InvalidInput)?;
        match poll(&mut [PollFd::new(&read, PollFlags::IN)], Some(&patience))? {
            0 => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }

    fn send(&self, state: &str, file: Option<BorrowedFd<'_>>) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if let Some(file) = &file {
            control.push(SendAncillaryMessage::ScmRights(core::slice::from_ref(file)));
        }
        let parts = [IoSlice::new(state.as_bytes())];
        sendmsg_addr(&self.socket, &self.address, &parts, &mut control, SendFlags::empty())?;
        Ok(())
    }
}

/// What the service manager kept under `name` for this process. To be asked once for each name: the descriptor is closed.
///
/// # Errors
/// When what it kept is no sealed file of ours, or cannot be read.
pub fn kept(name: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(fd) = inherited::take(name) else { return Ok(None) };
    if !fcntl_get_seals(&fd).is_ok_and(|seals| seals.contains(SEALS)) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the descriptor is no sealed memory file"));
    }
    let mut file = File::from(fd);
    if file.metadata()?.len() > MOST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A file in memory that holds `bytes` and can never hold anything else.
fn sealed(name: &str, bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    file.write_all(bytes)?;
    fcntl_add_seals(&file, SEALS)?;
    Ok(file.into())
}
