//! What must hold besides before a statement allows anything, in a form that can be shown and compared.

use super::{items, join, values};
use crate::site::{
    AssetId, Conditions, Conduit, Fact, Limit, Rate, RateScope, Schedule, Site, Step, StepSize, TagConditions,
};
use core::time::Duration;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// Conditions that must hold together, sorted; empty when nothing must.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Guard(pub(super) Vec<Atom>);

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Atom {
    /// `when plc-3.tank_level is 20 % .. 100 % within 10 s`.
    pub(super) shown: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// The value at this place, read in this way, at most so old, lies in a limit.
    Fact {
        place: String,
        must: Limit,
        within: Duration,
    },
    /// The week's minutes, from Monday on, without these days, on this wall clock.
    During {
        minutes: Vec<(u32, u32)>,
        except: Vec<(Date, Date)>,
        zone: String,
    },
    Window(String),
    Until(Timestamp),
    Rate {
        count: u32,
        per: Duration,
        scope: RateScope,
    },
    Others(Duration),
    Step {
        most: StepSize,
        within: Duration,
    },
    /// Only messages that one device obeys.
    Single,
    /// Nothing is ever known of a fact that it needs.
    Never,
}

impl Guard {
    /// What must hold for one destination; `tag` is what its tag asks beside the statement.
    pub(super) fn of(
        site: &Site,
        conduit: &Conduit,
        conditions: &Conditions,
        tag: Option<&TagConditions>,
        to: AssetId,
    ) -> Self {
        let mut atoms = Vec::new();
        let own = tag.map_or(&[][..], |t| &t.when);
        for interlock in conditions.when.iter().chain(own) {
            atoms.push(match interlock.facts.about(to) {
                Some(fact) => of_fact(site, fact, interlock.within),
                None => Atom { shown: format!("when {}: never known", interlock.wording), test: Test::Never },
            });
        }
        atoms.extend(conditions.during.iter().map(|s| during(site, s)));
        atoms.extend(conditions.window.map(|id| window(site, id)));
        let until = [conditions.until, conduit.until].into_iter().flatten().min();
        atoms.extend(until.map(|at| Atom { shown: format!("until {at}"), test: Test::Until(at) }));
        atoms.extend(tag.and_then(|t| t.step.as_ref()).map(of_step));
        atoms.extend(tag.and_then(|t| t.rate.as_ref()).or(conditions.rate.as_ref()).map(of_rate));
        atoms.extend(conditions.others.map(|within| Atom {
            shown: format!("other bits unchanged within {}", span(within)),
            test: Test::Others(within),
        }));
        if !conditions.broadcast {
            atoms.push(Atom { shown: "one device at a time".into(), test: Test::Single });
        }
        atoms.sort_by(|a, b| a.shown.cmp(&b.shown));
        atoms.dedup();
        Self(atoms)
    }

    /// Whether the other guard holds whenever this one does, as far as each condition by itself tells.
    pub(super) fn implies(&self, other: &Self) -> bool {
        self.0.iter().any(|a| a.test == Test::Never)
            || other.0.iter().all(|b| self.0.iter().any(|a| a.test.implies(&b.test)))
    }

    /// Its conditions in words, without what almost every statement says.
    pub(super) fn words(&self) -> Vec<String> {
        self.0.iter().filter(|a| a.test != Test::Single).map(|a| a.shown.clone()).collect()
    }

    /// Its conditions in words, of which another has not one as strict.
    pub(super) fn beyond(&self, other: &Self) -> Vec<String> {
        let own = self.0.iter().filter(|a| !other.0.iter().any(|b| b.test.implies(&a.test)));
        own.map(|a| a.shown.clone()).collect()
    }

    /// Everything that either asks.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut all: Vec<Atom> = self.0.iter().chain(&other.0).cloned().collect();
        all.sort_by(|a, b| a.shown.cmp(&b.shown));
        all.dedup();
        Self(all)
    }
}

impl Test {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fact { place: a, must, within }, Self::Fact { place: b, must: wider, within: longer }) => {
                a == b && within <= longer && inside(must, wider)
            }
            (Self::During { minutes, except, zone: a }, Self::During { minutes: more, except: fewer, zone: b }) => {
                a == b && covers(more, minutes) && fewer.iter().all(|f| except.iter().any(|e| e.0 <= f.0 && f.1 <= e.1))
            }
            (Self::Until(a), Self::Until(b)) => a <= b,
            (Self::Rate { count, per, scope: a }, Self::Rate { count: more, per: shorter, scope: b }) => {
                a == b && count <= more && per >= shorter
            }
            (Self::Others(a), Self::Others(b)) => a <= b,
            (Self::Step { most: a, within }, Self::Step { most: b, within: longer }) => {
                let smaller = match (a, b) {
                    (StepSize::Integer(a), StepSize::Integer(b)) => a <= b,
                    (StepSize::Float(a), StepSize::Float(b)) => a <= b,
                    _ => false,
                };
                smaller && within <= longer
            }
            _ => self == other,
        }
    }
}

/// Whether a limit holds every value of another one.
fn inside(inner: &Limit, outer: &Limit) -> bool {
    match (inner, outer) {
        (Limit::Integers(a), Limit::Integers(b)) => a.iter().all(|(x, y)| b.iter().any(|(p, q)| p <= x && y <= q)),
        (Limit::Floats(a), Limit::Floats(b)) => a.iter().all(|(x, y)| b.iter().any(|(p, q)| p <= x && y <= q)),
        _ => inner == outer,
    }
}

/// Whether sorted ranges hold every one of others.
fn covers(ranges: &[(u32, u32)], others: &[(u32, u32)]) -> bool {
    others.iter().all(|(a, b)| ranges.iter().any(|(x, y)| x <= a && b <= y))
}

fn of_fact(site: &Site, fact: &Fact, within: Duration) -> Atom {
    let (place, named, tag) = items::fact(site, fact);
    let may_be = tag.map_or_else(String::new, |tag| values::engineering(tag, &fact.must));
    Atom {
        shown: format!("when {named} is {may_be} within {}", span(within)),
        test: Test::Fact { place, must: (*fact.must).clone(), within },
    }
}

fn of_step(step: &Step) -> Atom {
    let most = match step.most {
        StepSize::Integer(raw) => raw.to_string(),
        StepSize::Float(raw) => format!("{raw:?}"),
    };
    Atom {
        shown: format!("in steps of {} (raw {most}, base {})", step.wording, span(step.within)),
        test: Test::Step { most: step.most, within: step.within },
    }
}

fn of_rate(rate: &Rate) -> Atom {
    Atom {
        shown: format!("at most {} in {} per {}", rate.count, span(rate.per), rate.scope.name()),
        test: Test::Rate { count: rate.count, per: rate.per, scope: rate.scope },
    }
}

fn window(site: &Site, id: crate::site::WindowId) -> Atom {
    let name = site.windows.get(usize::from(id.0)).map_or("?", |w| &w.name);
    Atom { shown: format!("while window {name} is open"), test: Test::Window(name.into()) }
}

/// A schedule, with the days that its calendars leave out.
fn during(site: &Site, schedule: &Schedule) -> Atom {
    let (minutes, except, zone) = week(site, schedule);
    Atom { shown: format!("during {}", self::schedule(site, schedule)), test: Test::During { minutes, except, zone } }
}

/// The minutes of a week, the days left out, and the wall clock.
type Week = (Vec<(u32, u32)>, Vec<(Date, Date)>, String);

/// What a schedule means.
fn week(site: &Site, schedule: &Schedule) -> Week {
    let mut minutes = Vec::new();
    for span in &schedule.spans {
        let minute =
            |t: jiff::civil::Time| u32::from(t.hour().unsigned_abs()) * 60 + u32::from(t.minute().unsigned_abs());
        for day in (0..7).filter(|d| span.days[*d as usize]) {
            // By the day that it begins on, two days apart, so that a night stays whole and belongs to its evening.
            let begin = day * 2 * 1440 + minute(span.from);
            let end = span.to.map_or(1440, minute);
            let end = if end <= minute(span.from) { end + 1440 } else { end };
            minutes.push((begin, day * 2 * 1440 + end - 1));
        }
    }
    minutes.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for (from, to) in minutes {
        match joined.last_mut() {
            Some((_, end)) if from <= *end + 1 => *end = to.max(*end),
            _ => joined.push((from, to)),
        }
    }
    let calendars = schedule.except.iter().filter_map(|c| site.calendars.get(usize::from(*c)));
    let mut days: Vec<(Date, Date)> = calendars.flat_map(|c| c.days.iter().copied()).collect();
    days.sort_unstable();
    let mut except: Vec<(Date, Date)> = Vec::new();
    for (first, last) in days {
        match except.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1.day()) => *end = last.max(*end),
            _ => except.push((first, last)),
        }
    }
    (joined, except, super::settings::zone(site))
}

/// `Mon 22:00 .. 06:00, ... except 2026-12-25 .. 2026-12-26 in Asia/Shanghai`: what a schedule means, however it is written.
pub(super) fn schedule(site: &Site, schedule: &Schedule) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let (minutes, except, zone) = week(site, schedule);
    let clock = |minute: u32| format!("{:02}:{:02}", minute % 1440 / 60, minute % 60);
    let spans = join(
        ", ",
        minutes.iter().map(|(from, to)| {
            let day = DAYS[(*from / (2 * 1440)) as usize];
            format!(
                "{day} {} .. {}",
                clock(*from),
                if (*to + 1) % 2880 == 1440 { "24:00".into() } else { clock(*to + 1) }
            )
        }),
    );
    let except = join(", ", except.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a} .. {b}") }));
    let except = if except.is_empty() { except } else { format!(" except {except}") };
    format!("{spans}{except} in {zone}")
}

/// `10 s`, `0.5 s`.
pub(super) fn span(length: Duration) -> String {
    format!("{} s", length.as_secs_f64())
}
