//! Who approved what: each reason why something is not, with its place.

use crate::plant::{SITE, TAGS, changed};
use sluice_policies::meaning::approval::{KeyFault, Keys, Ledger, Standing, leaving_lockdown, message, standing};
use sluice_policies::meaning::clauses;
use sluice_policies::site::{Approvals, Site};
use sluice_policies::source::Memory;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Signs with a name instead of a key; `mallory` has the key of `zhang`, and there is none of `nobody`.
struct Names;

impl Keys for Names {
    fn check(&self, person: &str, message: &str, signature: &str) -> Result<String, KeyFault> {
        let key = match person {
            "nobody" => return Err(KeyFault::Unknown),
            "mallory" => "zhang",
            other => other,
        };
        if signature == signed(key, message) { Ok(key.into()) } else { Err(KeyFault::Forged) }
    }
}

fn signed(key: &str, message: &str) -> String {
    format!("{key} says {}", message.replace('\n', "/"))
}

fn plant(changes: &[(&str, &str)]) -> Site {
    let mut site = changed(changes);
    let owners = [("process", &["zhang", "mallory"][..]), ("shift", &["li", "wang"][..])];
    let owners = owners.map(|(role, people)| (role.into(), people.iter().map(ToString::to_string).collect()));
    site.approvals = Approvals { at: None, need: 2, owners: owners.to_vec() };
    site
}

fn entry(site: &Site, statement: &str, person: &str, role: &str) -> String {
    let meaning = clauses(site).find(|c| c.name == statement).unwrap().identity();
    entry_of(&meaning, statement, person, role)
}

fn entry_of(meaning: &str, statement: &str, person: &str, role: &str) -> String {
    let key = if person == "mallory" { "zhang" } else { person };
    let signature = signed(key, &message("pump-house", meaning, person, role, "2026-11-24"));
    let mut text = format!("[[approval]]\nstatement = \"{statement}\"\nmeaning = \"{meaning}\"\n");
    write!(text, "person = \"{person}\"\nrole = \"{role}\"\ndate = 2026-11-24\nsignature = \"{signature}\"\n").unwrap();
    text
}

/// Everything signed by two people of the two roles.
fn all(site: &Site) -> String {
    let both = |name: &str| entry(site, name, "zhang", "process") + &entry(site, name, "li", "shift");
    clauses(site).map(|c| both(&c.name)).collect()
}

fn verified(site: &Site, approvals: &str) -> (bool, String, BTreeSet<&'static str>) {
    let files = Memory::new().with("site.toml", SITE).with("plc.csv", TAGS).with("approvals.toml", approvals);
    match Ledger::read(&files) {
        Ok(ledger) => {
            let (standings, report) = standing(site, clauses(site), &ledger, &Names);
            let codes = report.diagnostics().iter().map(|d| d.code).collect();
            (Standing::all_hold(&standings, &report), report.render(false), codes)
        }
        Err(report) => (false, report.render(false), report.diagnostics().iter().map(|d| d.code).collect()),
    }
}

#[test]
fn two_people_of_whom_one_owns_the_destination() {
    let site = plant(&[]);
    assert_eq!(verified(&site, &all(&site)), (true, String::new(), BTreeSet::new()));
    let lone = all(&site).replace("[[approval]]", "\n[[approval]]");
    let lone: String = lone.split("\n\n").filter(|e| !e.contains("person = \"li\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(verified(&site, &lone).2, ["V002"].into());
}

#[test]
fn every_reason_has_its_message() {
    let site = plant(&[]);
    let good = all(&site);
    let without = |name: &str, site: &Site| {
        let entries: Vec<String> = good.split("[[approval]]").skip(1).map(|e| format!("[[approval]]{e}")).collect();
        let kept = entries.into_iter().filter(|e| !e.contains(&format!("statement = \"{name}\"")));
        (kept.collect::<String>(), entry(site, name, "zhang", "process"), entry(site, name, "li", "shift"))
    };
    let (others, zhang, li) = without("operators.speed", &site);
    let wang = entry(&site, "operators.speed", "wang", "shift");
    let mallory = entry(&site, "operators.speed", "mallory", "process");
    let nobody = entry(&site, "operators.speed", "nobody", "shift");
    let stranger = entry(&site, "operators.speed", "wang", "process");
    let cases = [
        ("nobody", others.clone()),
        ("one", others.clone() + &zhang),
        ("not the owner", others.clone() + &li + &wang),
        (
            "forged",
            good.replace(
                "li says sluice approval 1/site pump-house/meaning 7",
                "li says sluice approval 1/site pump-house/meaning 8",
            ),
        ),
        ("another's role", others.clone() + &zhang + &stranger),
        ("no key", others.clone() + &zhang + &nobody),
        ("twice", others.clone() + &zhang + &zhang),
        ("two names, one key", others.clone() + &zhang + &mallory),
        ("no entry", others.clone() + &zhang + &li.replace("meaning = \"", "meaning = \"x")),
        (
            "a name of two lines",
            others.clone() + &zhang + &li.replace("person = \"li\"", "person = \"li\\nrole process\""),
        ),
    ];
    let (mut text, mut codes) = (String::new(), BTreeSet::new());
    for (what, approvals) in cases {
        let (holds, report, found) = verified(&site, &approvals);
        assert!(!holds, "{what}");
        codes.extend(found);
        writeln!(text, "# {what}\n{report}").unwrap();
    }
    let (holds, report, found) = verified(&plant(&[("40101,u16,,,0.1,", "40101,u16,,,0.01,")]), &good);
    assert!(!holds);
    codes.extend(found);
    writeln!(text, "# a tag list was changed\n{report}").unwrap();
    let known = sluice_policies::diagnose::catalogue().iter().map(|e| e.code);
    assert_eq!(known.filter(|c| c.starts_with('V')).collect::<BTreeSet<_>>(), codes);
    insta::assert_snapshot!(text);
}

#[test]
fn an_approval_of_another_site_or_lockdown_is_none() {
    let site = plant(&[]);
    let began = |time: &str| leaving_lockdown("pump-house", time.parse().unwrap());
    let clause = began("2026-11-24T08:00:00Z");
    let text = entry_of(&clause.identity(), "lockdown off", "zhang", "process")
        + &entry_of(&clause.identity(), "lockdown off", "li", "shift");
    let files = Memory::new().with("approvals.toml", text.as_str());
    let ledger = Ledger::read(&files).unwrap();
    let approved = |site: &Site, clause| standing(site, [clause].into_iter(), &ledger, &Names).0[0].approved;
    assert!(approved(&site, clause.clone()));
    assert!(!approved(&site, began("2026-11-24T09:00:00Z")));
    assert!(!approved(&Site { name: "pump-house-2".into(), ..site }, clause));
}

#[test]
fn without_a_file_nothing_is_approved() {
    let ledger = Ledger::read(&Memory::new()).unwrap();
    let site = plant(&[]);
    let (standings, report) = standing(&site, clauses(&site), &ledger, &Names);
    assert!(standings.iter().all(|s| !s.approved) && report.errors() == standings.len());
    let nobody = Site { approvals: Approvals { need: 0, ..Approvals::default() }, ..site };
    // Not even then is who approves for one person to say.
    let (standings, _) = standing(&nobody, clauses(&nobody), &ledger, &Names);
    assert!(!Standing::by_name(&standings)["approvals"].approved);
}
