//! `sluice policy sign` and `sluice policy approve`: the first and the second of two people.

use super::{named, open, trust, unreadable};
use crate::approval;
use crate::command::failure::Failure;
use crate::command::{Outcome, Terminal};
use clap::Args;
use jiff::Timestamp;
use sluice_policies::meaning::approval::{Ledger, Standing, leaving_lockdown, standing};
use sluice_policies::meaning::{Clause, clauses};
use sluice_policies::site::Site;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sluice policy sign --site plant/ --key ~/keys/zhang.key --person zhang --role process\n  \
                        sluice policy sign --site plant/ --key ~/keys/zhang.key --person zhang --role process operators.speed"
)]
pub(crate) struct Sign {
    #[command(flatten)]
    signer: Signer,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
                        sluice policy approve --site plant/ --key ~/keys/li.key --person li --role shift --trust /etc/sluice/keys")]
pub(crate) struct Approve {
    #[command(flatten)]
    signer: Signer,
    /// The folder with the public key of everybody who may approve: PERSON.pub.
    #[arg(long, value_name = "KEYS")]
    trust: PathBuf,
}

#[derive(Args, Debug)]
struct Signer {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// Your secret key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who you are, as [approvals] owners names you.
    #[arg(long, value_name = "PERSON")]
    person: String,
    /// The role in which you agree.
    #[arg(long, value_name = "ROLE")]
    role: String,
    /// Agree that the lockdown which began then is left, and to nothing else.
    #[arg(long, value_name = "TIME", conflicts_with = "names")]
    lockdown_began: Option<Timestamp>,
    /// Statements and settings; all that you have not signed yet without a name.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// The first of two people agrees to what nobody has looked at.
pub(crate) fn sign(call: &Sign, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let signer = &call.signer;
    let (site, files) = open(&signer.site, terminal)?;
    let ledger = Ledger::read(&files).map_err(|r| unreadable(&signer.site, &r, terminal))?;
    let chosen = signer.chosen(&site)?;
    let new: Vec<Clause> = chosen.into_iter().filter(|c| !signer.has_signed(&ledger, c)).collect();
    signer.write(&site, &new, terminal)
}

/// The next one agrees to what somebody else has signed.
pub(crate) fn approve(call: &Approve, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let signer = &call.signer;
    let keys = trust(&call.trust)?;
    let (site, files) = open(&signer.site, terminal)?;
    let ledger = Ledger::read(&files).map_err(|r| unreadable(&signer.site, &r, terminal))?;
    let chosen = signer.chosen(&site)?;
    let (standings, _) = standing(&site, chosen.iter().cloned(), &ledger, &keys);
    let seen = |s: &Standing| s.by.iter().any(|by| by.person != signer.person);
    if let Some((clause, _)) = chosen.iter().zip(&standings).find(|(_, s)| !seen(s))
        && !signer.names.is_empty()
    {
        let message = format!("nobody else has signed {} as it is now: that is for sluice policy sign", clause.name);
        return Err(Failure::Call(message));
    }
    let open = chosen.into_iter().zip(&standings).filter(|(_, s)| seen(s)).map(|(clause, _)| clause);
    let new: Vec<Clause> = open.filter(|c| !signer.has_signed(&ledger, c)).collect();
    signer.write(&site, &new, terminal)
}

impl Signer {
    fn chosen(&self, site: &Site) -> Result<Vec<Clause>, Failure> {
        if let Some(began) = self.lockdown_began {
            return Ok(vec![leaving_lockdown(&site.name, began)]);
        }
        named(clauses(site), &self.names)
    }

    fn has_signed(&self, ledger: &Ledger, clause: &Clause) -> bool {
        let meaning = clause.identity();
        ledger.entries.iter().any(|e| e.meaning == meaning && e.person == self.person)
    }

    /// Signs and keeps every clause.
    fn write(&self, site: &Site, clauses: &[Clause], terminal: &mut Terminal) -> Result<Outcome, Failure> {
        let Self { person, role, .. } = self;
        if !site.approvals.people(role).contains(person) {
            let people = site.approvals.people(role);
            let who = if people.is_empty() { "nobody".into() } else { people.join(", ") };
            return Err(Failure::Call(format!("{person} is not {role}: [approvals] owners gives that role to {who}")));
        }
        if clauses.is_empty() {
            terminal.line("nothing is left for you to sign")?;
            return Ok(Outcome::Holds);
        }
        let key = approval::open_secret(&self.key)?;
        let date = Timestamp::now().to_zoned_datetime(site.time_zone.0.clone()).date().to_string();
        let mut entries = Vec::new();
        for clause in clauses {
            let what = (site.name.as_str(), clause.name.as_str(), &*clause.identity());
            entries.push(approval::sign(what, (person, role, &date), &key).map_err(Failure::System)?);
        }
        approval::append(&self.site, &entries).map_err(|e| Failure::File(self.site.join("approvals.toml"), e))?;
        for clause in clauses {
            let at = clause.at.as_ref().map_or_else(String::new, |at| format!(" ({})", site.show(at)));
            terminal.line(format_args!("{person} ({role}) agrees to {}{at}", clause.name))?;
        }
        Ok(Outcome::Holds)
    }
}
