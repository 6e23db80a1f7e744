//! A program on every frame that arrives at a link: the `clsact` queueing discipline and its `bpf` filter, tc-bpf(8).

use super::message::{Message, attributes, flag, word};
use super::request;
use rustix::fd::{AsRawFd, BorrowedFd};
use std::io;

const NEW_QDISC: u16 = 36;
const NEW_FILTER: u16 = 44;
const GET_FILTER: u16 = 46;
/// Bytes of `struct tcmsg`.
const FIXED: usize = 20;

const KIND: u16 = 1;
const OPTIONS: u16 = 2;
const BPF_FD: u16 = 6;
const BPF_NAME: u16 = 7;
const BPF_FLAGS: u16 = 8;
const BPF_ID: u16 = 11;
/// The program itself says what becomes of the frame.
const DIRECT_ACTION: u32 = 1;

/// `TC_H_CLSACT`, as a parent.
const CLSACT: u32 = 0xFFFF_FFF1;
/// The handle of a `clsact` discipline.
const CLSACT_HANDLE: u32 = 0xFFFF_0000;
/// `TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)`.
const INGRESS: u32 = 0xFFFF_FFF2;
/// Before every other filter.
const PRIORITY: u32 = 1;
const HANDLE: u32 = 1;

/// `struct tcmsg`.
fn fixed(index: u32, handle: u32, parent: u32, info: u32) -> [u8; FIXED] {
    let mut fixed = [0; FIXED];
    for (place, value) in [index, handle, parent, info].iter().enumerate() {
        fixed[4 + 4 * place..8 + 4 * place].copy_from_slice(&value.to_ne_bytes());
    }
    fixed
}

/// Priority, and every protocol.
fn info() -> u32 {
    PRIORITY << 16 | u32::from((libc::ETH_P_ALL as u16).to_be())
}

/// Puts a program on the link's arriving frames; one of ours that is there already is replaced in one step, between two
/// frames.
pub(crate) fn attach(index: u32, program: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let discipline =
        Message::new(NEW_QDISC, flag::ACK | flag::CREATE | flag::EXCLUSIVE, &fixed(index, CLSACT_HANDLE, CLSACT, 0));
    match request(&discipline.with(KIND, b"clsact\0"), |_| ()) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let fd = program.as_raw_fd().to_ne_bytes();
    let mut label = name.as_bytes().to_vec();
    label.push(0);
    let options: [(u16, &[u8]); 3] = [(BPF_FD, &fd), (BPF_NAME, &label), (BPF_FLAGS, &DIRECT_ACTION.to_ne_bytes())];
    let filter = fixed(index, HANDLE, INGRESS, info());
    let filter = Message::new(NEW_FILTER, flag::ACK | flag::CREATE | flag::REPLACE, &filter);
    request(&filter.with(KIND, b"bpf\0").nesting(OPTIONS, &options), |_| ())
}

/// The id of the program of this name on the link's arriving frames.
pub(crate) fn attached(index: u32, name: &str) -> io::Result<Option<u32>> {
    let mut found = None;
    let list = Message::new(GET_FILTER, flag::DUMP, &fixed(index, 0, INGRESS, 0));
    request(&list, |reply| {
        for (_, options) in reply.attributes(FIXED).filter(|(kind, _)| *kind == OPTIONS) {
            let of = |wanted| attributes(options).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
            if of(BPF_NAME).is_some_and(|n| n.strip_suffix(b"\0") == Some(name.as_bytes())) {
                found = of(BPF_ID).and_then(word).or(found);
            }
        }
    })?;
    Ok(found)
}
