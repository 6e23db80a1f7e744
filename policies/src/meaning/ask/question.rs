//! The grammar of questions.

use crate::read::names::nearest;
use crate::site::{AssetId, Site};
use core::fmt::{self, Write};
use sluice_model::Action;
use std::collections::BTreeSet;

/// What can be asked.
pub const GRAMMAR: &[(&str, &str)] = &[
    ("who can VERB ASSET.TAG", "who can write plc-3.pump_speed"),
    ("who can VERB ASSET", "who can stop plc-3"),
    ("who can reach ASSET", "who can reach plc-3"),
    ("what can WHO do", "what can hmi-1 do"),
    ("what can WHO do to ASSET", "what can hmi-1 do to plc-3"),
    ("may WHO VERB ASSET.TAG", "may control-room read plc-3.tank_level"),
    ("may WHO VERB ASSET.TAG = VALUE", "may hmi-1 write plc-3.pump_speed = 60 Hz"),
    ("may WHO VERB ASSET", "may anyone stop plc-3"),
    ("may WHO reach ASSET", "may tablet reach plc-3"),
];

/// Words for verbs beside their own names.
const ALIASES: &[(&str, Action)] = &[
    ("set", Action::Write),
    ("change", Action::Write),
    ("command", Action::Control),
    ("operate", Action::Control),
    ("stop", Action::Restart),
    ("start", Action::Restart),
    ("reprogram", Action::Program),
    ("identify", Action::Browse),
];

/// Who is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever there is, assets or not.
    Anyone,
    /// These, by name.
    Named(BTreeSet<String>),
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// One action.
    Action(Action),
    /// Anything at all, services included.
    Reach,
}

/// What it may be done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The asset.
    pub asset: AssetId,
    /// Index into its `speaks`, and into the tags there.
    pub tag: Option<(usize, usize)>,
    /// The value that is written, in words.
    pub value: Option<String>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who can?
    Who(Verb, Target),
    /// What can they do, to anybody or to one?
    What(Who, Option<Target>),
    /// May they?
    May(Who, Verb, Target),
}

/// Why a question is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Puzzle(pub String);

impl fmt::Display for Puzzle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Question {
    /// Reads a question about a site.
    ///
    /// # Errors
    /// What is not understood; and what can be asked, when that is the sentence.
    pub fn read(site: &Site, text: &str) -> Result<Self, Puzzle> {
        let text = text.trim().trim_end_matches('?').trim_end();
        let words: Vec<&str> = text.split_whitespace().collect();
        let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
        let keys: Vec<&str> = lower.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["who", "can" | "may", verb, ..] if words.len() > 3 => {
                Ok(Self::Who(of_verb(verb)?, target(site, &words[3..], false)?))
            }
            ["what", "can" | "may", _, "do"] => Ok(Self::What(who(site, words[2])?, None)),
            ["what", "can" | "may", _, "do", "to", _] => {
                Ok(Self::What(who(site, words[2])?, Some(target(site, &words[5..], false)?)))
            }
            ["may" | "can", _, verb, ..] if words.len() > 3 => {
                let verb = of_verb(verb)?;
                Ok(Self::May(
                    who(site, words[1])?,
                    verb,
                    target(site, &words[3..], verb == Verb::Action(Action::Write))?,
                ))
            }
            _ => Err(not_understood(text)),
        }
    }
}

fn not_understood(text: &str) -> Puzzle {
    let mut message = format!("`{text}` is no question that can be answered; what can be asked:");
    for (form, example) in GRAMMAR {
        let _ = write!(message, "\n  {form:32} {example}");
    }
    let verbs = ALIASES.iter().map(|(name, _)| *name).chain(verbs().map(|(name, _)| name));
    let verbs = verbs.collect::<Vec<_>>().join(", ");
    let _ = write!(message, "\nVERB is {verbs}; WHO is an asset, a zone or anyone");
    Puzzle(message)
}

fn verbs() -> impl Iterator<Item = (&'static str, Action)> {
    let name = |action: Action| if action == Action::Event { "report" } else { action.name() };
    Action::ALL
        .into_iter()
        .map(move |action| (name(action), action))
        .filter(|(name, _)| Action::from_verb(name).is_some())
}

fn of_verb(word: &str) -> Result<Verb, Puzzle> {
    if word == "reach" {
        return Ok(Verb::Reach);
    }
    let alias = ALIASES.iter().find(|(name, _)| *name == word).map(|(_, action)| *action);
    alias.or_else(|| Action::from_verb(word)).map(Verb::Action).ok_or_else(|| {
        let all = ALIASES.iter().map(|(name, _)| *name).chain(verbs().map(|(name, _)| name)).chain(["reach"]);
        Puzzle(format!("`{word}` is no verb; there are {}", all.collect::<Vec<_>>().join(", ")))
    })
}

fn who(site: &Site, word: &str) -> Result<Who, Puzzle> {
    if matches!(word.to_lowercase().as_str(), "anyone" | "anybody" | "everyone" | "everybody" | "somebody" | "someone")
    {
        return Ok(Who::Anyone);
    }
    if site.asset_named(word).is_some() {
        return Ok(Who::Named([word.to_owned()].into()));
    }
    if let Some(zone) = site.zones.iter().find(|z| z.name == word) {
        return Ok(Who::Named(zone.assets.iter().map(|id| site.asset(*id).name.clone()).collect()));
    }
    let names = site.assets.iter().map(|a| a.name.as_str()).chain(site.zones.iter().map(|z| z.name.as_str()));
    Err(unknown("asset and no zone", word, nearest(word, names)))
}

fn unknown(what: &str, word: &str, near: Option<&str>) -> Puzzle {
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Puzzle(format!("the site has no {what} `{word}`{near}"))
}

/// `plc-3`, `plc-3.pump_speed`, `plc-3.pump_speed = 60 Hz`.
fn target(site: &Site, words: &[&str], may_have_value: bool) -> Result<Target, Puzzle> {
    let text = words.join(" ");
    let (place, value) = match text.split_once('=') {
        Some((place, value)) => (place.trim(), Some(value.trim().to_owned())),
        None => (text.trim(), None),
    };
    let (name, tag) = place.split_once('.').map_or((place, None), |(name, tag)| (name, Some(tag)));
    let asset = site
        .asset_named(name)
        .ok_or_else(|| unknown("asset", name, nearest(name, site.assets.iter().map(|a| a.name.as_str()))))?;
    let found = tag.map(|tag| {
        let speaks = &site.asset(asset).speaks;
        let find =
            |(index, s): (usize, &crate::site::Speaks)| Some((index, s.tags.iter().position(|t| t.name == tag)?));
        speaks.iter().enumerate().find_map(find).ok_or_else(|| {
            let names = speaks.iter().flat_map(|s| s.tags.iter()).map(|t| t.name.as_str());
            let near = nearest(tag, names).map_or_else(String::new, |near| format!("; did you mean {near}?"));
            Puzzle(format!("{name} has no tag `{tag}`{near}"))
        })
    });
    let tag = found.transpose()?;
    if value.is_some() && (tag.is_none() || !may_have_value) {
        let message = "a value belongs to a tag that somebody may write: may hmi-1 write plc-3.pump_speed = 60 Hz";
        return Err(Puzzle(message.into()));
    }
    Ok(Target { asset, tag, value })
}
