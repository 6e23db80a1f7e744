//! What passes, and how it leaves.

use crate::build;
use crate::plant::{ENGINEER, HMI, PLC, PLC_30, STRANGER, USUAL};
use crate::rig::Rig;
use crate::wire::{ACK, EVERYONE, FIN, Talk, arp, ether, icmp, tag, udp};
use sluice_engine::bridge::Side;

/// Reads holding register 3.
pub const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1];
pub const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
/// Writes holding register 99, which nobody may.
pub const WRITE: [u8; 12] = [0, 2, 0, 0, 0, 6, 1, 6, 0, 99, 0, 1];
const REFUSAL: [u8; 9] = [0, 2, 0, 0, 0, 3, 1, 0x86, 2];

/// Opens a connection.
pub fn open(rig: &mut Rig, talk: &mut Talk<'_>) {
    for (side, segment) in [(Side::A, talk.syn()), (Side::B, talk.syn_ack()), (Side::A, talk.client(ACK, &[]))] {
        assert_eq!(rig.word(side, &segment.frame()), "forwarded");
    }
}

#[test]
fn allowed_modbus_leaves_as_it_came_and_a_denied_write_is_refused_on_the_same_connection() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    open(&mut rig, &mut talk);
    for _ in 0..3 {
        let asked = talk.client(ACK, &READ).frame();
        rig.sent();
        assert_eq!(rig.word(Side::A, &asked), "forwarded");
        assert_eq!(rig.sent(), [(Side::B, asked)]);
        let answer = talk.server(ACK, &ANSWER).frame();
        assert_eq!(rig.word(Side::B, &answer), "forwarded");
        assert_eq!(rig.sent(), [(Side::A, answer)]);
    }
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &WRITE).frame()), "consumed");
    let sent = rig.sent();
    let refusal = sent.iter().find(|(_, frame)| frame.ends_with(&REFUSAL)).unwrap();
    assert_eq!(refusal.0, Side::A);
    assert_eq!(refusal.1[..14], talk.server(ACK, &[]).frame()[..14]);
    assert!(!sent.iter().any(|(_, frame)| frame.ends_with(&WRITE)));
    assert_eq!(rig.bridge.census().edited, 1);
    assert_eq!(rig.out.answers, 3);
}

#[test]
fn connections_of_ipv6_and_of_a_vlan_pass_too() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    let frames = [
        (Side::A, talk.syn().frame6()),
        (Side::B, talk.syn_ack().frame6()),
        (Side::A, talk.client(ACK, &READ).frame6()),
        (Side::B, talk.server(ACK, &ANSWER).frame6()),
    ];
    for (side, frame) in frames {
        assert_eq!(rig.word(side, &frame), "forwarded");
    }
    assert_eq!(rig.out.answers, 1);
    assert_eq!(rig.bridge.census().inspected, 1);
}

#[test]
fn a_service_passes_from_the_side_that_opens_it_and_its_answers_come_back() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 50_000), (&PLC, 22));
    open(&mut rig, &mut talk);
    for (side, segment) in [
        (Side::B, talk.server(ACK, b"SSH-2.0-x\r\n")),
        (Side::A, talk.client(ACK, b"SSH-2.0-y\r\n")),
        (Side::A, talk.client(ACK | FIN, &[])),
        (Side::B, talk.server(ACK | FIN, &[])),
        (Side::A, talk.client(ACK, &[])),
    ] {
        assert_eq!(rig.word(side, &segment.frame()), "forwarded");
    }
    assert_eq!(rig.bridge.census().followed, 1);
    let mut back = Talk::new((&PLC, 50_000), (&HMI, 22));
    assert_eq!(rig.word(Side::B, &back.syn().frame()), "no-conduit");
}

#[test]
fn a_question_opens_the_way_back_for_a_while() {
    let mut rig = Rig::new(USUAL);
    assert_eq!(rig.word(Side::B, &udp((&PLC, 5000), (&HMI, 7000), b"a")), "no-conduit");
    assert_eq!(rig.word(Side::A, &udp((&HMI, 7000), (&PLC, 5000), b"q")), "forwarded");
    assert_eq!(rig.word(Side::B, &udp((&PLC, 5000), (&HMI, 7000), b"a")), "forwarded");
    assert_eq!(rig.word(Side::B, &udp((&PLC, 5001), (&HMI, 7000), b"a")), "no-conduit");
    rig.wait(core::time::Duration::from_secs(31));
    assert_eq!(rig.word(Side::B, &udp((&PLC, 5000), (&HMI, 7000), b"a")), "no-conduit");
    assert_eq!(rig.bridge.census().replies, 0);
}

#[test]
fn a_ping_passes_and_its_answer_alone_comes_back() {
    let mut rig = Rig::new(USUAL);
    let (id, other) = ([0, 9, 0, 1], [0, 8, 0, 1]);
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 0, 0, &id)), "unasked");
    assert_eq!(rig.word(Side::A, &icmp(&HMI, &PLC, 8, 0, &id)), "forwarded");
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 0, 0, &other)), "unasked");
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 0, 0, &id)), "forwarded");
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 8, 0, &id)), "no-conduit");
    assert_eq!(rig.word(Side::A, &icmp(&HMI, &PLC, 13, 0, &id)), "no-statement");
}

#[test]
fn arp_passes_between_the_ends_of_a_conduit_without_its_padding() {
    let mut rig = Rig::new(USUAL);
    let question = arp(1, &HMI, &PLC, EVERYONE);
    assert_eq!(rig.word(Side::A, &question), "forwarded");
    assert_eq!(rig.sent(), [(Side::B, question[..42].to_vec())]);
    assert_eq!(rig.word(Side::B, &arp(2, &PLC, &HMI, HMI.mac)), "forwarded");
    // A neighbour that is polled, an announcement, a probe.
    assert_eq!(rig.word(Side::A, &arp(1, &HMI, &PLC, PLC.mac)), "forwarded");
    assert_eq!(rig.word(Side::B, &arp(1, &PLC, &PLC, EVERYONE)), "forwarded");
    let mut probe = arp(1, &PLC, &PLC, EVERYONE);
    probe[28..32].fill(0);
    assert_eq!(rig.word(Side::B, &probe), "forwarded");
    // Of the two, no conduit joins one with the other.
    assert_eq!(rig.word(Side::A, &arp(1, &ENGINEER, &PLC_30, EVERYONE)), "misdirected");
    assert_eq!(rig.word(Side::A, &arp(1, &STRANGER, &PLC, EVERYONE)), "no-conduit");
    assert_eq!(rig.word(Side::A, &arp(1, &HMI, &STRANGER, EVERYONE)), "no-conduit");
}

#[test]
fn plain_frames_pass_by_the_statement_that_names_them() {
    let mut rig = Rig::new(USUAL);
    let lldp = [&[0x01, 0x80, 0xC2, 0, 0, 0x0E], &ENGINEER.mac[..], &[0x88, 0xCC, 2, 7, 4]].concat();
    assert_eq!(rig.word(Side::A, &lldp), "forwarded");
    let goose = [&PLC.mac, &ENGINEER.mac[..], &[0x88, 0xB8, 0, 1]].concat();
    assert_eq!(rig.word(Side::A, &goose), "forwarded");
    let mut rstp = [&[0x01, 0x80, 0xC2, 0, 0, 0], &ENGINEER.mac[..], &[0, 7, 0x42, 0x42, 3, 0, 0, 2, 2]].concat();
    rstp.resize(60, 0xEE);
    assert_eq!(rig.word(Side::A, &rstp), "forwarded");
    assert_eq!(rig.sent().pop().unwrap().1.len(), 14 + 7);
    let other = [&PLC.mac, &HMI.mac[..], &[0x88, 0xB8, 0, 1]].concat();
    assert_eq!(rig.word(Side::A, &other), "no-statement");
}

#[test]
fn padding_is_cut_off_and_priority_tags_are_no_vlan() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    let mut frame = talk.syn().frame();
    let length = frame.len();
    frame.extend(*b"hidden");
    assert_eq!(rig.word(Side::A, &frame), "forwarded");
    assert_eq!(rig.sent()[0].1.len(), length);
    let tagged = ether(&PLC, &HMI, &tag(0xE000), &talk.syn_ack().packet());
    assert_eq!(rig.word(Side::B, &tagged), "forwarded");
}

#[test]
fn a_client_without_an_address_asks_everyone_for_one() {
    let mut rig = Rig::new(USUAL);
    let nobody: std::net::Ipv4Addr = "0.0.0.0".parse().unwrap();
    let asked = |mac: [u8; 6], port| {
        let everyone = std::net::Ipv4Addr::BROADCAST;
        let content = build::udp((nobody, 68).into(), (everyone, port).into(), b"discover");
        let packet = build::ipv4(17, nobody, everyone, [0, 0], &[], &content);
        [&EVERYONE[..], &mac, &[8, 0], &packet].concat()
    };
    assert_eq!(rig.word(Side::A, &asked(ENGINEER.mac, 67)), "forwarded");
    assert_eq!(rig.word(Side::A, &asked(ENGINEER.mac, 69)), "no-conduit");
    assert_eq!(rig.word(Side::A, &asked(STRANGER.mac, 67)), "no-conduit");
    assert_eq!(rig.word(Side::B, &asked(ENGINEER.mac, 67)), "spoof-port");
    // The server answers to everyone, or to the address that it gives.
    let told = [&EVERYONE[..], &udp((&PLC, 67), (&ENGINEER, 68), b"offer")[6..]].concat();
    assert_eq!(rig.word(Side::B, &told), "misdirected");
    assert_eq!(rig.word(Side::B, &udp((&PLC, 67), (&ENGINEER, 68), b"offer")), "forwarded");
}
