//! A service manager for one gateway: it keeps a descriptor for the process and gives it to the next (`sd_notify(3)`,
//! `sd_listen_fds(3)`).

use crate::lab::Lab;
use rustix::fd::OwnedFd;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketAddrUnix, SocketType, bind, recvmsg,
    socket,
};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;
use std::sync::{Arc, Mutex};

/// What is kept: a name and a file.
type Kept = Arc<Mutex<Option<(String, OwnedFd)>>>;

/// A running service manager.
pub(crate) struct Manager {
    /// What `NOTIFY_SOCKET` says.
    pub(crate) address: String,
    kept: Kept,
}

impl Manager {
    /// Starts one in the box: names of this kind of socket belong to a network namespace.
    pub(crate) fn start(lab: &Lab) -> Self {
        let name = format!("manager-of-{}", lab.middle.name());
        let heard = lab.middle.within(|| socket(AddressFamily::UNIX, SocketType::DGRAM, None).unwrap());
        bind(&heard, &SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap()).unwrap();
        let manager = Self { address: format!("@{name}"), kept: Kept::default() };
        let kept = Arc::clone(&manager.kept);
        // Ends when the process does: nobody else has the other end.
        std::thread::spawn(move || {
            loop {
                let (text, file) = hear(&heard);
                if let Some(name) = text.strip_prefix("FDSTORE=1\nFDNAME=") {
                    *kept.lock().unwrap() = Some((name.trim().to_owned(), file.unwrap()));
                }
            }
        });
        manager
    }

    /// Whether something is kept.
    pub(crate) fn keeps(&self) -> bool {
        self.kept.lock().unwrap().is_some()
    }

    /// The words of a shell that give what is kept to the program that it then becomes.
    pub(crate) fn gives(&self) -> String {
        let kept = self.kept.lock().unwrap();
        let Some((name, file)) = kept.as_ref() else { return "exec \"$0\" \"$@\"".to_owned() };
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        format!("export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name}; exec \"$0\" \"$@\" 3<{path}")
    }
}

/// What was said, and the descriptor that came with it.
fn hear(socket: &OwnedFd) -> (String, Option<OwnedFd>) {
    let mut text = [0; 512];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(socket, &mut [IoSliceMut::new(&mut text)], &mut control, RecvFlags::empty()).unwrap();
    let file = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    (String::from_utf8_lossy(&text[..read.bytes]).into_owned(), file)
}
