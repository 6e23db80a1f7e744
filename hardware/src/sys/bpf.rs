//! The bpf(2) system call, as far as the standby wire and `AF_XDP` sockets need it.

use super::check;
use super::shared::WORDS;
use core::ffi::c_long;
use core::mem::size_of;
use core::ptr;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::io;

const MAP_CREATE: c_long = 0;
const MAP_UPDATE_ELEM: c_long = 2;
const PROG_LOAD: c_long = 5;
const PROG_GET_FD_BY_ID: c_long = 13;
const MAP_GET_FD_BY_ID: c_long = 14;
const OBJ_GET_INFO_BY_FD: c_long = 15;
const LINK_CREATE: c_long = 28;

const MAP_TYPE_ARRAY: u32 = 2;
const MAP_TYPE_XSKMAP: u32 = 17;
/// The value may be mapped into a process.
const F_MMAPABLE: u32 = 1 << 10;
/// The attachment of a program to an interface's driver.
const XDP: u32 = 37;
/// The driver runs the program itself, or it is not attached.
const XDP_FLAGS_DRIVER: u32 = 1 << 2;

/// Where a program runs.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// On frames that arrive, after packet sockets have seen them.
    Classifier = 3,
    /// In the driver, before anything has seen a frame.
    Driver = 6,
}

/// One instruction of the kernel's virtual machine, `struct bpf_insn`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u8,
    /// Destination in the low half, source in the high one.
    pub(crate) registers: u8,
    pub(crate) offset: i16,
    pub(crate) immediate: i32,
}

/// The fields of `union bpf_attr` for `BPF_MAP_CREATE`.
#[repr(C)]
struct MapCreate {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
}

/// The fields of `union bpf_attr` for `BPF_PROG_LOAD`.
#[repr(C)]
struct ProgLoad {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
    prog_name: [u8; 16],
}

/// The fields of `union bpf_attr` for `BPF_MAP_UPDATE_ELEM`.
#[repr(C)]
struct MapUpdate {
    map_fd: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// The fields of `union bpf_attr` for `BPF_LINK_CREATE`.
#[repr(C)]
struct LinkCreate {
    prog_fd: u32,
    target_ifindex: u32,
    attach_type: u32,
    flags: u32,
}

#[repr(C)]
struct FdById {
    id: u32,
    next_id: u32,
    open_flags: u32,
}

#[repr(C)]
struct InfoByFd {
    fd: u32,
    length: u32,
    info: u64,
}

/// The head of `struct bpf_prog_info`.
#[repr(C)]
#[derive(Default)]
struct ProgInfo {
    kind: u32,
    id: u32,
    tag: [u8; 8],
    jited_len: u32,
    xlated_len: u32,
    jited: u64,
    xlated: u64,
    load_time: u64,
    uid: u32,
    map_count: u32,
    map_ids: u64,
}

/// One call, whose attributes `T` are plain integers, some of them addresses.
///
/// # Safety
/// Every address in `attributes` must be valid for what `command` does with it.
unsafe fn call<T>(command: c_long, attributes: &mut T) -> io::Result<libc::c_int> {
    // SAFETY: the kernel reads, and for queries writes, `size_of::<T>()` bytes behind an exclusive reference; the rest is
    // the caller's promise.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, ptr::from_mut(attributes), size_of::<T>()) };
    check(result as libc::c_int)
}

/// # Safety
/// As [`call`], and `command` must be one that returns a new descriptor.
unsafe fn descriptor<T>(command: c_long, mut attributes: T) -> io::Result<OwnedFd> {
    // SAFETY: the caller's promise.
    let fd = unsafe { call(command, &mut attributes) }?;
    // SAFETY: the descriptor is new and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A map with one value of [`WORDS`] words, all 0, that a process may map.
pub(crate) fn map() -> io::Result<OwnedFd> {
    let value_size = 8 * u32::from(WORDS);
    let attributes =
        MapCreate { map_type: MAP_TYPE_ARRAY, key_size: 4, value_size, max_entries: 1, map_flags: F_MMAPABLE };
    // SAFETY: the attributes hold no address.
    unsafe { descriptor(MAP_CREATE, attributes) }
}

/// A map of `AF_XDP` sockets with this one, as that of an interface's first queue.
pub(crate) fn map_of_socket(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let attributes = MapCreate { map_type: MAP_TYPE_XSKMAP, key_size: 4, value_size: 4, max_entries: 1, map_flags: 0 };
    // SAFETY: the attributes hold no address.
    let map = unsafe { descriptor(MAP_CREATE, attributes) }?;
    let (key, value) = (0_u32, socket.as_raw_fd());
    let mut attributes = MapUpdate {
        map_fd: map.as_raw_fd().unsigned_abs(),
        padding: 0,
        key: ptr::from_ref(&key) as u64,
        value: ptr::from_ref(&value) as u64,
        flags: 0,
    };
    // SAFETY: the kernel reads four bytes of each of two local numbers.
    unsafe { call(MAP_UPDATE_ELEM, &mut attributes) }?;
    Ok(map)
}

/// Has the driver of an interface run a program, for as long as what is returned is open.
pub(crate) fn attach(program: BorrowedFd<'_>, index: u32) -> io::Result<OwnedFd> {
    let prog_fd = program.as_raw_fd().unsigned_abs();
    let attributes = LinkCreate { prog_fd, target_ifindex: index, attach_type: XDP, flags: XDP_FLAGS_DRIVER };
    // SAFETY: the attributes hold no address.
    unsafe { descriptor(LINK_CREATE, attributes) }
}

/// Has the kernel verify and translate a program for frames that arrive at an interface.
pub(crate) fn load(kind: Kind, program: &[Instruction], name: [u8; 16]) -> io::Result<OwnedFd> {
    let attributes = ProgLoad {
        prog_type: kind as u32,
        insn_cnt: program.len() as u32,
        insns: program.as_ptr() as u64,
        license: c"Dual MIT/GPL".as_ptr() as u64,
        log_level: 0,
        log_size: 0,
        log_buf: 0,
        kern_version: 0,
        prog_flags: 0,
        prog_name: name,
    };
    // SAFETY: the kernel reads `insn_cnt` instructions of a slice that is borrowed for the call, and a string of ours up
    // to its end.
    unsafe { descriptor(PROG_LOAD, attributes) }
}

/// The first map that the loaded program with this id uses.
pub(crate) fn map_of_program(id: u32) -> io::Result<OwnedFd> {
    // SAFETY: the attributes hold no address.
    let program = unsafe { descriptor(PROG_GET_FD_BY_ID, FdById { id, next_id: 0, open_flags: 0 }) }?;
    let map = first_map(rustix::fd::AsFd::as_fd(&program))?;
    // SAFETY: the attributes hold no address.
    unsafe { descriptor(MAP_GET_FD_BY_ID, FdById { id: map, next_id: 0, open_flags: 0 }) }
}

fn first_map(program: BorrowedFd<'_>) -> io::Result<u32> {
    let mut map = 0_u32;
    let mut info = ProgInfo { map_count: 1, map_ids: ptr::from_mut(&mut map) as u64, ..ProgInfo::default() };
    let mut attributes = InfoByFd {
        fd: program.as_raw_fd().unsigned_abs(),
        length: size_of::<ProgInfo>() as u32,
        info: ptr::from_mut(&mut info) as u64,
    };
    // SAFETY: the kernel writes at most `length` bytes of a local `ProgInfo`, and at most `map_count` ids, one, to `map`.
    unsafe { call(OBJ_GET_INFO_BY_FD, &mut attributes) }?;
    if info.map_count == 0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(map) }
}
