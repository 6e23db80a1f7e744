//! The standby wire's programs, for the kernel's virtual machine (RFC 9669).

use crate::sys::bpf::Instruction;
use rustix::fd::{AsRawFd, BorrowedFd};

const R0: u8 = 0;
const R1: u8 = 1;
const R2: u8 = 2;
const R3: u8 = 3;
/// Kept over calls.
const R6: u8 = 6;
const R7: u8 = 7;

const LOAD_IMMEDIATE_64: u8 = 0x18;
const LOAD_64: u8 = 0x79;
const LOAD_32: u8 = 0x61;
const MOVE: u8 = 0xBF;
const ATOMIC_64: u8 = 0xDB;
const MOVE_IMMEDIATE: u8 = 0xB7;
const JUMP_IF_AT_LEAST: u8 = 0x3D;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;

/// The immediate is a map's descriptor, the register becomes the address of its value.
const MAP_VALUE: u8 = 2;
/// The immediate is a map's descriptor, the register becomes the map.
const MAP: u8 = 1;
const KTIME_GET_NS: i32 = 5;
const REDIRECT: i32 = 23;
const REDIRECT_MAP: i32 = 51;
/// Where `struct xdp_md` says by which queue a frame came.
const QUEUE: i16 = 16;
/// `XDP_PASS`: the frame goes its usual way.
const PASS: i32 = 2;
/// `TC_ACT_SHOT`: the frame ends here.
const DROP: i32 = 2;

/// Drops while each of the first `workers` words of the map lies in the future; else counts in the word `passed` and
/// hands the frame to the interface `peer`.
pub(super) fn open(map: BorrowedFd<'_>, workers: u8, passed: u16, peer: u32) -> Vec<Instruction> {
    let mut program = value_of(map, R6);
    // Over the end.
    unless_vouched(&mut program, R6, workers, 2);
    program.extend([step(MOVE_IMMEDIATE, R0, 0, 0, DROP), step(EXIT, 0, 0, 0, 0)]);
    program.extend([
        step(MOVE_IMMEDIATE, R1, 0, 0, 1),
        step(ATOMIC_64, R6, R1, 8 * passed.cast_signed(), 0),
        step(MOVE_IMMEDIATE, R1, 0, 0, peer.cast_signed()),
        step(MOVE_IMMEDIATE, R2, 0, 0, 0),
        call(REDIRECT),
        step(EXIT, 0, 0, 0, 0),
    ]);
    program
}

/// Hands frames to the socket of their queue in `sockets`, as long as all workers vouch in the words of a map, if there is
/// one; else, and without a socket, they go their usual way, which is that of the programs above.
pub(crate) fn to_socket(sockets: BorrowedFd<'_>, vouched: Option<(BorrowedFd<'_>, u8)>) -> Vec<Instruction> {
    let mut program = vec![step(MOVE, R7, R1, 0, 0)];
    if let Some((map, workers)) = vouched {
        program.extend(value_of(map, R6));
        // Over the handing over.
        unless_vouched(&mut program, R6, workers, 6);
    }
    program.extend([step(LOAD_32, R2, R7, QUEUE, 0)]);
    program.extend([step(LOAD_IMMEDIATE_64, R1, MAP, 0, sockets.as_raw_fd()), step(0, 0, 0, 0, 0)]);
    program.extend([step(MOVE_IMMEDIATE, R3, 0, 0, PASS), call(REDIRECT_MAP), step(EXIT, 0, 0, 0, 0)]);
    if vouched.is_some() {
        program.extend([step(MOVE_IMMEDIATE, R0, 0, 0, PASS), step(EXIT, 0, 0, 0, 0)]);
    }
    program
}

/// Jumps over so many instructions more when one of the first `workers` words at the address in `words` is not in the
/// future.
fn unless_vouched(program: &mut Vec<Instruction>, words: u8, workers: u8, over: i16) {
    program.push(call(KTIME_GET_NS));
    for worker in 0..workers {
        program.push(step(LOAD_64, R1, words, 8 * i16::from(worker), 0));
        // Over the rest of the workers, too.
        program.push(step(JUMP_IF_AT_LEAST, R0, R1, 2 * i16::from(workers - worker - 1) + over, 0));
    }
}

/// Drops whatever comes. Holds the map all the same, by which the next gateway recognises it.
pub(super) fn closed(map: BorrowedFd<'_>) -> Vec<Instruction> {
    let mut program = value_of(map, R6);
    program.extend([step(MOVE_IMMEDIATE, R0, 0, 0, DROP), step(EXIT, 0, 0, 0, 0)]);
    program
}

fn value_of(map: BorrowedFd<'_>, register: u8) -> Vec<Instruction> {
    vec![step(LOAD_IMMEDIATE_64, register, MAP_VALUE, 0, map.as_raw_fd()), step(0, 0, 0, 0, 0)]
}

const fn call(function: i32) -> Instruction {
    step(CALL, 0, 0, 0, function)
}

const fn step(code: u8, destination: u8, source: u8, offset: i16, immediate: i32) -> Instruction {
    Instruction { code, registers: destination | source << 4, offset, immediate }
}
