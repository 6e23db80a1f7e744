//! Services whose window, schedule or date ends while connections are alive.

use crate::passes::open;
use crate::plant::{HMI, PLC, USUAL, site};
use crate::rig::Rig;
use crate::wire::{ACK, RST, Talk, icmp, udp};
use core::time::Duration;
use sluice_engine::bridge::Side;
use sluice_policies::site::{AssetId, Location, RateScope, Window, WindowId};
use sluice_policies::{Policy, site};
use std::sync::Arc;

const SECOND: i64 = 1_000_000_000;
/// Noon of some day, in seconds since 1970.
const NOON: i64 = 1_800_000_000;

fn at() -> Location {
    Location { file: 0, span: 0..1 }
}

/// The usual plant, in which ssh needs a window, `bulk` ends at noon, and pings are counted.
fn rig() -> Rig {
    let mut site = site(USUAL);
    site.windows.push(Window {
        name: "maintenance".to_owned(),
        at: at(),
        opened_by: Vec::new(),
        max: Duration::from_hours(1),
        needs: Vec::new(),
        planned: None,
        covers: vec![AssetId(2)],
        zones: Vec::new(),
    });
    let services = &mut site.conduits[0].services;
    let of = |id: &str| services.iter().position(|s| s.id == id).unwrap();
    let (ssh, bulk, ping) = (of("ssh"), of("bulk"), of("icmp-echo"));
    services[ssh].conditions.window = Some(WindowId(0));
    services[bulk].conditions.until = Some(jiff::Timestamp::from_second(NOON).unwrap());
    let scope = RateScope::Source;
    let rate = site::Rate { count: 1, per: Duration::from_hours(1), scope, wording: "1 / h".into(), at: at() };
    services[ping].conditions.rate = Some(rate);
    Rig { policy: Arc::new(Policy::compile(site)), ..Rig::new(USUAL) }
}

fn tell_time(rig: &Rig, seconds_before_noon: i64) {
    rig.policy.state().clock().tell(rig.now, (NOON - seconds_before_noon) * SECOND, true);
}

/// The flags of a TCP frame without VLAN tags.
fn flags(frame: &[u8]) -> u8 {
    frame[14 + 20 + 13]
}

#[test]
fn a_connection_is_cut_when_its_window_closes() {
    for by_itself in [true, false] {
        let mut rig = rig();
        let mut ssh = Talk::new((&HMI, 50_000), (&PLC, 22));
        assert_eq!(rig.word(Side::A, &ssh.syn().frame()), "window");
        rig.policy.state().open_window("maintenance", rig.now, Duration::from_mins(1));
        let mut ssh = Talk::new((&HMI, 50_001), (&PLC, 22));
        open(&mut rig, &mut ssh);
        assert_eq!(rig.word(Side::A, &ssh.client(ACK, b"x").frame()), "forwarded");
        rig.sent();
        if by_itself {
            rig.wait(Duration::from_secs(59));
            assert_eq!((rig.bridge.census().followed, rig.sent().len()), (1, 0));
            rig.wait(Duration::from_secs(1));
        } else {
            rig.policy.state().lock_down(true);
            assert!(rig.bridge.is_behind(&rig.policy));
            rig.bridge.tick(rig.now, &rig.policy, &mut rig.out);
        }
        assert_eq!(rig.bridge.census().followed, 0);
        let ends: Vec<_> = rig.sent().iter().map(|(side, frame)| (*side, flags(frame))).collect();
        assert_eq!(ends, [(Side::B, RST | ACK), (Side::A, RST | ACK)]);
        assert_ne!(rig.word(Side::A, &ssh.client(ACK, b"y").frame()), "forwarded");
    }
}

#[test]
fn the_next_frame_after_a_lockdown_does_not_pass() {
    let mut rig = rig();
    rig.policy.state().open_window("maintenance", rig.now, Duration::from_mins(1));
    let mut ssh = Talk::new((&HMI, 50_000), (&PLC, 22));
    open(&mut rig, &mut ssh);
    rig.policy.state().lock_down(true);
    assert_ne!(rig.word(Side::A, &ssh.client(ACK, b"x").frame()), "forwarded");
}

#[test]
fn what_ends_at_noon_ends_at_noon_and_only_while_the_clock_is_trusted() {
    let mut rig = rig();
    let question = udp((&HMI, 7), (&PLC, 5000), b"");
    tell_time(&rig, 60);
    assert_eq!(rig.word(Side::A, &question), "forwarded");
    let answer = udp((&PLC, 5000), (&HMI, 7), b"");
    rig.wait(Duration::from_secs(20));
    assert_eq!(rig.word(Side::B, &answer), "forwarded");
    rig.wait(Duration::from_secs(20));
    assert_eq!(rig.word(Side::B, &answer), "forwarded");
    rig.wait(Duration::from_secs(20));
    assert_eq!(rig.bridge.census().replies, 0);
    assert_ne!(rig.word(Side::A, &question), "forwarded");
}

#[test]
fn what_was_counted_when_it_was_let_in_is_not_counted_again() {
    let mut rig = rig();
    let ping = |id: u8| icmp(&HMI, &PLC, 8, 0, &[0, id, 0, 1]);
    assert_eq!(rig.word(Side::A, &ping(1)), "forwarded");
    assert_eq!(rig.word(Side::A, &ping(2)), "rate");
    // An order makes everything be judged anew; the first exchange goes on.
    rig.policy.state().open_window("maintenance", rig.now, Duration::from_mins(1));
    assert_eq!(rig.word(Side::A, &ping(1)), "forwarded");
}
