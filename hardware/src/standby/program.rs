//! The standby wire's programs, for the kernel's virtual machine (RFC 9669).

use crate::sys::bpf::Instruction;
use rustix::fd::{AsRawFd, BorrowedFd};

const R0: u8 = 0;
const R1: u8 = 1;
const R2: u8 = 2;
/// Kept over calls.
const R6: u8 = 6;

const LOAD_IMMEDIATE_64: u8 = 0x18;
const LOAD_64: u8 = 0x79;
const ATOMIC_64: u8 = 0xDB;
const MOVE_IMMEDIATE: u8 = 0xB7;
const JUMP_IF_AT_LEAST: u8 = 0x3D;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;

/// The immediate is a map's descriptor, the register becomes the address of its value.
const MAP_VALUE: u8 = 2;
const KTIME_GET_NS: i32 = 5;
const REDIRECT: i32 = 23;
/// `TC_ACT_SHOT`: the frame ends here.
const DROP: i32 = 2;

/// Drops while each of the first `workers` words of the map lies in the future; else counts in the word `passed` and
/// hands the frame to the interface `peer`.
pub(super) fn open(map: BorrowedFd<'_>, workers: u8, passed: u16, peer: u32) -> Vec<Instruction> {
    let mut program = value_of(map, R6);
    program.push(call(KTIME_GET_NS));
    for worker in 0..workers {
        program.push(step(LOAD_64, R1, R6, 8 * i16::from(worker), 0));
        // Over the rest of the workers and over the end.
        program.push(step(JUMP_IF_AT_LEAST, R0, R1, 2 * i16::from(workers - worker - 1) + 2, 0));
    }
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
