//! Turns over a small site: judged alone, then let through or not, by several workers and policies at a time.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::site::Site;
use crate::source::Memory;
use core::time::Duration;
use jiff::Timestamp;
use sluice_model::{Span, Values};

const SITE: &str = r#"
sluice = 1
site = "test"
time-zone = "UTC"
[assets]
hmi-1 = { ip = "192.0.2.11" }
plc-3 = { ip = "192.0.2.31", modbus = { unit = [1, 7], tags = "tags.csv", words = "CDAB" } }
"#;
const TAGS: &str = "# addresses = wire\nname,address,type,count,scale\nlevel,input 0,u32,,\nspeed,holding 10,u16,3,0.1\nrun,holding 20.3,bit,,\n";
const PLC: AssetId = AssetId(1);
const FIVE_SECONDS: Duration = Duration::from_secs(5);

fn site(tags: &str) -> Site {
    let files = Memory::new().with("site.toml", SITE).with("tags.csv", tags);
    crate::load(&files, &sluice_protocols::registry::descriptors(), Timestamp::UNIX_EPOCH).unwrap().0
}

fn element(site: &Site, name: &str, element: u64) -> Element {
    let tag = site.asset(PLC).speaks[0].tags.iter().position(|tag| tag.name == name).unwrap();
    Element { asset: PLC, speaks: 0, what: Part::Tag { tag, element } }
}

/// A policy about one fact, the step of `speed[1]`, one write of it in ten seconds, and a window.
struct Slots {
    bound: Bound,
    level: FactSlot,
    run: FactSlot,
    speed: StepSlot,
    writes: RateSlot,
    window: WindowSlot,
}

fn slots(state: &Arc<State>, tags: &str) -> Slots {
    let site = site(tags);
    let mut wants = Wants::default();
    let level = wants.fact(&site, element(&site, "level", 0), FIVE_SECONDS);
    let run = wants.fact(&site, element(&site, "run", 0), FIVE_SECONDS);
    let speed = wants.step(&site, element(&site, "speed", 1));
    let counted = Counted::Element("operators.speed", element(&site, "speed", 1));
    let writes = wants.rate(&site, counted, 1, Duration::from_secs(10));
    let window = wants.window("maintenance");
    wants.close(&site);
    Slots { bound: state.bind(&Arc::new(wants)), level, run, speed, writes, window }
}

fn at(seconds: u64) -> Instant {
    Instant(seconds * 1_000_000_000)
}

fn operation(to: Direction, code: u16, first: u64, values: Values<'_>, items: u64) -> Operation<'_> {
    let modbus = sluice_protocols::registry::descriptors()[0];
    let function = modbus.functions.iter().find(|f| f.codes.contains(&code)).unwrap();
    let target = Some(Span { space: function.spaces[0], first, last: first + items - 1 });
    Operation {
        protocol: modbus.id,
        direction: to,
        device: 7,
        action: function.actions[0],
        code: sluice_model::Code::new(code),
        function,
        target,
        values,
    }
}

/// What the device says when registers are read.
fn seen(slots: &Slots, code: u16, first: u64, words: &[u8], seconds: u64) {
    let items = words.len() as u64 / 2;
    let read = operation(Direction::ToClient, code, first, Values::Words(words), items);
    slots.bound.observed(PLC, &read, at(seconds), at(seconds));
}

/// A write of `speed[1]`, judged by its step.
fn write(slots: &Slots, value: u16, seconds: u64) -> Result<Reservation, Unmet> {
    let mut turn = slots.bound.turn(at(seconds));
    turn.step(slots.speed, FIVE_SECONDS, |base| base.abs_diff(value.into()) <= 5)?;
    let bytes = value.to_be_bytes();
    turn.passes(PLC, &operation(Direction::ToServer, 6, 11, Values::Words(&bytes), 1));
    Ok(turn.commit(77))
}

#[test]
fn facts_come_from_whole_values_in_responses_and_grow_old() {
    let slots = slots(&State::new(1), TAGS);
    let level = |seconds| slots.bound.turn(at(seconds)).fact(slots.level, FIVE_SECONDS);
    assert_eq!(level(1), Err(Unmet::Stale));
    seen(&slots, 4, 0, &[0, 2], 1);
    assert_eq!(level(1), Err(Unmet::Stale), "half of it");
    seen(&slots, 4, 0, &[0, 2, 0, 1], 2);
    assert_eq!((level(2), level(7), level(8)), (Ok(0x1_0002), Ok(0x1_0002), Err(Unmet::Stale)));
    seen(&slots, 3, 18, &[0, 0, 0, 0, 0, 0b1000], 3);
    assert_eq!(slots.bound.turn(at(4)).fact(slots.run, FIVE_SECONDS), Ok(1));
    let written = operation(Direction::ToServer, 6, 20, Values::Words(&[0, 0]), 1);
    slots.bound.observed(PLC, &written, at(4), at(4));
    assert_eq!(slots.bound.turn(at(4)).fact(slots.run, FIVE_SECONDS), Ok(1), "a written value is no fact");
    let summary = slots.bound.state().summary(at(8));
    assert_eq!((summary.fresh, summary.stale, summary.unknown), (1, 1, 0));
}

#[test]
fn a_device_that_restarts_is_unknown() {
    let slots = slots(&State::new(1), TAGS);
    seen(&slots, 4, 0, &[0, 2, 0, 1], 2);
    let restart = operation(Direction::ToClient, 3, 0, Values::None, 1);
    let restart = Operation { action: Action::Restart, target: None, ..restart };
    slots.bound.observed(PLC, &Operation { device: 9, ..restart }, at(3), at(3));
    assert!(slots.bound.turn(at(3)).fact(slots.level, FIVE_SECONDS).is_ok(), "that is no device of it");
    slots.bound.observed(PLC, &restart, at(3), at(3));
    assert_eq!(slots.bound.turn(at(3)).fact(slots.level, FIVE_SECONDS), Err(Unmet::Stale));
}

#[test]
fn writes_under_way_hold_back_what_is_far_from_them() {
    let slots = slots(&State::new(1), TAGS);
    assert_eq!(write(&slots, 20, 0), Err(Unmet::Stale));
    seen(&slots, 3, 10, &[0, 0, 0, 20, 0, 0], 1);
    let first = write(&slots, 25, 2).unwrap();
    assert_eq!((write(&slots, 30, 2), slots.bound.state().note(first)), (Err(Unmet::Step), Some(77)));
    slots.bound.state().ended(first, Ending::Acknowledged, at(3));
    assert_eq!((write(&slots, 19, 3), slots.bound.state().note(first)), (Err(Unmet::Step), None));
    let second = write(&slots, 30, 3).unwrap();
    slots.bound.state().ended(second, Ending::Refused, at(4));
    let third = write(&slots, 20, 4).unwrap();
    slots.bound.state().ended(third, Ending::Forgotten, at(5));
    assert_eq!(write(&slots, 20, 5), Err(Unmet::Stale));
}

#[test]
fn any_statement_s_write_is_what_the_next_step_starts_from() {
    let slots = slots(&State::new(1), TAGS);
    seen(&slots, 3, 11, &[0, 20], 1);
    // Three registers by somebody without a step.
    let mut turn = slots.bound.turn(at(2));
    turn.passes(PLC, &operation(Direction::ToServer, 16, 10, Values::Words(&[0, 1, 0, 90, 0, 1]), 3));
    let reservation = turn.commit(0);
    assert_eq!(write(&slots, 22, 2), Err(Unmet::Step));
    slots.bound.state().ended(reservation, Ending::Acknowledged, at(3));
    let masked = write(&slots, 88, 3).unwrap();
    slots.bound.state().ended(masked, Ending::Acknowledged, at(3));
    // A mask on the register: what becomes of it is not known.
    let mut turn = slots.bound.turn(at(4));
    turn.passes(PLC, &operation(Direction::ToServer, 22, 11, Values::Mask { and: 0xFF, or: 0 }, 1));
    turn.commit(0);
    assert_eq!(write(&slots, 88, 4), Err(Unmet::Stale));
}

#[test]
fn a_turn_that_is_dropped_changed_nothing_and_counts_once_otherwise() {
    let slots = slots(&State::new(1), TAGS);
    let mut turn = slots.bound.turn(at(1));
    turn.count(slots.writes);
    drop(turn);
    let mut turn = slots.bound.turn(at(1));
    assert_eq!(turn.rate(slots.writes), Ok(()));
    (0..3).for_each(|_| turn.count(slots.writes));
    assert!(turn.commit(0).is_none(), "a rate holds nothing");
    assert_eq!(slots.bound.turn(at(10)).rate(slots.writes), Err(Unmet::Rate));
    assert_eq!(slots.bound.turn(at(11)).rate(slots.writes), Ok(()));
}

#[test]
fn workers_together_admit_no_more_than_one_could() {
    let state = State::new(1);
    let slots = slots(&state, TAGS);
    let admitted: usize = std::thread::scope(|scope| {
        let worker = || {
            (0..500).filter(|_| {
                let mut turn = slots.bound.turn(at(1));
                let admitted = turn.rate(slots.writes).is_ok();
                if admitted {
                    turn.count(slots.writes);
                    turn.commit(0);
                }
                admitted
            })
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(move || worker().count())).collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    assert_eq!(admitted, 1);
}

#[test]
fn the_next_policy_knows_what_the_last_one_did_unless_a_tag_means_something_else() {
    let state = State::new(1);
    let old = slots(&state, TAGS);
    seen(&old, 4, 0, &[0, 2, 0, 1], 1);
    seen(&old, 3, 11, &[0, 20], 1);
    let mut turn = old.bound.turn(at(1));
    turn.count(old.writes);
    turn.commit(0);
    state.open_window("maintenance", at(1), FIVE_SECONDS);

    let new = slots(&state, TAGS);
    drop(old);
    let mut turn = new.bound.turn(at(2));
    assert!(turn.fact(new.level, FIVE_SECONDS).is_ok() && turn.window(new.window));
    assert_eq!(turn.rate(new.writes), Err(Unmet::Rate));
    assert_eq!(turn.step(new.speed, FIVE_SECONDS, |base| base == 20), Ok(()));
    drop(turn);

    let moved = slots(&state, &TAGS.replace("input 0", "input 8").replace("0.1", "0.01"));
    let mut turn = moved.bound.turn(at(2));
    assert_eq!(turn.fact(moved.level, FIVE_SECONDS), Err(Unmet::Stale));
    assert_eq!(turn.step(moved.speed, FIVE_SECONDS, |_| true), Err(Unmet::Stale));
    assert_eq!(turn.rate(moved.writes), Err(Unmet::Rate), "how often it was written is not a matter of scale");
}

#[test]
fn a_restart_keeps_counts_and_a_lockdown_and_a_crash_fills_every_window() {
    let before = slots(&State::new(1), TAGS);
    let mut turn = before.bound.turn(at(100));
    turn.count(before.writes);
    turn.commit(0);
    before.bound.state().lock_down(true);
    let journal = before.bound.state().export(at(104), true);
    assert!(before.bound.state().export(at(104), false).rates.is_none());

    let again = |journal: Option<&Journal>, away: u64| {
        let state = State::new(2);
        state.import(journal, Duration::from_secs(away), at(50));
        (slots(&state, TAGS), state)
    };
    let rate = |slots: &Slots, seconds| slots.bound.turn(at(seconds)).rate(slots.writes);
    let (clean, state) = again(Some(&journal), 3);
    assert!(state.orders().lockdown());
    assert_eq!((rate(&clean, 52), rate(&clean, 53)), (Err(Unmet::Rate), Ok(())));
    assert_eq!(state.export(at(50), true).rates.unwrap().len(), 1);
    for unknown in [None, Some(&before.bound.state().export(at(104), false))] {
        let (crashed, _) = again(unknown, 3);
        assert_eq!((rate(&crashed, 59), rate(&crashed, 60)), (Err(Unmet::Rate), Ok(())));
    }
}

#[test]
fn a_lockdown_closes_windows_and_the_glass_and_keeps_them_closed() {
    let state = State::new(1);
    let slots = slots(&state, TAGS);
    assert!(state.open_window("maintenance", at(0), FIVE_SECONDS) && state.break_glass(at(0), FIVE_SECONDS));
    assert!(slots.bound.turn(at(4)).window(slots.window) && slots.bound.turn(at(4)).broken());
    assert_eq!(state.lock_down(true), [Closed::Window("maintenance".into()), Closed::BreakGlass]);
    let turn = slots.bound.turn(at(4));
    assert!(turn.lockdown() && !turn.window(slots.window) && !turn.broken());
    assert!(!state.open_window("maintenance", at(4), FIVE_SECONDS) && !state.break_glass(at(4), FIVE_SECONDS));
    state.lock_down(false);
    assert!(!slots.bound.turn(at(4)).lockdown() && !slots.bound.turn(at(4)).window(slots.window));
    state.open_window("maintenance", at(4), FIVE_SECONDS);
    assert_eq!((state.ran_out(at(8)), state.ran_out(at(9))), (vec![], vec![Closed::Window("maintenance".into())]));
}

#[test]
fn more_than_there_is_room_for_is_denied() {
    let site = site(TAGS);
    let mut wants = Wants::default();
    let huge = wants.rate(&site, Counted::Statement("a.b"), u32::MAX, FIVE_SECONDS);
    let small = wants.rate(&site, Counted::Source("a.b", PLC), 1, FIVE_SECONDS);
    wants.close(&site);
    let bound = State::new(1).bind(&Arc::new(wants));
    let mut turn = bound.turn(at(1));
    assert_eq!((turn.rate(huge), turn.rate(small)), (Err(Unmet::Rate), Ok(())));
    assert_eq!(turn.fact(FactSlot(9), FIVE_SECONDS), Err(Unmet::Stale));
}
