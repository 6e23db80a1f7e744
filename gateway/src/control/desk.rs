//! Who may order what, and together with whom. Orders that need a second person wait here for a while.

use super::people::Person;
use super::request::{Order, What};
use core::time::Duration;
use jiff::Timestamp;
use sluice_model::Instant;
use sluice_policies::site::{Need, Schedule, Site, Window};

/// How long an order waits for the next person.
pub(super) const WAITS: Duration = Duration::from_mins(5);
/// Orders that wait at a time; one more is refused.
const MOST: usize = 16;
/// The longest role and ticket.
const WORD: usize = 120;

/// The orders that wait.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    waiting: Vec<Waiting>,
}

/// An order that not everybody who must has given.
#[derive(Clone, Debug)]
struct Waiting {
    what: What,
    by: Vec<(Person, String)>,
    ticket: Option<String>,
    lasts: Option<Duration>,
    until: Instant,
}

/// What becomes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everybody who must has given it: it is to be done.
    Do(Done),
    /// It waits, in a sentence.
    Waits(String),
    /// It is not to be done, in a sentence.
    Refused(String),
}

/// An order that is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// What.
    pub(crate) what: What,
    /// Who gave it, each with a role.
    pub(crate) by: Vec<(Person, String)>,
    /// The ticket.
    pub(crate) ticket: Option<String>,
    /// How long it lasts, for what ends by itself.
    pub(crate) lasts: Duration,
}

/// What the policy asks of an order.
struct Terms<'s> {
    /// The roles that give it together; none when any may.
    roles: &'s [String],
    /// How many people, at least.
    people: usize,
    needs: &'s [Need],
    /// How long it lasts at most; zero for what does not end by itself.
    max: Duration,
    /// Whether one of the roles alone is enough.
    any: bool,
    /// When it may be ordered, if not at any time.
    planned: Option<&'s Schedule>,
}

impl Desk {
    /// Somebody orders something at `now`, when the wall clock shows `wall` (seconds since 1970), if it can be trusted.
    /// `turned` asks for the key switch.
    pub(crate) fn order(
        &mut self,
        site: &Site,
        order: &Order,
        person: &Person,
        (now, wall): (Instant, Option<i64>),
        turned: impl FnOnce() -> Result<bool, String>,
    ) -> Outcome {
        self.waiting.retain(|waiting| now < waiting.until);
        match self.consider(site, order, person, (now, wall), turned) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Refused(why),
        }
    }

    /// Orders that wait, in words.
    pub(crate) fn waiting(&self, now: Instant) -> Vec<String> {
        let waiting = self.waiting.iter().filter(|waiting| now < waiting.until);
        waiting.map(|w| format!("{}, ordered by {}", w.what.words(), names(&w.by))).collect()
    }

    fn consider(
        &mut self,
        site: &Site,
        order: &Order,
        person: &Person,
        (now, wall): (Instant, Option<i64>),
        turned: impl FnOnce() -> Result<bool, String>,
    ) -> Result<Outcome, String> {
        if order.role.is_empty() || order.role.len() > WORD || order.ticket.as_ref().is_some_and(|t| t.len() > WORD) {
            return Err(format!("a role has a name, and a name or ticket at most {WORD} characters"));
        }
        let terms = Terms::of(site, &order.what)?;
        if !terms.roles.is_empty() && !terms.roles.contains(&order.role) {
            return Err(format!("{} is for {}, not for {}", order.what.words(), terms.roles.join(" and "), order.role));
        }
        let people = site.approvals.people(&order.role);
        if order.what == What::EndLockdown && people.is_empty() && !site.approvals.owners.is_empty() {
            let roles: Vec<&str> = site.approvals.owners.iter().map(|(role, _)| role.as_str()).collect();
            return Err(format!("it takes the roles of [approvals]: {}", roles.join(", ")));
        }
        if !people.is_empty() && !people.contains(&person.name) {
            return Err(format!(
                "{} is not {}: [approvals] owners names {}",
                person.name,
                order.role,
                people.join(", ")
            ));
        }
        if let Some(planned) = terms.planned {
            in_season(site, planned, wall)?;
        }
        let lasts = order.seconds.map(Duration::from_secs);
        if lasts.is_some_and(|lasts| lasts > terms.max || lasts.is_zero()) {
            return Err(format!("it lasts at most {}", words(terms.max)));
        }
        let known = self.waiting.iter().position(|waiting| waiting.what == order.what);
        let given = known.map(|at| &self.waiting[at]);
        let ticket = order.ticket.clone().or_else(|| given.and_then(|given| given.ticket.clone()));
        if terms.needs.contains(&Need::Ticket) && ticket.as_ref().is_none_or(String::is_empty) {
            return Err("it needs a ticket: --ticket".to_owned());
        }
        if given.is_some_and(|given| given.ticket.is_some() && given.ticket != ticket) {
            return Err("it was ordered with another ticket".to_owned());
        }
        if terms.needs.contains(&Need::KeySwitch) && !turned()? {
            return Err("the key switch is not turned".to_owned());
        }
        let mut by = given.map(|given| given.by.clone()).unwrap_or_default();
        by.retain(|(known, _)| known.user != person.user);
        by.push((person.clone(), order.role.clone()));
        let lasts = [lasts, given.and_then(|given| given.lasts)].into_iter().flatten().min();
        let missing = terms.missing(&by);
        if missing.is_empty() {
            self.waiting.retain(|waiting| waiting.what != order.what);
            let what = order.what.clone();
            return Ok(Outcome::Do(Done { what, by, ticket, lasts: lasts.unwrap_or(terms.max) }));
        }
        let waiting = Waiting { what: order.what.clone(), by, ticket, lasts, until: now + WAITS };
        match known {
            Some(at) => self.waiting[at] = waiting,
            None if self.waiting.len() < MOST => self.waiting.push(waiting),
            None => return Err(format!("{MOST} orders wait for a second person already")),
        }
        Ok(Outcome::Waits(format!("{} waits {} for {missing}", order.what.words(), words(WAITS))))
    }
}

impl<'s> Terms<'s> {
    fn of(site: &'s Site, what: &What) -> Result<Self, String> {
        let free = Terms { roles: &[], people: 1, needs: &[], max: Duration::ZERO, any: true, planned: None };
        match what {
            What::WindowOpen(name) => {
                let Window { opened_by, needs, max, planned, .. } = window(site, name)?;
                let people = if needs.contains(&Need::TwoPeople) { 2 } else { 1 };
                let planned = planned.as_deref();
                Ok(Terms { roles: opened_by, people, needs, max: *max, any: false, planned })
            }
            // To close is safe: one is enough.
            What::WindowClose(name) => Ok(Terms { roles: &window(site, name)?.opened_by, ..free }),
            What::BreakGlass => {
                let glass = site.break_glass.as_ref().ok_or("the policy has no [break-glass]")?;
                let people = if glass.needs.contains(&Need::TwoPeople) { 2 } else { 1 };
                Ok(Terms { people, needs: &glass.needs, max: glass.max, ..free })
            }
            What::MendGlass | What::Lockdown => Ok(free),
            What::EndLockdown => Ok(Terms { people: site.approvals.need.max(1) as usize, ..free }),
        }
    }

    /// Who must give the order besides; empty when nobody must.
    fn missing(&self, by: &[(Person, String)]) -> String {
        let given = |role: &String| by.iter().any(|(_, given)| given == role);
        let roles: Vec<&str> = self.roles.iter().filter(|role| !given(role)).map(String::as_str).collect();
        if !self.any && !roles.is_empty() {
            return roles.join(" and ");
        }
        match self.people.saturating_sub(by.len()) {
            0 => String::new(),
            1 => "one more person".to_owned(),
            n => format!("{n} more people"),
        }
    }
}

/// Whether a schedule holds now; a sentence when it does not.
fn in_season(site: &Site, planned: &Schedule, wall: Option<i64>) -> Result<(), String> {
    let wall = wall.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let Some(now) = wall else {
        return Err("the clock is not to be trusted, and it is planned by the clock".to_owned());
    };
    let holds = planned.holds(site.time_zone.0.to_datetime(now), &site.calendars);
    holds.then_some(()).ok_or_else(|| format!("it is planned for {} alone", planned.wording))
}

fn window<'s>(site: &'s Site, name: &str) -> Result<&'s Window, String> {
    site.windows.iter().find(|window| window.name == name).ok_or_else(|| {
        let known: Vec<&str> = site.windows.iter().map(|window| window.name.as_str()).collect();
        if known.is_empty() {
            format!("the policy has no window `{name}`; it has none")
        } else {
            format!("the policy has no window `{name}`; there are {}", known.join(", "))
        }
    })
}

/// `anna as shift-lead and ben as security`.
pub(super) fn names(by: &[(Person, String)]) -> String {
    let each: Vec<String> = by.iter().map(|(person, role)| format!("{} as {role}", person.name)).collect();
    each.join(" and ")
}

/// A length of time as people say it.
pub(super) fn words(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::Time;
    use sluice_policies::site::{Approvals, BreakGlass, Location, WeekSpan};
    use std::sync::Arc;

    fn site() -> Site {
        let at = || Location { file: 0, span: 0..0 };
        let roles = |roles: &[&str]| roles.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>();
        let window = Window {
            name: "filters".to_owned(),
            at: at(),
            opened_by: roles(&["shift-lead", "security"]),
            max: Duration::from_hours(4),
            needs: vec![Need::Ticket],
            planned: None,
            covers: Vec::new(),
            zones: Vec::new(),
        };
        let needs = vec![Need::KeySwitch, Need::TwoPeople];
        let owners = vec![("security".to_owned(), roles(&["ben", "carl"]))];
        Site {
            windows: vec![window],
            break_glass: Some(BreakGlass { at: at(), covers: Vec::new(), max: Duration::from_hours(1), needs }),
            approvals: Approvals { need: 2, owners, ..Approvals::default() },
            ..Site::default()
        }
    }

    fn person(user: u32, name: &str) -> Person {
        Person { user, name: name.to_owned() }
    }

    fn order(what: &What, role: &str, ticket: Option<&str>, seconds: Option<u64>) -> Order {
        Order { what: what.clone(), role: role.to_owned(), ticket: ticket.map(str::to_owned), seconds }
    }

    fn refused(outcome: &Outcome) -> &str {
        match outcome {
            Outcome::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn two_roles_are_two_people_with_one_ticket() {
        let (site, mut desk) = (site(), Desk::default());
        let (anna, ben) = (person(1, "anna"), person(2, "ben"));
        let open = What::WindowOpen("filters".to_owned());
        let mut ask = |person: &Person, role: &str, ticket: Option<&str>, seconds: Option<u64>, now: u64| {
            desk.order(&site, &order(&open, role, ticket, seconds), person, (Instant(now), None), || unreachable!())
        };
        assert!(refused(&ask(&anna, "shift-lead", None, None, 0)).contains("--ticket"));
        assert!(refused(&ask(&anna, "clerk", Some("T"), None, 0)).contains("is for shift-lead and security"));
        assert!(refused(&ask(&anna, "security", Some("T"), None, 0)).contains("names ben, carl"));
        assert!(refused(&ask(&anna, "shift-lead", Some("T"), Some(14_401), 0)).contains("at most 4 h"));
        let waits = "opening window filters waits 5 min for security";
        assert_eq!(ask(&anna, "shift-lead", Some("T"), Some(60), 0), Outcome::Waits(waits.to_owned()));
        assert!(refused(&ask(&ben, "security", Some("U"), None, 1)).contains("another ticket"));
        // The same person in the other role is still one person.
        assert!(matches!(ask(&ben, "shift-lead", None, None, 1), Outcome::Waits(_)));
        let Outcome::Do(done) = ask(&ben, "security", None, Some(90), 2) else { panic!("not done") };
        assert_eq!((done.lasts, done.ticket.as_deref(), done.by.len()), (Duration::from_mins(1), Some("T"), 2));
        assert!(matches!(ask(&ben, "security", Some("T"), None, 3), Outcome::Waits(_)), "it begins anew");
        let late = WAITS.as_nanos() as u64 + 3;
        assert!(matches!(ask(&anna, "shift-lead", Some("T"), None, late), Outcome::Waits(_)), "too late");
    }

    #[test]
    fn one_person_in_two_roles_is_one() {
        let (site, mut desk) = (site(), Desk::default());
        let open = What::WindowOpen("filters".to_owned());
        for (role, waits_for) in [("shift-lead", "security"), ("security", "shift-lead")] {
            let ben = person(2, "ben");
            let outcome =
                desk.order(&site, &order(&open, role, Some("T"), None), &ben, (Instant(0), None), || unreachable!());
            assert_eq!(outcome, Outcome::Waits(format!("opening window filters waits 5 min for {waits_for}")));
        }
        let close = What::WindowClose("filters".to_owned());
        let closed = desk.order(
            &site,
            &order(&close, "shift-lead", None, None),
            &person(1, "anna"),
            (Instant(0), None),
            || unreachable!(),
        );
        assert!(matches!(closed, Outcome::Do(_)), "to close, one is enough");
    }

    #[test]
    fn the_glass_needs_the_key_and_two_people_and_a_lockdown_ends_like_a_policy_changes() {
        let (site, mut desk) = (site(), Desk::default());
        let mut as_role = |what: &What, role: &str, user: u32, key: Result<bool, String>| {
            let who = person(user, ["", "ben", "carl"][user as usize]);
            desk.order(&site, &order(what, role, None, None), &who, (Instant(0), None), || key)
        };
        let ended = as_role(&What::EndLockdown, "operator", 1, Ok(true));
        assert_eq!(refused(&ended), "it takes the roles of [approvals]: security");
        let mut ask = |what: &What, user: u32, key| as_role(what, "security", user, key);
        assert_eq!(refused(&ask(&What::BreakGlass, 1, Ok(false))), "the key switch is not turned");
        assert!(matches!(ask(&What::BreakGlass, 1, Ok(true)), Outcome::Waits(_)));
        assert!(matches!(ask(&What::BreakGlass, 1, Ok(true)), Outcome::Waits(_)));
        assert!(matches!(ask(&What::BreakGlass, 2, Ok(true)), Outcome::Do(_)));
        assert!(matches!(ask(&What::Lockdown, 1, Ok(true)), Outcome::Do(_)));
        assert!(matches!(ask(&What::EndLockdown, 1, Ok(true)), Outcome::Waits(_)));
        assert!(matches!(ask(&What::EndLockdown, 2, Ok(true)), Outcome::Do(_)));
    }

    #[test]
    fn a_planned_window_opens_at_its_time_alone() {
        let (mut site, mut desk) = (site(), Desk::default());
        let span = WeekSpan { days: [true; 7], from: Time::new(8, 0, 0, 0).unwrap(), to: None };
        let schedule = Schedule { spans: vec![span], except: Vec::new(), wording: "Mon-Sun 08:00-24:00".into() };
        site.windows[0].planned = Some(Arc::new(schedule));
        let order = order(&What::WindowOpen("filters".to_owned()), "shift-lead", Some("T"), None);
        let mut ask = |wall| desk.order(&site, &order, &person(1, "anna"), (Instant(0), wall), || unreachable!());
        assert!(refused(&ask(None)).contains("clock"));
        assert_eq!(refused(&ask(Some(7 * 3600))), "it is planned for Mon-Sun 08:00-24:00 alone");
        assert!(matches!(ask(Some(8 * 3600)), Outcome::Waits(_)));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut site = site();
        let window = site.windows[0].clone();
        site.windows = (0..=MOST).map(|n| Window { name: n.to_string(), ..window.clone() }).collect();
        let mut desk = Desk::default();
        for n in 0..=MOST {
            let order = order(&What::WindowOpen(n.to_string()), "shift-lead", Some("T"), None);
            let outcome = desk.order(&site, &order, &person(1, "anna"), (Instant(0), None), || unreachable!());
            assert_eq!(matches!(outcome, Outcome::Waits(_)), n < MOST, "{n}");
        }
        assert_eq!(desk.waiting(Instant(0)).len(), MOST);
        assert!(desk.waiting(Instant(0) + WAITS).is_empty());
    }
}
