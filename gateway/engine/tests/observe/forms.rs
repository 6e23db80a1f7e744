//! Another form of a protocol, found by what it looks like.

use crate::sites::{self, Rules};
use crate::wire::{Link, Wire};
use sluice_engine::observe::{Content, Key, Limits, Verdicts};
use sluice_model::Direction::{ToClient, ToServer};
use sluice_protocols::registry;
use std::net::SocketAddr;

const READ: [u8; 8] = [1, 3, 0, 0, 0, 1, 0x84, 0x0A];
const ANSWER: [u8; 7] = [1, 3, 2, 0, 7, 0xF9, 0x86];
const WRITE: [u8; 8] = [1, 6, 0, 90, 0, 1, 0x68, 0x19];

fn link(port: u16) -> Link {
    Link::new(sites::client(), SocketAddr::new(sites::CONTROLLER, port))
}

#[test]
fn rtu_frames_are_found_on_any_port_and_on_that_of_modbus() {
    for port in [502, 4001, 10_001] {
        let (mut wire, mut link) = (Wire::new(None, Limits::default()), link(port));
        link.open(&mut wire);
        link.say(&mut wire, 0, &READ[..]);
        link.say(&mut wire, 1, &ANSWER[..4]);
        link.say(&mut wire, 1, &ANSWER[4..]);
        let summary = wire.finish();
        assert_eq!(summary.protocols.keys().collect::<Vec<_>>(), [&"modbus-rtu"], "{port}");
        let spoken = &summary.protocols["modbus-rtu"];
        assert_eq!((spoken.messages, spoken.unpaired, spoken.anomalies.len()), (2, 0, 0));
        assert_eq!(spoken.counts["response"][&Key(3, None)], 1);
        assert!(summary.devices[&sites::CONTROLLER].server);
    }
}

#[test]
fn a_wrong_crc_is_no_modbus() {
    let (mut wire, mut link) = (Wire::new(None, Limits::default()), link(4001));
    link.open(&mut wire);
    let mut wrong = READ;
    wrong[7] ^= 1;
    link.say(&mut wire, 0, &wrong);
    let summary = wire.finish();
    assert_eq!((summary.protocols.len(), summary.unidentified[&Content::Tcp(4001)]), (0, 1));
}

#[test]
fn a_frame_that_breaks_later_is_told_and_reading_goes_on_with_the_next_segment() {
    let (mut wire, mut link) = (Wire::new(None, Limits::default()), link(4001));
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ);
    let mut wrong = READ;
    wrong[7] ^= 1;
    link.say(&mut wire, 0, &wrong);
    link.say(&mut wire, 0, &READ);
    let summary = wire.finish();
    let spoken = &summary.protocols["modbus-rtu"];
    assert_eq!((spoken.messages, spoken.anomalies["crc"]), (2, 1));
}

#[test]
fn a_policy_for_modbus_judges_rtu_frames_too() {
    let modbus = registry::ALL[0].descriptor();
    let holding = modbus.spaces.iter().find(|s| s.name == "holding").unwrap().id;
    let policy = sites::policy(modbus, holding, Rules::new(16, 8));
    let (mut wire, mut link) = (Wire::new(Some(policy), Limits::default()), link(4001));
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ);
    link.say(&mut wire, 1, &ANSWER);
    link.say(&mut wire, 0, &WRITE);
    let verdicts = wire.finish().verdicts;
    assert_eq!(verdicts, Some(Verdicts { allow: 2, alert: 0, deny: 1, moot: 0 }));
    let said: Vec<_> = wire.notes.operations.iter().map(|(d, f, v)| (*d, *f, v.as_deref())).collect();
    assert_eq!(said, [(ToServer, 3, Some("allow")), (ToClient, 3, None), (ToServer, 6, Some("deny"))]);
}
