//! What goes on when another process takes over, with the state of the one before or without; and what ICMP errors say of
//! connections whose numbers were edited.

use crate::passes::{ANSWER, READ, WRITE, open};
use crate::plant::{HMI, PLC, Rules, USUAL};
use crate::rig::{Rig, options};
use crate::wire::{ACK, RST, Talk, Tcp, icmp, udp};
use sluice_engine::bridge::{Bounds, Bridge, Side};
use std::time::Duration;

/// A connection on which a write was refused: nine bytes were put in for the client, twelve left out for the server.
fn edited<'a>(rig: &mut Rig) -> Talk<'a> {
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    open(rig, &mut talk);
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &WRITE).frame()), "consumed");
    rig.sent();
    talk.next[1] += 9;
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &[]).frame()), "consumed");
    rig.sent();
    talk
}

/// A read, in the client's numbers on one side and the server's on the other.
fn still_works(rig: &mut Rig, talk: &mut Talk<'_>) {
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &READ).frame()), "consumed");
    let asked = rig.sent().pop().unwrap();
    assert_eq!(asked.0, Side::B);
    assert_eq!(sequence(&asked.1), 1001, "the server never saw the denied write");
    let answer = Tcp { sequence: 5001, acknowledgement: 1001 + 12, ..talk.server(ACK, &ANSWER) };
    assert_eq!(rig.word(Side::B, &answer.frame()), "consumed");
    let answered = rig.sent().pop().unwrap();
    assert_eq!((answered.0, sequence(&answered.1)), (Side::A, 5001 + 9));
    assert!(answered.1.ends_with(&ANSWER));
}

fn sequence(frame: &[u8]) -> u32 {
    u32::from_be_bytes(*frame[38..42].first_chunk().unwrap())
}

fn successor(rig: &mut Rig) {
    let mut state = Vec::new();
    rig.bridge.export(&mut state);
    rig.bridge = Bridge::new(&options(Bounds::default()));
    for length in 0..state.len() {
        // A state that was cut is refused as a whole, or ends between two flows.
        let taken = rig.bridge.import(rig.now, &rig.policy, &state[..length]);
        assert!(taken.is_err() || taken.unwrap() < 3);
        rig.bridge = Bridge::new(&options(Bounds::default()));
    }
    assert_eq!(rig.bridge.import(rig.now, &rig.policy, &state).unwrap(), 3);
}

#[test]
fn every_flow_goes_on_in_the_process_that_takes_over() {
    let mut rig = Rig::new(USUAL);
    let mut talk = edited(&mut rig);
    let mut ssh = Talk::new((&HMI, 50_000), (&PLC, 22));
    open(&mut rig, &mut ssh);
    assert_eq!(rig.word(Side::A, &udp((&HMI, 1), (&PLC, 5000), b"")), "forwarded");
    rig.sent();
    successor(&mut rig);
    still_works(&mut rig, &mut talk);
    assert_eq!(rig.word(Side::B, &ssh.server(ACK, b"SSH").frame()), "forwarded");
    assert_eq!(rig.word(Side::B, &udp((&PLC, 5000), (&HMI, 1), b"")), "forwarded");
    let census = rig.bridge.census();
    assert_eq!((census.inspected, census.edited, census.followed, census.replies), (1, 1, 1, 1));
    assert_eq!(census.half_open, 0);
}

#[test]
fn what_the_new_policy_does_not_allow_ends_after_the_hand_over() {
    let mut rig = Rig::new(USUAL);
    let mut ssh = Talk::new((&HMI, 50_000), (&PLC, 22));
    open(&mut rig, &mut ssh);
    let mut state = Vec::new();
    rig.bridge.export(&mut state);
    let mut next = Rig::new(Rules { services: false, ..USUAL });
    assert_eq!(next.bridge.import(next.now, &next.policy, &state).unwrap(), 1);
    assert_eq!(next.word(Side::A, &ssh.client(ACK, b"x").frame()), "no-statement");
    next.wait(Duration::from_millis(1));
    assert_eq!(next.bridge.census().followed, 0);
}

#[test]
fn without_its_state_an_unedited_connection_is_found_again() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
    talk.next = [1001, 5001];
    let request = talk.client(ACK, &READ);
    assert_eq!(rig.word(Side::A, &request.frame()), "consumed");
    // Both are asked where they are before anything passes.
    let asked = rig.sent();
    assert!(asked.iter().all(|(_, frame)| frame.len() == 54) && !asked.is_empty());
    let server = Tcp { sequence: 5001, acknowledgement: 1001, ..talk.server(ACK, &[]) };
    rig.word(Side::B, &server.frame());
    let client = Tcp { sequence: 1013, acknowledgement: 5001, ..talk.client(ACK, &[]) };
    rig.word(Side::A, &client.frame());
    // A server that has the request already would have answered by then.
    rig.wait(Duration::from_secs(1));
    assert!(rig.sent().iter().any(|(side, frame)| *side == Side::B && frame.ends_with(&READ)));
    rig.word(Side::B, &talk.server(ACK, &ANSWER).frame());
    assert!(rig.sent().iter().any(|(side, frame)| *side == Side::A && frame.ends_with(&ANSWER)));
}

#[test]
fn a_connection_found_under_way_that_nobody_answers_for_is_forgotten() {
    let mut rig = Rig::new(USUAL);
    for port in 0..300 {
        let mut talk = Talk::new((&HMI, 40_000 + port), (&PLC, [502, 22][usize::from(port % 2)]));
        rig.word(Side::A, &talk.client(ACK, &READ).frame());
    }
    let bounds = Bounds::default();
    assert_eq!(rig.bridge.census().half_open, bounds.half_open_of_source);
    rig.wait(Duration::from_mins(2));
    let census = rig.bridge.census();
    assert_eq!((census.inspected, census.followed, census.half_open), (0, 0, 0));
}

#[test]
fn an_error_about_an_edited_connection_quotes_what_its_sender_sent() {
    let mut rig = Rig::new(USUAL);
    let mut talk = edited(&mut rig);
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &READ).frame()), "consumed");
    let (_, asked) = rig.sent().pop().unwrap();
    let about = [&[0, 0, 0, 0][..], &asked[14..42]].concat();
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 3, 1, &about)), "consumed");
    let (side, error) = rig.sent().pop().unwrap();
    assert_eq!(side, Side::A);
    // Ethernet, IP, ICMP, the quoted IP header, then ports and number.
    assert_eq!(error[14 + 20 + 8 + 20 + 4..][..4], 1013_u32.to_be_bytes());
    // Nothing like it was sent.
    let mut wrong = about.clone();
    wrong[4 + 20 + 4..][..4].copy_from_slice(&77_u32.to_be_bytes());
    assert_eq!(rig.word(Side::B, &icmp(&PLC, &HMI, 3, 1, &wrong)), "icmp-unrelated");
    // Not from where the request went.
    assert_eq!(rig.word(Side::A, &icmp(&HMI, &HMI, 3, 1, &about)), "same-side");
}

#[test]
fn both_ends_of_an_edited_connection_are_told_when_it_is_given_up() {
    let bounds = Bounds { idle: Duration::from_hours(1), ..Bounds::default() };
    let mut rig = Rig::bounded(USUAL, bounds);
    edited(&mut rig);
    rig.wait(Duration::from_hours(2));
    let sent = rig.sent();
    assert_eq!(sent.iter().map(|(side, _)| *side).collect::<Vec<_>>(), [Side::B, Side::A]);
    assert!(sent.iter().all(|(_, frame)| frame[47] & RST != 0));
    assert_eq!(rig.bridge.census().inspected, 0);
}

#[test]
fn a_silent_connection_sleeps_and_goes_on_edits_and_all() {
    let mut rig = Rig::new(USUAL);
    let mut talk = edited(&mut rig);
    rig.wait(Duration::from_hours(3));
    assert!(rig.sent().is_empty());
    assert_eq!((rig.bridge.census().inspected, rig.bridge.census().edited), (1, 1));
    still_works(&mut rig, &mut talk);
    rig.wait(Duration::from_hours(1));
    // Handed over as it sleeps, and judged by another policy.
    let mut state = Vec::new();
    rig.bridge.export(&mut state);
    rig.bridge = Bridge::new(&options(Bounds::default()));
    assert_eq!(rig.bridge.import(rig.now, &rig.policy, &state).unwrap(), 1);
    rig.swap(Rules { modbus: false, ..USUAL });
    rig.wait(Duration::from_mins(1));
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &READ).frame()), "consumed");
    assert!(rig.sent().iter().all(|(side, frame)| *side == Side::A || !frame.ends_with(&READ)));
}
