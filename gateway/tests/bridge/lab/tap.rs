//! A link in user space: whole Ethernet frames, VLAN tags in place, in both directions, without a line of unsafe code.
//!
//! A macvtap in passthru mode takes a link's frames from the kernel's stack and hands them over through a character
//! device, with a virtio header before each. (A packet socket would take off the outer tag.)

use super::Namespace;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, OFlags, makedev, mknodat, open, unlink};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::Mutex;
use std::time::Duration;

/// Bytes of the virtio header.
const HEADER: usize = 10;

/// More than the longest frame, super-frames included.
const LONGEST: usize = 70_000;

/// A frame and its virtio header: zeros, or a checksum left to the link and a super-frame's segment size.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) header: [u8; HEADER],
    pub(crate) bytes: Vec<u8>,
}

impl Frame {
    /// A frame that is whole as it is.
    pub(crate) fn whole(bytes: Vec<u8>) -> Self {
        Self { header: [0; HEADER], bytes }
    }
}

/// The end of a link that a test holds in its hands.
pub(crate) struct Tap {
    device: File,
    buffer: Mutex<Vec<u8>>,
}

impl Tap {
    /// Takes over `link` of a namespace.
    pub(crate) fn take(namespace: &Namespace, link: &str) -> Self {
        let name = format!("{link}-tap");
        namespace.ip(&format!("link add link {link} name {name} type macvtap mode passthru"));
        namespace.ip(&format!("link set dev {name} txqueuelen 20000 allmulticast on up"));
        let number = namespace.run("sh", &["-c", &format!("cat /sys/class/net/{name}/tap*/dev")]);
        let (major, minor) = number.trim().split_once(':').unwrap();
        let node = format!("/dev/{}-{name}", namespace.name());
        let device = makedev(major.parse().unwrap(), minor.parse().unwrap());
        mknodat(CWD, &node, FileType::CharacterDevice, Mode::RUSR | Mode::WUSR, device).unwrap();
        let opened = open(&node, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty());
        unlink(&node).unwrap();
        Self { device: File::from(opened.unwrap()), buffer: Mutex::new(vec![0; LONGEST]) }
    }

    /// Puts a frame on the link.
    pub(crate) fn send(&self, frame: &Frame) {
        // A link whose queue is full loses the frame, as a wire does.
        let _ = (&self.device).write(&[&frame.header, frame.bytes.as_slice()].concat());
    }

    /// The next frame that is there already.
    pub(crate) fn receive(&self) -> Option<Frame> {
        let mut buffer = self.buffer.lock().unwrap();
        let length = (&self.device).read(&mut buffer).ok()?;
        let (header, bytes) = buffer[..length].split_first_chunk()?;
        Some(Frame { header: *header, bytes: bytes.to_vec() })
    }
}

/// Waits until one of `taps` has a frame, and not longer than `longest`.
pub(crate) fn wait(taps: &[&Tap], longest: Duration) {
    let mut wanted: Vec<_> = taps.iter().map(|t| PollFd::new(&t.device, PollFlags::IN)).collect();
    let _ = poll(&mut wanted, Some(&Timespec::try_from(longest).unwrap()));
}
