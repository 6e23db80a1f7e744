//! Every condition of the language at work: real pymodbus stations through the real program to a real pymodbus
//! controller, with orders over the control socket, restarts and crashes between.
//!
//! `make setup` installs pymodbus; a plain `cargo test` says what it skips without it.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what was skipped, and what the gateway said when a test failed

mod plant;
mod program;
#[path = "../peers/programs.rs"]
#[allow(dead_code, reason = "the tests of peers use the rest of it")]
mod programs;
#[path = "../rig/mod.rs"]
mod rig;

use plant::{DOSE, LEVEL, Plant, SETUP, SPEED, VALVE};
use program::pymodbus;
use rig::eventually;
use std::time::Duration;

/// What a station hears of a write that its conditions do not let pass.
fn refused(said: &str) -> bool {
    said.starts_with("exception ")
}

#[test]
fn an_interlock_opens_and_closes_as_the_level_moves_and_goes_stale() {
    if !pymodbus() {
        return;
    }
    let plant = Plant::start(61);
    let (mut local, mut hmi) = (plant.local(), plant.hmi(1));
    let (open, read) = (format!("write {VALVE} 1"), format!("read {LEVEL}"));
    assert!(refused(&hmi.does(&open)), "nobody has seen the level");
    for (level, passes) in [(50, true), (80, false), (79, true), (95, false)] {
        local.does(&format!("write {LEVEL} {level}"));
        assert_eq!(hmi.does(&read), level.to_string());
        let said = hmi.does(&open);
        assert_eq!(said == "1", passes, "at {level} %: {said}");
    }
    local.does(&format!("write {LEVEL} 50"));
    hmi.does(&read);
    std::thread::sleep(Duration::from_millis(1100));
    assert!(refused(&hmi.does(&open)), "seen too long ago");
    assert_eq!((hmi.does(&read), hmi.does(&open)), ("50".to_owned(), "1".to_owned()), "the connection lives on");
    plant.gateway.wait_for("sluice_denials_total", &["reason=\"when\""], 2);
    plant.gateway.wait_for("sluice_denials_total", &["reason=\"stale\""], 2);
}

#[test]
fn a_step_is_not_leapfrogged_by_two_stations() {
    if !pymodbus() {
        return;
    }
    let plant = Plant::start(62);
    let (mut one, mut two) = (plant.hmi(1), plant.hmi(2));
    assert!(refused(&one.does(&format!("write {SPEED} 3"))), "nobody has seen the speed");
    one.does(&format!("read {SPEED}"));
    assert!(refused(&one.does(&format!("write {SPEED} 6"))));
    // While the first write is under way, the second may not build on it, nor on what was before it alone.
    one.ask(&format!("write {SPEED} 5"));
    plant.gateway.wait_for("sluice_reservations", &[], 1);
    assert!(refused(&two.does(&format!("write {SPEED} 10"))), "5 is not there yet");
    assert_eq!(one.hear(), "5");
    assert_eq!(two.does(&format!("write {SPEED} 10")), "10");
    assert!(refused(&one.does(&format!("write {SPEED} 4"))), "from 10, not from 5");
    plant.gateway.wait_for("sluice_denials_total", &["reason=\"step\""], 3);
}

#[test]
fn the_seventh_change_is_refused_and_the_eighth_passes_later_over_a_restart_too() {
    if !pymodbus() {
        return;
    }
    let mut plant = Plant::start(63);
    let mut hmi = plant.hmi(1);
    let dose = |hmi: &mut program::Hmi, value: u16| hmi.does(&format!("write {DOSE} {value}"));
    assert!(refused(&dose(&mut hmi, 0)), "what was done before the first start is not known");
    std::thread::sleep(Duration::from_millis(3100));
    for value in 1..=6 {
        assert_eq!(dose(&mut hmi, value), value.to_string());
    }
    assert!(refused(&dose(&mut hmi, 7)));
    plant.restart();
    hmi = plant.hmi(1);
    assert!(refused(&dose(&mut hmi, 7)), "a restart is no way round");
    let passed = || !refused(&dose(&mut plant.hmi(1), 8));
    eventually("the first six to be three seconds old", || passed().then_some(()));
    plant.crash();
    assert!(refused(&dose(&mut plant.hmi(1), 9)), "after a crash the span counts as full");
    assert!(plant.told("did not end by itself"));
    std::thread::sleep(Duration::from_millis(3100));
    assert_eq!(dose(&mut plant.hmi(1), 9), "9");
}

#[test]
fn a_window_opens_is_used_and_closes_by_itself() {
    if !pymodbus() {
        return;
    }
    let plant = Plant::start(64);
    let mut hmi = plant.hmi(1);
    let write = format!("write {SETUP} 1");
    assert!(refused(&hmi.does(&write)));
    let (status, said) = plant.order("window open maintenance --as shift-lead");
    assert_eq!((status, said.contains("ticket")), (Some(1), true), "{said}");
    let (status, said) = plant.order("window open maintenance --as clerk --ticket W-1");
    assert_eq!((status, said.contains("is for shift-lead")), (Some(1), true), "{said}");
    let (status, said) = plant.order("window open maintenance --as shift-lead --ticket W-1 --for 1s");
    assert_eq!((status, said.trim()), (Some(0), "window maintenance is open for 1 s"));
    assert_eq!(hmi.does(&write), "1");
    plant.gateway.wait_for("sluice_windows_open", &[], 1);
    eventually("the window to close", || refused(&hmi.does(&write)).then_some(()));
    eventually("the event of it", || plant.told("window maintenance closed: its time is over").then_some(()));
    assert!(plant.told("ticket W-1"));
    assert_eq!(plant.gateway.metrics().sum("sluice_windows_open", &[]), 0);
    plant.order("window open maintenance --as shift-lead --ticket W-2");
    assert_eq!(hmi.does(&write), "1");
    assert_eq!(plant.order("window close maintenance --as shift-lead").0, Some(0));
    assert!(refused(&hmi.does(&write)), "closed by hand");
}

#[test]
fn a_lockdown_leaves_the_named_reads_alone_within_one_message_and_over_a_restart() {
    if !pymodbus() {
        return;
    }
    let mut plant = Plant::start(65);
    let mut hmi = plant.hmi(1);
    let (read, write, setup) = (format!("read {SPEED}"), format!("write {SPEED} 2"), format!("write {SETUP} 1"));
    plant.order("window open maintenance --as shift-lead --ticket W-1");
    assert_eq!((hmi.does(&read), hmi.does(&write), hmi.does(&setup)), ("0".into(), "2".into(), "1".into()));
    let (status, said) = plant.order("lockdown on --as shift-lead");
    assert_eq!((status, said.contains("what was open (1) is closed")), (Some(0), true), "{said}");
    assert!(refused(&hmi.does(&write)) && refused(&hmi.does(&setup)));
    assert_eq!(hmi.does(&read), "2", "on the same connection");
    let (status, said) = plant.order("window open maintenance --as shift-lead --ticket W-1");
    assert_eq!((status, said.contains("locked down")), (Some(1), true), "{said}");
    plant.gateway.wait_for("sluice_denials_total", &["reason=\"lockdown\""], 1);

    plant.restart();
    hmi = plant.hmi(1);
    assert_eq!(hmi.does(&read), "2");
    assert!(refused(&hmi.does(&write)), "it outlives the gateway");
    let (_, status) = plant.order("status");
    assert!(status.contains("LOCKDOWN"), "{status}");
    assert_eq!(plant.order("lockdown off --as shift-lead").0, Some(0));
    assert_eq!(hmi.does(&write), "2");
    assert!(refused(&hmi.does(&setup)), "what it closed stays closed");
}
