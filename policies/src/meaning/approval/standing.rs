//! What is approved, by whom, and why not.

use super::entry::{Entry, Ledger};
use super::{KeyFault, Keys};
use crate::diagnose::{Diagnostic, Report, Severity};
use crate::meaning::{Clause, join};
use crate::site::{Location, Site, SourceFile};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Somebody who approved something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approved {
    /// Who.
    pub person: String,
    /// In which role.
    pub role: String,
    /// On which day.
    pub date: String,
}

/// Whether one clause is approved.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Where it stands; empty when no file says it.
    pub at: String,
    /// Its identity.
    pub meaning: String,
    /// Whether enough people approved it, and the right ones.
    pub approved: bool,
    /// Those whose approval counts.
    pub by: Vec<Approved>,
}

/// One key may approve a clause once.
struct Counted<'e> {
    entry: &'e Entry,
    key: String,
}

/// Where clauses stand, and a message for each that is not approved and for each entry that does not count.
pub fn standing(
    site: &Site,
    clauses: impl Iterator<Item = Clause>,
    ledger: &Ledger,
    keys: &dyn Keys,
) -> (Vec<Standing>, Report) {
    let mut files: Vec<SourceFile> = site.files.clone();
    files.extend(ledger.file.clone());
    let mut judge = Judge { site, keys, shift: site.files.len() as u16, wrong: Vec::new() };
    let mut entries: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in &ledger.entries {
        entries.entry(&entry.meaning).or_default().push(entry);
    }
    let (mut standings, mut current) = (Vec::new(), BTreeSet::new());
    // The same meaning may be said twice; its approvals are looked at once.
    let mut counted: HashMap<String, Vec<Counted<'_>>> = HashMap::new();
    for clause in clauses {
        let meaning = clause.identity();
        let own = entries.get(meaning.as_str()).map_or(&[][..], Vec::as_slice);
        let own = &*counted.entry(meaning.clone()).or_insert_with(|| judge.counted(own));
        let approved = judge.approves(&clause, own);
        let by = own.iter().map(|c| Approved {
            person: c.entry.person.clone(),
            role: c.entry.role.clone(),
            date: c.entry.date.clone(),
        });
        let at = clause.at.as_ref().map_or_else(String::new, |at| site.show(at));
        standings.push(Standing { name: clause.name, at, meaning: meaning.clone(), approved, by: by.collect() });
        current.insert(meaning);
    }
    for entry in ledger.entries.iter().filter(|e| !current.contains(&e.meaning)) {
        judge.outdated(entry);
    }
    (standings, Report::new(&files, judge.wrong))
}

struct Judge<'s> {
    site: &'s Site,
    keys: &'s dyn Keys,
    /// How many files stand before approvals.toml.
    shift: u16,
    wrong: Vec<Diagnostic>,
}

impl Judge<'_> {
    fn at(&self, at: &Location) -> Location {
        Location { file: at.file + self.shift, ..at.clone() }
    }

    /// The entries that count; what is wrong with the others is told.
    fn counted<'e>(&mut self, entries: &[&'e Entry]) -> Vec<Counted<'e>> {
        let mut counted: Vec<Counted<'e>> = Vec::new();
        for entry in entries {
            let Entry { person, role, statement, .. } = entry;
            let message = Ledger::message(entry, &self.site.name);
            let key = match self.keys.check(person, &message, &entry.signature) {
                Ok(key) => key,
                Err(fault) => {
                    self.unsigned(entry, fault);
                    continue;
                }
            };
            if !self.site.approvals.people(role).contains(person) {
                let message = format!("{person} is nobody who approves {statement} as {role}");
                let people = self.site.approvals.people(role);
                let help = if people.is_empty() {
                    format!("[approvals] owners has no role {role}")
                } else {
                    format!("[approvals] owners gives {role} to {}", join(", ", people))
                };
                self.wrong.push(Diagnostic::error("V008", &self.at(&entry.at), message).help(help));
                continue;
            }
            if let Some(before) = counted.iter().find(|c| c.entry.person == *person || c.key == key) {
                let first = before.entry.person.clone();
                let message = if first == *person {
                    format!("{person} approved {statement} twice; two different people must")
                } else {
                    format!("{person} approved {statement} with the key of {first}; two different people must")
                };
                let (at, also) = (self.at(&entry.at), self.at(&before.entry.at));
                self.wrong.push(Diagnostic::error("V006", &at, message).also(&also, "the first time is here"));
                continue;
            }
            counted.push(Counted { entry, key });
        }
        counted
    }

    fn unsigned(&mut self, entry: &Entry, fault: KeyFault) {
        let Entry { person, statement, .. } = entry;
        let at = self.at(&entry.signature_at);
        self.wrong.push(match fault {
            KeyFault::Forged => {
                Diagnostic::error("V004", &at, format!("this is no signature of {person} under {statement}"))
                    .note(
                        "the entry was changed after it was signed, was signed with another key, or is of another site",
                    )
                    .help("take the entry out, and ask who wrote it")
            }
            KeyFault::Unknown => {
                Diagnostic::error("V005", &at, format!("there is no key of {person}, who approves {statement}"))
                    .help(format!("put {person}.pub among the keys, if {person} is somebody who may approve"))
            }
        });
    }

    /// Whether enough people approve a clause; why not.
    fn approves(&mut self, clause: &Clause, by: &[Counted<'_>]) -> bool {
        let approvals = &self.site.approvals;
        // Who may approve is not for one person to say, whatever the new text says.
        let need = if clause.name == "approvals" { approvals.need.max(2) } else { approvals.need } as usize;
        let people = join(" and ", by.iter().map(|c| &c.entry.person));
        let say = |code, message: String| match &clause.at {
            Some(at) => Diagnostic::error(code, at, message),
            None => Diagnostic::nowhere(code, message),
        };
        let name = &clause.name;
        if by.is_empty() && need > 0 {
            let help = "show it to two people: sluice policy sign, then sluice policy approve";
            self.wrong.push(say("V001", format!("nobody approved what {name} means")).help(help));
            return false;
        }
        if by.len() < need {
            let message = format!("{people} approved what {name} means, and {need} people must");
            self.wrong.push(say("V002", message).help("the next one says: sluice policy approve"));
            return false;
        }
        let owns = |role: &&String| !by.iter().any(|c| approvals.people(role).contains(&c.entry.person));
        if let Some(role) = clause.owners.iter().find(owns) {
            let owners = approvals.people(role);
            let who = if owners.is_empty() {
                "nobody: give the role to somebody in [approvals] owners".into()
            } else {
                join(" or ", owners)
            };
            let message = format!("{people} approved what {name} means, and nobody of {role}, who own its destination");
            self.wrong.push(say("V003", message).help(format!("{role} is {who}")));
            return false;
        }
        true
    }

    /// V007: an approval of something that the site does not say, or not any more.
    fn outdated(&mut self, entry: &Entry) {
        let Entry { statement, person, .. } = entry;
        let message = format!("{person} approved another meaning of {statement} than it has now");
        let note = "a statement changes its meaning with the tag lists, zones and addresses that it uses";
        let outdated = Diagnostic::warning("V007", &self.at(&entry.at), message).note(note);
        self.wrong.push(outdated.help("see what changed with sluice policy diff, then approve it again"));
    }
}

impl Standing {
    /// Whether a report of standings and every clause let a gateway start: nothing unapproved, nothing forged.
    pub fn all_hold(standings: &[Self], report: &Report) -> bool {
        standings.iter().all(|s| s.approved) && report.diagnostics().iter().all(|d| d.severity != Severity::Error)
    }

    /// Standings by name, for those that look one up.
    pub fn by_name(standings: &[Self]) -> BTreeMap<&str, &Self> {
        standings.iter().map(|s| (s.name.as_str(), s)).collect()
    }
}
