//! Which worker a frame belongs to, as a program of the kernel's classic packet filter.
//!
//! Everything between two IP addresses belongs together: both directions, fragments (whose later ones show no port), and
//! errors of ICMP that quote a packet between the two. What is not IP, and neighbour discovery, belongs to worker 0.
//! The program sees the frame from its network header on; the outer VLAN tag is already off, a second one is not.

use libc::sock_filter;
use std::net::IpAddr;

const LOAD_BYTE: u16 = 0x30;
const LOAD_HALF: u16 = 0x28;
const LOAD_WORD: u16 = 0x20;
/// As above, at the index register and an offset.
const LOAD_BYTE_AT: u16 = 0x50;
const LOAD_WORD_AT: u16 = 0x40;
/// The index register becomes the length of the IPv4 header at an offset.
const LOAD_HEADER_LENGTH: u16 = 0xB1;
const STORE: u16 = 0x02;
const LOAD_STORED_INDEX: u16 = 0x61;
const XOR_INDEX: u16 = 0xAC;
const MULTIPLY: u16 = 0x24;
const SHIFT_RIGHT: u16 = 0x74;
const JUMP: u16 = 0x05;
const IF_EQUAL: u16 = 0x15;
const IF_LESS_NOT: u16 = 0x35;
const IF_GREATER: u16 = 0x25;
const IF_BITS: u16 = 0x45;
const RETURN: u16 = 0x06;
const RETURN_VALUE: u16 = 0x16;

/// `SKF_AD_OFF + SKF_AD_PROTOCOL`: the Ethertype behind the tags that are off.
const PROTOCOL: u32 = 0xFFFF_F000;
const VLAN: u32 = 0x8100;
const SERVICE_VLAN: u32 = 0x88A8;
const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86DD;
const ICMP: u32 = 1;
const ICMPV6: u32 = 58;
/// Errors of ICMP (RFC 792), each quoting a packet behind 8 bytes.
const ERRORS: [u32; 5] = [3, 4, 5, 11, 12];
/// The first message of `ICMPv6` that is no error (RFC 4443).
const FIRST_INFORMATION: u32 = 128;
/// Neighbour discovery (RFC 4861).
const DISCOVERY: (u32, u32) = (133, 137);

/// The program.
pub(super) fn program() -> Vec<sock_filter> {
    let mut program = Program::default();
    program.step(LOAD_WORD, PROTOCOL);
    let mut tagged = [VLAN, SERVICE_VLAN].map(|kind| program.jump_if(IF_EQUAL, kind)).to_vec();
    network(&mut program, 0);
    program.land(&mut tagged);
    program.step(LOAD_HALF, 2);
    network(&mut program, 4);
    program.0
}

/// The network header begins at `base`, and its type has been loaded.
fn network(program: &mut Program, base: u32) {
    let mut four = vec![program.jump_if(IF_EQUAL, IPV4)];
    let mut six = vec![program.jump_if(IF_EQUAL, IPV6)];
    program.step(RETURN, 0);
    program.land(&mut four);
    ipv4(program, base);
    program.land(&mut six);
    ipv6(program, base);
}

fn ipv4(program: &mut Program, base: u32) {
    program.step(LOAD_BYTE, base + 9);
    let mut icmp = vec![program.jump_if(IF_EQUAL, ICMP)];
    let mut plain = vec![program.jump()];
    program.land(&mut icmp);
    program.step(LOAD_HALF, base + 6);
    plain.push(program.jump_if(IF_BITS, 0x1FFF));
    program.step(LOAD_HEADER_LENGTH, base);
    program.step(LOAD_BYTE_AT, base);
    let mut quoting = ERRORS.map(|kind| program.jump_if(IF_EQUAL, kind)).to_vec();
    plain.push(program.jump());
    program.land(&mut quoting);
    pair(program, LOAD_WORD_AT, base + 8 + 12, 1);
    program.land(&mut plain);
    pair(program, LOAD_WORD, base + 12, 1);
}

fn ipv6(program: &mut Program, base: u32) {
    program.step(LOAD_BYTE, base + 6);
    let mut icmp = vec![program.jump_if(IF_EQUAL, ICMPV6)];
    let mut plain = vec![program.jump()];
    program.land(&mut icmp);
    program.step(LOAD_BYTE, base + 40);
    let mut information = vec![program.jump_if(IF_LESS_NOT, FIRST_INFORMATION)];
    pair(program, LOAD_WORD, base + 40 + 8 + 8, 4);
    program.land(&mut information);
    plain.push(program.jump_if(IF_GREATER, DISCOVERY.1));
    let mut discovery = vec![program.jump_if(IF_LESS_NOT, DISCOVERY.0)];
    plain.push(program.jump());
    program.land(&mut discovery);
    program.step(RETURN, 0);
    program.land(&mut plain);
    pair(program, LOAD_WORD, base + 8, 4);
}

/// Returns a hash of two addresses of so many words, the first at `at`, in which their order does not matter.
fn pair(program: &mut Program, load: u16, at: u32, words: u32) {
    for word in 0..2 * words {
        if word == 0 {
            program.step(load, at);
            continue;
        }
        program.step(STORE, 0);
        program.step(load, at + 4 * word);
        program.step(LOAD_STORED_INDEX, 0);
        program.step(XOR_INDEX, 0);
    }
    program.step(MULTIPLY, 0x9E37_79B1);
    program.step(SHIFT_RIGHT, 16);
    program.step(RETURN_VALUE, 0);
}

/// The worker, of so many, that frames between two addresses are given to: as the program says, whose value the kernel
/// divides by their number (`PACKET_FANOUT_CBPF`).
pub fn worker_of(one: IpAddr, other: IpAddr, workers: usize) -> usize {
    let folded = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u32::from(ip),
        IpAddr::V6(ip) => (0..4).fold(0, |sum, word| sum ^ (u128::from(ip) >> (32 * word)) as u32),
    };
    let hash = (folded(one) ^ folded(other)).wrapping_mul(0x9E37_79B1) >> 16;
    hash as usize % workers.max(1)
}

/// Instructions, whose jumps all go forward.
#[derive(Default)]
struct Program(Vec<sock_filter>);

impl Program {
    fn step(&mut self, code: u16, k: u32) {
        self.0.push(sock_filter { code, jt: 0, jf: 0, k });
    }

    /// Jumps if; [`Program::land`] says where to.
    fn jump_if(&mut self, code: u16, k: u32) -> usize {
        self.step(code, k);
        self.0.len() - 1
    }

    fn jump(&mut self) -> usize {
        self.jump_if(JUMP, 0)
    }

    /// The jumps from these places go here.
    fn land(&mut self, from: &mut Vec<usize>) {
        let here = self.0.len();
        for place in from.drain(..) {
            let distance = here - place - 1;
            let step = &mut self.0[place];
            if step.code == JUMP { step.k = distance as u32 } else { step.jt = distance as u8 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel does: what lies outside of the packet ends it with 0.
    fn run(protocol: u16, packet: &[u8]) -> u32 {
        let (mut a, mut x, mut stored, mut at) = (0_u32, 0_u32, 0_u32, 0);
        let load = |at: u32, size: usize| -> Option<u32> {
            let bytes = packet.get(at as usize..at as usize + size)?;
            Some(bytes.iter().fold(0, |all, b| all << 8 | u32::from(*b)))
        };
        let program = program();
        loop {
            let sock_filter { code, jt, k, .. } = program[at];
            at += 1;
            let loaded = match code {
                LOAD_WORD if k == PROTOCOL => Some(u32::from(protocol)),
                LOAD_WORD => load(k, 4),
                LOAD_HALF => load(k, 2),
                LOAD_BYTE => load(k, 1),
                LOAD_WORD_AT => load(x + k, 4),
                LOAD_BYTE_AT => load(x + k, 1),
                LOAD_HEADER_LENGTH => {
                    let Some(byte) = load(k, 1) else { return 0 };
                    x = 4 * (byte & 0xF);
                    continue;
                }
                RETURN => return k,
                RETURN_VALUE => return a,
                _ => {
                    let jump = match code {
                        IF_EQUAL => a == k,
                        IF_LESS_NOT => a >= k,
                        IF_GREATER => a > k,
                        IF_BITS => a & k != 0,
                        _ => false,
                    };
                    match code {
                        STORE => stored = a,
                        LOAD_STORED_INDEX => x = stored,
                        XOR_INDEX => a ^= x,
                        MULTIPLY => a = a.wrapping_mul(k),
                        SHIFT_RIGHT => a >>= k,
                        JUMP => at += k as usize,
                        _ => at += if jump { usize::from(jt) } else { 0 },
                    }
                    continue;
                }
            };
            let Some(loaded) = loaded else { return 0 };
            a = loaded;
        }
    }

    const A: [u8; 4] = [10, 0, 0, 1];
    const B: [u8; 4] = [192, 168, 7, 9];

    fn v4(from: [u8; 4], to: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
        packet.extend_from_slice(&from);
        packet.extend_from_slice(&to);
        packet.extend_from_slice(payload);
        packet
    }

    fn v6(from: u8, to: u8, next: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x60, 0, 0, 0, 0, 0, next, 64];
        for last in [from, to] {
            packet.extend_from_slice(&[0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        }
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn both_directions_and_fragments_meet() {
        let hash = run(0x0800, &v4(A, B, 6, &[1; 20]));
        assert_ne!(hash, 0);
        assert_eq!(run(0x0800, &v4(B, A, 6, &[2; 20])), hash);
        let mut fragment = v4(A, B, 6, &[3; 8]);
        fragment[7] = 9;
        assert_eq!(run(0x0800, &fragment), hash);
        assert_ne!(run(0x0800, &v4(A, [192, 168, 7, 10], 6, &[1; 20])), hash);
        let six = run(0x86DD, &v6(1, 2, 6, &[1; 20]));
        assert_ne!(six, 0);
        assert_eq!(run(0x86DD, &v6(2, 1, 17, &[])), six);
    }

    #[test]
    fn the_worker_of_two_addresses_is_the_one_that_the_program_chooses() {
        for workers in 1..9 {
            let four = [IpAddr::from(A), IpAddr::from(B)];
            let chosen = run(0x0800, &v4(A, B, 6, &[1; 20])) as usize % workers;
            assert_eq!((worker_of(four[0], four[1], workers), worker_of(four[1], four[0], workers)), (chosen, chosen));
            let six = [1, 2].map(|last| IpAddr::from([0xFD00, 0, 0, 0, 0, 0, 0, last]));
            let chosen = run(0x86DD, &v6(1, 2, 6, &[1; 20])) as usize % workers;
            assert_eq!(worker_of(six[0], six[1], workers), chosen);
        }
    }

    #[test]
    fn an_error_goes_where_what_it_quotes_goes() {
        let hash = run(0x0800, &v4(A, B, 6, &[]));
        let router = [172, 16, 0, 1];
        let error = |kind: u8| [&[kind, 4, 0, 0, 0, 0, 0, 0][..], &v4(A, B, 6, &[0; 8])].concat();
        for kind in ERRORS {
            assert_eq!(run(0x0800, &v4(router, A, 1, &error(kind as u8))), hash);
        }
        assert_eq!(run(0x0800, &v4(A, B, 1, &error(8))), hash, "an echo goes by its own addresses");
        let mut options = v4(router, A, 1, &[&[0; 4][..], &error(3)].concat());
        options[0] = 0x46;
        assert_eq!(run(0x0800, &options), hash);
        let quoted = run(0x86DD, &v6(1, 2, 6, &[]));
        let error = [&[2, 0, 0, 0, 0, 0, 0, 0][..], &v6(1, 2, 6, &[0; 8])].concat();
        assert_eq!(run(0x86DD, &v6(9, 1, 58, &error)), quoted);
    }

    #[test]
    fn what_is_not_ip_and_neighbour_discovery_go_to_the_first_worker() {
        assert_eq!(run(0x0806, &[0; 46]), 0);
        assert_eq!(run(0x8892, &[0xFF; 46]), 0);
        assert_eq!(run(0x86DD, &v6(1, 2, 58, &[135, 0, 0, 0])), 0);
        assert_ne!(run(0x86DD, &v6(1, 2, 58, &[128, 0, 0, 0])), 0);
        assert_eq!(run(0x0800, &[0x45]), 0, "a stump");
    }

    #[test]
    fn a_second_tag_is_seen_through() {
        let plain = v4(A, B, 6, &[]);
        let tagged = [&[0, 7, 8, 0][..], &plain].concat();
        assert_eq!(run(0x8100, &tagged), run(0x0800, &plain));
        assert_eq!(run(0x88A8, &tagged), run(0x0800, &plain));
    }
}
