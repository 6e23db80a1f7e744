//! The bpf(2) system call, as far as the standby wire needs it.

use super::check;
use super::shared::WORDS;
use core::ffi::c_long;
use core::mem::size_of;
use core::ptr;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::io;

const MAP_CREATE: c_long = 0;
const PROG_LOAD: c_long = 5;
const PROG_GET_FD_BY_ID: c_long = 13;
const MAP_GET_FD_BY_ID: c_long = 14;
const OBJ_GET_INFO_BY_FD: c_long = 15;

const MAP_TYPE_ARRAY: u32 = 2;
/// The value may be mapped into a process.
const F_MMAPABLE: u32 = 1 << 10;
const PROG_TYPE_SCHED_CLS: u32 = 3;

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

/// Has the kernel verify and translate a program for frames that arrive at an interface.
pub(crate) fn load(program: &[Instruction], name: [u8; 16]) -> io::Result<OwnedFd> {
    let attributes = ProgLoad {
        prog_type: PROG_TYPE_SCHED_CLS,
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
