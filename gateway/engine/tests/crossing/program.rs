//! A stream of frames out of arbitrary bytes through a bridge with tight bounds, and what must hold of it; run by the tests
//! and by the fuzzer.

use crate::build;
use crate::plant::{ENGINEER, HMI, Host, PLC, PLC_30, Rules, STRANGER, USUAL};
use crate::rig::Rig;
use crate::wire::{EVERYONE, RST, Tcp, arp, ether, icmp, tag, udp};
use sluice_engine::bridge::{Bounds, Bridge, Offload, Outcome, Side};
use std::time::Duration;

/// Reads holding register 3.
const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
/// Writes holding register 99, which nobody may.
const WRITE: [u8; 12] = [0, 2, 0, 0, 0, 6, 1, 6, 0, 99, 0, 1];
const HOSTS: [Host; 8] = [HMI, PLC, HMI, PLC, HMI, ENGINEER, PLC_30, STRANGER];
const PORTS: [u16; 4] = [502, 502, 22, 23];
const FLAGS: [u8; 8] = [2, 18, 16, 24, 17, 4, 20, 16];

/// Little of everything, so that every bound is reached.
pub fn few() -> Bounds {
    Bounds { flows: 6, half_open: 3, datagrams: 2, datagram_bytes: 600, ..Bounds::default() }
}

/// Reads a program, six bytes and content for each step.
pub fn program(mut rest: &[u8]) {
    let mut rig = Rig::bounded(USUAL, few());
    while let [kind, who, how, place, at, length, behind @ ..] = rest {
        let (bytes, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        match kind {
            0..=3 => rig.wait(Duration::from_millis(u64::from(*how) * u64::from(*place) * 8)),
            4 | 5 => rig.swap(Rules { services: *kind == 4, ..USUAL }),
            6 => succeed(&mut rig, bytes),
            _ => frame(&mut rig, *kind, (*who, *how, *place, *at), bytes),
        }
        check(&mut rig);
    }
    rig.wait(Duration::from_hours(48));
    let census = rig.bridge.census();
    assert_eq!(census.inspected + census.followed + census.replies + census.half_open, 0);
}

/// Another process takes over, or is handed rubbish.
fn succeed(rig: &mut Rig, damage: &[u8]) {
    let mut state = Vec::new();
    rig.bridge.export(&mut state);
    for pair in damage.chunks_exact(2) {
        let place = usize::from(pair[0]) * 7 % state.len();
        state[place] ^= pair[1];
    }
    let mut next = Bridge::new(&crate::rig::options(few()));
    let taken = next.import(rig.now, &rig.policy, &state);
    assert!(taken.is_ok() || !damage.is_empty());
    if taken.is_ok() && damage.is_empty() {
        rig.bridge = next;
    }
}

fn frame(rig: &mut Rig, kind: u8, (who, how, place, at): (u8, u8, u8, u8), bytes: &[u8]) {
    let (a, b) = (&HOSTS[usize::from(who & 7)], &HOSTS[usize::from(who >> 3 & 7)]);
    let (port, client) = (PORTS[usize::from(how & 3)], 40_000 + u16::from(how >> 2 & 1));
    let back = how & 8 != 0;
    let mut frame = match kind >> 4 {
        0..=7 => {
            let said = [&READ[..], &WRITE, &ANSWER, bytes][usize::from(how >> 4 & 3)];
            let (from, to) = if back { ((a, port), (b, client)) } else { ((a, client), (b, port)) };
            let (sequence, acknowledgement) = (u32::from(place & 63), u32::from(at & 63));
            let flags = FLAGS[usize::from(kind & 7)];
            Tcp { from, to, sequence, acknowledgement, flags, options: &[], bytes: said }.frame()
        }
        8 | 9 if back => udp((a, 5000), (b, 7000), bytes),
        8 | 9 => udp((a, 7000), (b, 5000 + u16::from(how & 1)), bytes),
        10 => icmp(a, b, how % 16, 0, bytes),
        11 => arp(how % 3, a, b, if back { EVERYONE } else { b.mac }),
        12 => ether(a, b, &[], &build::ipv4(17, a.v4, b.v4, [how & 0x3F, place], &[], &bytes[..bytes.len() & !7])),
        13 => ether(a, b, &tag(u16::from(place)), &[&[0x45], bytes].concat()),
        _ => bytes.to_vec(),
    };
    if kind & 8 != 0
        && let Some(byte) = frame.get_mut(usize::from(at))
    {
        *byte = place;
    }
    let side = if who & 64 == 0 { Side::A } else { Side::B };
    let offload = Offload { unfinished: (who & 128 != 0).then_some((34, 16)), segment: None };
    if let Outcome::Dropped(why) = rig.frame(side, &frame, offload) {
        assert!(!why.name().is_empty());
    }
}

/// What must hold at every moment.
pub fn check(rig: &mut Rig) {
    for (to, frame) in rig.sent() {
        if let Err(why) = allowed(to, &frame) {
            panic!("{why}: {frame:02x?}");
        }
    }
    let (census, most) = (rig.bridge.census(), few());
    assert!(census.inspected + census.followed + census.replies <= most.flows, "{census:?}");
    assert!(census.half_open <= most.half_open && census.datagrams <= most.datagrams, "{census:?}");
}

/// Whether a frame that left may have: from an asset on its own side to one across, on what the site says.
fn allowed(to: Side, frame: &[u8]) -> Result<(), String> {
    let (mac_to, mac_from) = (&frame[0..6], &frame[6..12]);
    let expected = if to == Side::B { [HMI.mac, ENGINEER.mac] } else { [PLC.mac, PLC_30.mac] };
    if !expected.iter().any(|mac| mac == mac_from) {
        return Err(format!("from {mac_from:x?} to {to:?}"));
    }
    if mac_to[0] & 1 == 1 {
        return Ok(());
    }
    if mac_to == STRANGER.mac {
        return Err("to a stranger".to_owned());
    }
    if frame[12..14] == [8, 0] && frame[14 + 9] == 6 { segment(&frame[14..]) } else { Ok(()) }
}

/// Nobody may write register 99, nor dial telnet.
fn segment(packet: &[u8]) -> Result<(), String> {
    let ports = [u16::from_be_bytes([packet[20], packet[21]]), u16::from_be_bytes([packet[22], packet[23]])];
    // Who dials where nobody may is told so.
    let reset = packet[20 + 13] & RST != 0;
    if !reset && !ports.iter().any(|port| [502, 22].contains(port)) {
        return Err(format!("ports {ports:?}"));
    }
    if ports[1] == 502 && packet.ends_with(&WRITE) {
        return Err("a denied write".to_owned());
    }
    if build::checksum(&[&packet[..20]]) == [0, 0] { Ok(()) } else { Err("the checksum of a header".to_owned()) }
}
