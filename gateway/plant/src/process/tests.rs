use super::*;

fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

#[test]
fn water_is_neither_made_nor_lost() {
    let mut works = Waterworks::default();
    let (before, metered) = (works.tank.volume(), works.tank.total());
    works.pump.command_speed(47.0);
    let mut drained = 0.0;
    for _ in 0..40_000 {
        works.step(Duration::from_millis(250));
        drained += works.tank.outflow() * 0.25 / 3_600.0;
    }
    let pumped = works.tank.total() - metered;
    let balance = before + pumped - drained - works.tank.spilled() - works.tank.volume();
    assert!(works.tank.spilled() > 0.0, "47 Hz must run over, or the balance says nothing about the rim");
    assert!(balance.abs() < 1e-6, "{balance} m3 are unaccounted for");
}

#[test]
fn a_faster_pump_fills_the_tank_and_a_slower_one_drains_it() {
    let mut works = Waterworks::default();
    works.pump.command_speed(42.0);
    works.step(minutes(20));
    let full = works.tank.level();
    assert!(full > 60.0, "{full} %");
    works.pump.command_speed(25.0);
    works.step(minutes(30));
    assert!(works.tank.level() < 40.0, "{} %", works.tank.level());
}

#[test]
fn the_highest_permitted_speed_stays_below_the_rim() {
    let mut works = Waterworks::default();
    works.pump.command_speed(45.0);
    works.step(minutes(59));
    works.step(minutes(59));
    assert!(works.tank.spilled() <= 0.0 && !works.pump.fault());
    assert!(works.tank.high());
}

#[test]
fn overspeed_trips_the_pump_and_only_stop_then_run_clears_it() {
    let mut works = Waterworks::default();
    works.pump.command_speed(60.0);
    works.step(minutes(4));
    assert!(works.pump.fault() && works.extremes().tripped);
    works.step(minutes(5));
    assert!(works.pump.speed() < 1.0, "a tripped pump coasts down");
    works.pump.command_speed(36.0);
    works.step(minutes(1));
    assert!(works.pump.fault(), "a lower set point is no reset");
    works.pump.command_run(false);
    works.pump.command_run(true);
    works.step(minutes(5));
    assert!(!works.pump.fault() && works.pump.speed() > 20.0);
}

#[test]
fn the_residual_follows_its_set_point_with_a_first_order_lag() {
    let mut works = Waterworks::default();
    let start = works.chlorination.residual();
    works.chlorination.command_chlorine(1.0);
    works.step(Duration::from_mins(2));
    let moved = (works.chlorination.residual() - start) / 0.4;
    assert!((0.60..0.66).contains(&moved), "one time constant is 63 %, not {moved}");
    works.step(minutes(20));
    assert!((works.chlorination.residual() - 0.95).abs() < 0.001);
}

#[test]
fn standing_water_is_not_dosed() {
    let mut works = Waterworks::default();
    works.valve.command(Valve::CLOSE);
    works.pump.command_run(false);
    works.chlorination.command_chlorine(1.5);
    works.step(minutes(30));
    assert!(works.chlorination.residual() < 0.6);
}

#[test]
fn the_valve_holds_with_both_commands_or_none() {
    let mut works = Waterworks::default();
    works.valve.command(Valve::CLOSE);
    works.step(Duration::from_secs(30));
    let half = works.valve.position();
    assert!((0.4..0.6).contains(&half));
    for bits in [0, Valve::OPEN | Valve::CLOSE] {
        works.valve.command(bits);
        works.step(minutes(2));
        assert!((works.valve.position() - half).abs() < 1e-9);
    }
}

#[test]
fn a_set_point_that_is_taken_back_at_once_is_remembered() {
    let mut works = Waterworks::default();
    works.pump.command_speed(60.0);
    works.note_extremes();
    works.pump.command_speed(36.0);
    works.step(minutes(1));
    assert!(works.extremes().speed >= 60.0);
    works.forget_extremes();
    assert!(works.extremes().speed < 37.0);
}

#[test]
fn any_length_of_step_gives_the_same_plant() {
    let (mut coarse, mut fine) = (Waterworks::default(), Waterworks::default());
    coarse.pump.command_speed(41.0);
    fine.pump.command_speed(41.0);
    coarse.step(minutes(10));
    for _ in 0..6_000 {
        fine.step(Duration::from_millis(100));
    }
    assert!((coarse.tank.level() - fine.tank.level()).abs() < 0.05);
}
