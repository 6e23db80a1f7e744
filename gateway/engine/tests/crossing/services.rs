//! Services of which more is judged than a port: what an SNMP message asks for, where a transfer of files goes on, and who
//! may send which frame of a link.

use crate::plant::{ENGINEER, HMI, Host, PLC, Rules, USUAL};
use crate::rig::Rig;
use crate::wire::udp;
use core::time::Duration;
use sluice_engine::bridge::Side;

/// An SNMP request of version 2c.
fn snmp(tag: u8) -> Vec<u8> {
    let community = *b"\x04\x06public";
    let request =
        *b"\x02\x01\x07\x02\x01\x00\x02\x01\x00\x30\x0E\x30\x0C\x06\x08\x2B\x06\x01\x02\x01\x01\x01\x00\x05\x00";
    let body = [&[2, 1, 1][..], &community, &[tag, request.len() as u8], &request].concat();
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}

fn ask(rig: &mut Rig, from: (&Host, u16), to: (&Host, u16), bytes: &[u8]) -> &'static str {
    rig.word(if from.0.mac == PLC.mac { Side::B } else { Side::A }, &udp(from, to, bytes))
}

#[test]
fn of_snmp_only_what_reads_passes_each_time() {
    let mut rig = Rig::new(USUAL);
    let (manager, agent) = ((&ENGINEER, 40_000), (&PLC, 161));
    assert_eq!(ask(&mut rig, manager, agent, &snmp(0xA3)), "no-statement", "a set request");
    assert_eq!(ask(&mut rig, manager, agent, &snmp(0xA0)), "forwarded");
    assert_eq!(ask(&mut rig, agent, manager, b"whatever an agent answers"), "forwarded");
    // The way is open, and yet.
    for wrong in [snmp(0xA3), snmp(0xA7), b"\x30".to_vec(), [snmp(0xA0), snmp(0xA3)].concat()] {
        assert_eq!(ask(&mut rig, manager, agent, &wrong), "no-statement");
    }
    assert_eq!(ask(&mut rig, manager, agent, &snmp(0xA5)), "forwarded");
    assert_eq!(ask(&mut rig, (&HMI, 40_000), agent, &snmp(0xA0)), "no-statement", "of another conduit");
    // Another policy in force, the same again.
    rig.swap(Rules { services: false, ..USUAL });
    assert_eq!(ask(&mut rig, manager, agent, &snmp(0xA3)), "no-statement");
    assert_eq!(ask(&mut rig, manager, agent, &snmp(0xA1)), "forwarded");
}

#[test]
fn a_transfer_goes_on_between_the_two_ports_of_its_first_answer_alone() {
    let mut rig = Rig::new(USUAL);
    let (client, server) = ((&ENGINEER, 50_000), (&PLC, 69));
    let (data, other) = ((&PLC, 3_000), (&PLC, 3_001));
    assert_eq!(ask(&mut rig, data, client, b"\0\x03\0\x01"), "no-conduit", "before anything was asked for");
    assert_eq!(ask(&mut rig, client, server, b"\0\x01image\0octet\0"), "forwarded");
    assert_eq!(ask(&mut rig, data, (&ENGINEER, 50_001), b"\0\x03\0\x01"), "no-conduit", "to another port");
    assert_eq!(ask(&mut rig, data, client, b"\0\x03\0\x01first"), "forwarded");
    assert_eq!(ask(&mut rig, client, data, b"\0\x04\0\x01"), "forwarded");
    assert_eq!(ask(&mut rig, data, client, b"\0\x03\0\x02second"), "forwarded");
    assert_eq!(ask(&mut rig, other, client, b"\0\x03\0\x01"), "no-conduit", "a second answer");
    assert_eq!(ask(&mut rig, client, other, b"\0\x04\0\x01"), "no-statement");
    // What is not answered in time is not answered any more.
    assert_eq!(ask(&mut rig, (&ENGINEER, 50_002), server, b"\0\x01image\0octet\0"), "forwarded");
    rig.wait(Duration::from_secs(31));
    assert_eq!(ask(&mut rig, data, (&ENGINEER, 50_002), b"\0\x03\0\x01"), "no-conduit");
    // A port that is allowed as such moves nowhere.
    assert_eq!(ask(&mut rig, (&HMI, 7_000), (&PLC, 5_000), b"q"), "forwarded");
    assert_eq!(ask(&mut rig, data, (&HMI, 7_000), b"a"), "no-conduit");
}

#[test]
fn frames_of_a_link_pass_from_who_may_send_them() {
    let frame = |to: [u8; 6], from: &Host, rest: &[u8]| [&to, &from.mac[..], rest].concat();
    let lldp = |from: &Host| frame([0x01, 0x80, 0xC2, 0, 0, 0x0E], from, &[0x88, 0xCC, 2, 7, 4]);
    let rstp = |from: &Host| frame([0x01, 0x80, 0xC2, 0, 0, 0], from, &[0, 7, 0x42, 0x42, 3, 0, 0, 2, 2]);
    let mut rig = Rig::new(USUAL);
    assert_eq!(rig.word(Side::A, &lldp(&ENGINEER)), "forwarded");
    assert_eq!(rig.word(Side::B, &lldp(&PLC)), "no-conduit", "it does not open");
    assert_eq!(rig.word(Side::A, &lldp(&HMI)), "no-conduit");
    assert_eq!(rig.word(Side::B, &lldp(&ENGINEER)), "spoof-port");
    // Spanning tree is said by both ends, and by nobody else.
    assert_eq!(rig.word(Side::A, &rstp(&ENGINEER)), "forwarded");
    assert_eq!(rig.word(Side::B, &rstp(&PLC)), "forwarded");
    assert_eq!(rig.word(Side::A, &rstp(&HMI)), "no-conduit");
}
