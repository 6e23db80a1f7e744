//! Conditions: what loosens, what tightens, and what covers what.

use crate::plant::changed;
use jiff::civil::Time;
use sluice_policies::meaning::clauses;
use sluice_policies::meaning::diff::{Difference, Effect};
use sluice_policies::site::{
    AssetId, Calendar, Conditions, Fact, Facts, Interlock, Limit, Location, Rate, RateScope, Schedule, Site, WeekSpan,
    Window, WindowId,
};
use std::sync::Arc;
use std::time::Duration;

fn at() -> Location {
    Location { file: 0, span: 0..0 }
}

/// The level of the tank at least this, in tenths of a percent.
fn level(least: i128, within: u64) -> Arc<[Interlock]> {
    let must = Arc::new(Limit::Integers(vec![(least, 1000)]));
    let fact = Fact { asset: AssetId(3), speaks: 0, tag: 0, element: 0, must };
    let within = Duration::from_secs(within);
    [Interlock { wording: "a level".into(), at: at(), within, facts: Facts::One(fact) }].into()
}

fn schedule(from: i8, to: i8, except: Vec<u16>) -> Arc<Schedule> {
    let days = [true, true, true, true, true, false, false];
    let hour = |hour| Time::new(hour, 0, 0, 0).unwrap();
    let span = WeekSpan { days, from: hour(from), to: Some(hour(to)) };
    Arc::new(Schedule { spans: vec![span], except, wording: "some hours".into() })
}

fn rate(count: u32, minutes: u64) -> Rate {
    let per = Duration::from_mins(minutes);
    Rate { count, per, scope: RateScope::Tag, wording: "a rate".into(), at: at() }
}

/// The site with these conditions of `operators.speed`.
fn with(conditions: Conditions) -> Site {
    let mut site = changed(&[]);
    // Tags lie in the order of their names in a list that was read.
    let tank = site.assets[3].speaks[0].tags.iter().position(|t| t.name == "tank_level").unwrap();
    let mut conditions = conditions;
    let when = conditions.when.iter().cloned().map(|mut interlock| {
        if let Facts::One(fact) = &mut interlock.facts {
            fact.tag = tank;
        }
        interlock
    });
    conditions.when = when.collect();
    let names = |days: &[(&str, &str)]| days.iter().map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())).collect();
    site.calendars = vec![
        Calendar { name: "few".into(), at: at(), days: names(&[("2026-12-25", "2026-12-25")]) },
        Calendar {
            name: "many".into(),
            at: at(),
            days: names(&[("2026-12-24", "2026-12-26"), ("2027-01-01", "2027-01-01")]),
        },
    ];
    let window = |name: &str| Window {
        name: name.into(),
        at: at(),
        opened_by: vec!["shift".into()],
        max: Duration::from_hours(1),
        needs: vec![],
        planned: None,
        covers: vec![],
        zones: vec![],
    };
    site.windows = vec![window("service"), window("night")];
    site.conduits[0].statements[1].conditions = conditions;
    site
}

/// What becomes of `operators.speed` from the first conditions to the second.
fn effect(old: &Conditions, new: &Conditions) -> Vec<Effect> {
    let difference = Difference::between(&with(old.clone()), &with(new.clone()));
    assert!(difference.settings.is_empty());
    difference.changes.iter().map(|c| c.effect).collect()
}

#[test]
fn each_condition_knows_what_is_stricter() {
    let none = Conditions::default;
    let pairs: Vec<(Conditions, Conditions)> = vec![
        (Conditions { when: level(200, 10), ..none() }, none()),
        (Conditions { when: level(300, 10), ..none() }, Conditions { when: level(200, 10), ..none() }),
        (Conditions { when: level(200, 5), ..none() }, Conditions { when: level(200, 10), ..none() }),
        (Conditions { during: Some(schedule(8, 16, vec![])), ..none() }, none()),
        (
            Conditions { during: Some(schedule(8, 16, vec![])), ..none() },
            Conditions { during: Some(schedule(8, 18, vec![])), ..none() },
        ),
        (
            Conditions { during: Some(schedule(8, 16, vec![1])), ..none() },
            Conditions { during: Some(schedule(8, 16, vec![0])), ..none() },
        ),
        (
            Conditions { during: Some(schedule(22, 5, vec![])), ..none() },
            Conditions { during: Some(schedule(22, 6, vec![])), ..none() },
        ),
        (Conditions { rate: Some(rate(6, 1)), ..none() }, Conditions { rate: Some(rate(7, 1)), ..none() }),
        (Conditions { rate: Some(rate(6, 2)), ..none() }, Conditions { rate: Some(rate(6, 1)), ..none() }),
        (Conditions { window: Some(WindowId(0)), ..none() }, none()),
        (Conditions { until: Some("2026-12-01T00:00:00Z".parse().unwrap()), ..none() }, none()),
        (
            Conditions { others: Some(Duration::from_secs(5)), ..none() },
            Conditions { others: Some(Duration::from_secs(6)), ..none() },
        ),
        (none(), Conditions { broadcast: true, ..none() }),
    ];
    for (strict, loose) in pairs {
        assert_eq!(effect(&strict, &loose), [Effect::Loosened], "{strict:?} -> {loose:?}");
        assert_eq!(effect(&loose, &strict), [Effect::Tightened], "{loose:?} -> {strict:?}");
        let identity =
            |c: &Conditions| clauses(&with(c.clone())).find(|c| c.name == "operators.speed").unwrap().identity();
        assert_ne!(identity(&strict), identity(&loose));
    }
}

#[test]
fn neither_of_two_is_told_both_ways() {
    let window = |id| Conditions { window: Some(WindowId(id)), ..Conditions::default() };
    assert_eq!(effect(&window(0), &window(1)), [Effect::Loosened, Effect::Tightened]);
}

#[test]
fn the_text_says_what_was_asked() {
    let old = with(Conditions { when: level(200, 10), rate: Some(rate(6, 1)), ..Conditions::default() });
    let new = with(Conditions { when: level(200, 10), ..Conditions::default() });
    insta::assert_snapshot!(Difference::between(&old, &new).to_string() + &Difference::between(&new, &old).to_string());
}
