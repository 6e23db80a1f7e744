//! State that a service manager keeps between two processes: here the test is the manager, and itself the next process.
#![allow(clippy::unwrap_used, missing_docs)]

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketAddrUnix, SocketType, bind, recvmsg,
    socket,
};
use sluice_hardware::handover::{Manager, kept};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::process::Command;

/// What a manager was told, and the descriptor that came with it.
fn hear(socket: &OwnedFd) -> (String, Option<OwnedFd>) {
    let mut text = [0; 256];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(socket, &mut [IoSliceMut::new(&mut text)], &mut control, RecvFlags::empty()).unwrap();
    let fd = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    (String::from_utf8(text[..read.bytes].to_vec()).unwrap(), fd)
}

/// The process that keeps, and the one that is given it back; the environment says which.
#[test]
fn a_process_of_its_own() {
    match std::env::var("SLUICE_HANDOVER").as_deref() {
        Ok("keep") => {
            let manager = Manager::of_environment().unwrap();
            manager.tell("STOPPING=1").unwrap();
            manager.keep("sluice-test", b"what is known").unwrap();
        }
        Ok("take") => {
            assert!(kept("something else").unwrap().is_none());
            assert_eq!(kept("sluice-test").unwrap().unwrap(), b"what is known");
            assert!(kept("sluice-test").unwrap().is_none(), "it is given once");
        }
        Ok("refuse") => assert!(kept("sluice-test").is_err()),
        _ => assert!(kept("sluice-test").unwrap().is_none()),
    }
}

/// Starts the process, with a file as the descriptor that it inherits.
fn process(role: &str, notify: &str, file: Option<&str>) -> std::process::Child {
    let test = std::env::current_exe().unwrap();
    // A shell, for the process must be told its own number.
    let script = match file {
        Some(file) => {
            format!("export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=sluice-test; exec \"$0\" \"$@\" 3<{file}")
        }
        None => "exec \"$0\" \"$@\"".to_owned(),
    };
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(test).args(["--exact", "a_process_of_its_own"]);
    command.env("SLUICE_HANDOVER", role).env("NOTIFY_SOCKET", notify).spawn().unwrap()
}

#[test]
fn what_was_kept_is_given_back_unchanged() {
    let name = format!("sluice-test-{}", std::process::id());
    let socket = socket(AddressFamily::UNIX, SocketType::DGRAM, None).unwrap();
    bind(&socket, &SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap()).unwrap();
    let mut first = process("keep", &format!("@{name}"), None);
    assert_eq!(hear(&socket).0, "STOPPING=1");
    let (text, file) = hear(&socket);
    assert_eq!(text, "FDSTORE=1\nFDNAME=sluice-test");
    let (text, barrier) = hear(&socket);
    assert_eq!(text, "BARRIER=1");
    assert!(first.try_wait().unwrap().is_none(), "it waits until the manager has the file");
    drop(barrier);
    assert!(first.wait().unwrap().success());
    let file = file.unwrap();
    assert!(rustix::io::write(&file, b"other").is_err(), "sealed");
    let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
    assert!(process("take", "", Some(&path)).wait().unwrap().success());
    assert!(process("refuse", "", Some("/etc/hostname")).wait().unwrap().success());
}
