//! A service manager, as far as a service that hands something over sees one: `sd_notify(3)` with `FDSTORE=1`.

use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketAddrUnix, SocketFlags, SocketType, bind,
    recvmsg, socket_with,
};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A running one. Its thread ends with the process: it only listens.
pub(super) struct Manager {
    path: tempfile::TempDir,
    kept: Arc<Mutex<Option<OwnedFd>>>,
}

impl Manager {
    pub(super) fn new() -> Self {
        let path = tempfile::tempdir().unwrap();
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&socket, &SocketAddrUnix::new(path.path().join("notify")).unwrap()).unwrap();
        let kept = Arc::new(Mutex::new(None));
        let manager = Self { path, kept: kept.clone() };
        std::thread::Builder::new()
            .name(format!("manager-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
            .spawn(move || {
                loop {
                    let (text, file) = hear(&socket);
                    match text.lines().next() {
                        Some("FDSTORE=1") => *kept.lock().unwrap() = file,
                        Some("FDSTOREREMOVE=1") => *kept.lock().unwrap() = None,
                        // A barrier's descriptor is closed here, which is the answer.
                        _ => drop(file),
                    }
                }
            })
            .unwrap();
        manager
    }

    /// What a service is told about it.
    pub(super) fn address(&self) -> std::path::PathBuf {
        self.path.path().join("notify")
    }

    /// Whether it is given something to keep in time.
    pub(super) fn keeps(&self) -> bool {
        (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            self.kept.lock().unwrap().is_some()
        })
    }

    /// Where what it keeps can be opened.
    pub(super) fn file(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        let file = kept.as_ref()?.as_fd();
        Some(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()))
    }
}

fn hear(socket: &OwnedFd) -> (String, Option<OwnedFd>) {
    let mut text = [0; 256];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(socket, &mut [IoSliceMut::new(&mut text)], &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
    let file = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    (String::from_utf8_lossy(&text[..read.bytes]).into_owned(), file)
}
