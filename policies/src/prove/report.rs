//! What proofs come to: messages about guarantees that are broken, and what there is to say about those that hold.

use super::means::means;
use super::message::Message;
use super::{Breach, Party, Proof, Sends, Source, TOLD, prove, scope};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::registers;
use crate::services;
use crate::site::{Grant, Items, Location, Never, Passes, Site, Speaks, Strangers, Tag};
use crate::words::Carried;
use jiff::Timestamp;
use serde::Serialize;
use sluice_model::Action;
use std::collections::HashMap;
use std::net::IpAddr;

/// Where statements say what they allow, by their own places.
pub(crate) struct Places<'p> {
    /// Their raw ranges.
    pub(crate) raw: &'p RawPlaces,
    /// The values of their keys for a protocol or a service.
    pub(crate) stated: &'p HashMap<Location, Location>,
}

/// What became of the guarantees of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guarantees {
    /// Every one, in the order of the files; none when a site has other mistakes, for then nothing is proven.
    pub all: Vec<Guarantee>,
    /// What no proof covers, in sentences.
    pub uncovered: Vec<String>,
}

/// What became of one guarantee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guarantee {
    /// What it says.
    pub says: String,
    /// Where it stands: `guarantees.toml:1`.
    pub at: String,
    /// When it holds; `None` when it is broken.
    pub holds: Option<Holds>,
}

/// When a proven guarantee holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// While every conduit between its two ends enforces.
    WhileEnforced,
    /// In every mode: it is a floor.
    Always,
}

impl Guarantees {
    /// `3 guarantees proven`, and on further lines what no proof covers; nothing without guarantees.
    pub fn summary(&self) -> Vec<String> {
        let proven = self.all.iter().filter(|g| g.holds.is_some()).count();
        if proven == 0 {
            return Vec::new();
        }
        let plural = if proven == 1 { "" } else { "s" };
        let uncovered = self.uncovered.iter().map(|what| format!("not covered: {what}"));
        [format!("{proven} guarantee{plural} proven")].into_iter().chain(uncovered).collect()
    }
}

/// Proves every guarantee of a site, and reports N001 and N003 to N013.
pub(crate) fn report(site: &Site, places: &Places<'_>, now: Timestamp, diagnostics: &mut Diagnostics) -> Guarantees {
    let proofs = prove(site, now);
    let mut guarantees = Guarantees::default();
    for (never, proof) in site.nevers.iter().zip(&proofs) {
        let refused = scope::refused(site, never);
        let holds = match (&refused, proof.breaches.is_empty()) {
            (Some(_), _) | (None, false) => None,
            (None, true) if never.floor => Some(Holds::Always),
            (None, true) => Some(Holds::WhileEnforced),
        };
        guarantees.all.push(Guarantee { says: never.says.clone(), at: site.show(&never.at), holds });
        match refused {
            Some(refused) => diagnostics.push(refused),
            None if !proof.breaches.is_empty() => diagnostics.push(broken(site, places, never, proof)),
            None => {
                if !proof.withheld.is_empty() {
                    diagnostics.push(withheld(site, places, never, proof));
                }
                if let Some(vacuous) = scope::vacuous(site, never, proof) {
                    diagnostics.push(vacuous);
                }
            }
        }
        for both in scope::both_sides(site, never) {
            diagnostics.push(both);
        }
    }
    for about_all in scope::crowded(site).into_iter().chain(scope::modes(site, &guarantees)) {
        diagnostics.push(about_all);
    }
    guarantees.uncovered = scope::uncovered(site);
    guarantees
}

/// N001: a guarantee with what breaks it.
fn broken(site: &Site, places: &Places<'_>, never: &Never, proof: &Proof) -> Diagnostic {
    let shown = Shown { site, places, never };
    let [first, others @ ..] = proof.breaches.as_slice() else {
        return Diagnostic::error("N001", &never.at, "broken");
    };
    let message = format!("broken: \"{}\"", never.says);
    let mut wrong = Diagnostic::error("N001", &never.at, message).label(shown.summary(first));
    wrong = wrong.also(&shown.place(first), shown.why(first));
    if let Some(example) = shown.example(first) {
        wrong = wrong.named("example", example);
    }
    wrong = wrong.named("path", shown.path(first));
    for other in others {
        wrong = wrong.note(format!("also broken by {}: {}", shown.statement(other.by), shown.summary(other)));
    }
    if proof.breaches.len() == TOLD {
        wrong = wrong.note("there may be more ways; these are the first");
    }
    wrong
}

/// N011: what is not decoded, and a floor withholds.
fn withheld(site: &Site, places: &Places<'_>, never: &Never, proof: &Proof) -> Diagnostic {
    let shown = Shown { site, places, never };
    let Some(first) = proof.withheld.first() else { return Diagnostic::warning("N011", &never.at, "withheld") };
    let message = format!("the floor \"{}\" withholds what {} allows", never.says, shown.statement(first.by));
    let warning = Diagnostic::warning("N011", &never.at, message).label(shown.summary(first));
    let warning = warning.also(&shown.place(first), "not decoded, so it could be just what the floor forbids");
    warning.help("lead the statement to other assets, or leave out floor = true")
}

/// Words about breaches of one guarantee.
struct Shown<'r> {
    site: &'r Site,
    places: &'r Places<'r>,
    never: &'r Never,
}

/// An address of strangers that no asset has.
pub(super) fn example(site: &Site, strangers: &Strangers) -> Option<IpAddr> {
    strangers.example(|ip| site.assets.iter().any(|a| a.addresses.contains(&ip)))
}

impl Shown<'_> {
    /// `jump-1 -> plc-intake, modbus function 0x5A (umas), any payload`.
    fn summary(&self, breach: &Breach) -> String {
        let sends = match &breach.sends {
            Sends::Message(message) => self.message(message),
            Sends::Service(passes) => {
                let rest = if means(passes).actions.is_none() { ", any payload" } else { "" };
                format!("{}{rest}", service(passes))
            }
        };
        format!("{} -> {}, {sends}", self.party(&breach.from), self.party(&breach.to))
    }

    fn party(&self, party: &Party) -> String {
        match party {
            Party::Asset(id) => self.site.asset(*id).name.clone(),
            Party::Strangers(strangers) => match example(self.site, strangers) {
                Some(ip) => self.zone(ip).map_or_else(|| format!("{ip} (no asset)"), |zone| format!("{zone} ({ip})")),
                None => "a MAC address that is no asset's".into(),
            },
        }
    }

    /// The zone whose net an address is in.
    fn zone(&self, ip: IpAddr) -> Option<&str> {
        let zone = self.site.zones.iter().find(|z| z.net.is_some_and(|net| net.contains(ip)));
        zone.map(|z| z.name.as_str())
    }

    fn message(&self, message: &Message) -> String {
        let (protocol, function) = (message.protocol.0, message.function);
        if function.opaque {
            let code = message.code.function;
            // One word is the name of a product, which people write in capitals.
            let product = function.name.bytes().all(|b| b.is_ascii_lowercase());
            let name = if product { function.name.to_uppercase() } else { function.name.to_owned() };
            return format!("{} function 0x{code:02X} ({name}), any payload", protocol.name);
        }
        let sub = message.code.sub.filter(|_| function.sub.is_none()).map(|sub| format!(" {sub}")).unwrap_or_default();
        let words = format!("{} {}{sub}", protocol.name, function.name);
        let Some(target) = message.touched.target else { return words };
        let speaks = &self.site.asset(message.asset).speaks[message.speaks];
        let place = protocol.show_both(target);
        let Some((tag, element)) = named(speaks, message) else { return format!("{words} {place}") };
        let name = if tag.count > 1 { format!("{}[{element}]", tag.name) } else { tag.name.clone() };
        match (value(tag, element, message), message.touched.part) {
            (_, true) => format!("{words} {place}, a part of {name}"),
            (Some(value), false) => format!("{words} {name} = {value} ({place})"),
            (None, false) => format!("{words} {name} ({place})"),
        }
    }

    /// Bytes of a message; what opens a service.
    fn example(&self, breach: &Breach) -> Option<String> {
        match &breach.sends {
            Sends::Message(message) => {
                let bytes: Vec<String> = message.bytes()?.iter().map(|b| format!("{b:02X}")).collect();
                Some(bytes.join(" "))
            }
            Sends::Service(passes) => {
                let (packet, group) = services::asked(passes).into_iter().next()?;
                let to = group.map(|group| group.to_string()).or_else(|| self.address(&breach.to))?;
                Some(format!("{packet} of {to} from {}", self.address(&breach.from)?))
            }
        }
    }

    fn address(&self, party: &Party) -> Option<String> {
        match party {
            Party::Strangers(strangers) => example(self.site, strangers).map(|ip| ip.to_string()),
            Party::Asset(id) => {
                let asset = self.site.asset(*id);
                let ip = asset.addresses.first().map(ToString::to_string);
                ip.or_else(|| asset.macs.first().map(ToString::to_string)).or_else(|| Some(asset.name.clone()))
            }
        }
    }

    /// `vendor --ssh(vendor-in.ssh)--> jump-1 --modbus(maint.umas)--> plc-intake`.
    fn path(&self, breach: &Breach) -> String {
        let word = match &breach.sends {
            Sends::Message(message) => message.protocol.0.name.to_owned(),
            Sends::Service(passes) => service(passes),
        };
        let step =
            |from: &Party, word: &str, by: Source| format!("{} --{word}({})--> ", self.end(from), self.statement(by));
        let before: String = breach.path.iter().map(|hop| step(&hop.from, &self.hop_word(hop.by), hop.by)).collect();
        before + &step(&breach.from, &word, breach.by) + &self.end(&breach.to)
    }

    /// A party in a path: strangers by their zone.
    fn end(&self, party: &Party) -> String {
        match party {
            Party::Strangers(strangers) => {
                let ip = example(self.site, strangers);
                let zone = ip.and_then(|ip| self.zone(ip)).map(str::to_owned);
                zone.unwrap_or_else(|| self.party(party))
            }
            Party::Asset(_) => self.party(party),
        }
    }

    fn hop_word(&self, by: Source) -> String {
        let conduit = &self.site.conduits[by.conduit];
        if by.service {
            let passes = &conduit.services[by.index].passes;
            let through = passes.iter().find(|p| means(p).acts_through).or(passes.first());
            return through.map(service).unwrap_or_default();
        }
        conduit.statements[by.index].protocol.name.into()
    }

    /// `maint.umas`.
    fn statement(&self, by: Source) -> String {
        let conduit = &self.site.conduits[by.conduit];
        let id = if by.service { &conduit.services[by.index].id } else { &conduit.statements[by.index].id };
        format!("{}.{id}", conduit.name)
    }

    /// Where a statement allows what breaks the guarantee.
    fn place(&self, breach: &Breach) -> Location {
        let conduit = &self.site.conduits[breach.by.conduit];
        let stated = |at: &Location| self.places.stated.get(at).unwrap_or(at).clone();
        if breach.by.service {
            return stated(&conduit.services[breach.by.index].at);
        }
        let statement = &conduit.statements[breach.by.index];
        let Sends::Message(message) = &breach.sends else { return stated(&statement.at) };
        let Some(target) = message.touched.target else { return stated(&statement.at) };
        let of_items = match &statement.items {
            Items::None => None,
            Items::Raw(_) => self.places.raw.get(&statement.at).and_then(|spans| {
                let holds =
                    spans.iter().find(|(s, _)| s.space == target.space && (s.first..=s.last).contains(&target.first));
                holds.map(|(_, at)| at)
            }),
            Items::Tags(grants) => {
                let own = grants.iter().filter(|g| (g.asset, g.speaks) == (message.asset, message.speaks));
                own.into_iter().find_map(|grant| self.granted(grant, target))
            }
        };
        of_items.cloned().unwrap_or_else(|| stated(&statement.at))
    }

    fn granted<'g>(&self, grant: &'g Grant, target: sluice_model::Span) -> Option<&'g Location> {
        let tags = &self.site.asset(grant.asset).speaks[grant.speaks].tags;
        let holds = |g: &&crate::site::TagGrant| {
            tags.get(g.tag).is_some_and(|tag| {
                let span = tag.span(g.first, g.last);
                span.space == target.space && (span.first..=span.last).contains(&target.first)
            })
        };
        grant.tags.iter().find(holds).and_then(|g| grant.places.get(g.place as usize))
    }

    /// What a statement does that breaks the guarantee.
    fn why(&self, breach: &Breach) -> String {
        let opaque = match &breach.sends {
            Sends::Message(message) => message.function.opaque,
            Sends::Service(passes) => means(passes).actions.is_none(),
        };
        if opaque && !(self.never.actions.is_empty() && self.never.tags.is_none()) {
            let usual = [Action::Program, Action::Restart, Action::Configure, Action::Write];
            let more = self.never.actions.iter().filter(|action| !usual.contains(action));
            let all: Vec<&str> = usual.into_iter().chain(more).map(Action::name).collect();
            return format!("opaque: counts as {}", all.join(", "));
        }
        "allows it".into()
    }
}

/// `ssh`, `tcp 30002 (robot)`.
fn service(passes: &Passes) -> String {
    let port = |key: &str, port: &crate::site::ServicePort| match &port.name {
        Some(name) => format!("{key} {} ({name})", port.port),
        None => format!("{key} {}", port.port),
    };
    match passes {
        Passes::Preset(preset) => preset.name.into(),
        Passes::Tcp(tcp) => port("tcp", tcp),
        Passes::Udp(udp) => port("udp", udp),
        Passes::Ethertype(number) => format!("ethertype 0x{number:04X}"),
    }
}

/// The tag that a message touches, and which element: the guarantee's, else one that lies there.
fn named<'s>(speaks: &'s Speaks, message: &Message) -> Option<(&'s Tag, u64)> {
    if let Some((index, element)) = message.touched.tag {
        return Some((speaks.tags.get(index)?, element));
    }
    let target = message.touched.target?;
    let holds = |tag: &&Tag| {
        tag.bit.is_none()
            && tag.space == target.space
            && tag.whole().first <= target.first
            && target.last <= tag.whole().last
    };
    let tag = speaks.tags.iter().find(holds)?;
    Some((tag, (target.first - tag.first) / tag.items))
}

/// What a message makes of an element, in words; `None` when it carries no value of it.
fn value(tag: &Tag, element: u64, message: &Message) -> Option<String> {
    let target = message.touched.target?;
    let offset = tag.span(element, element).first.checked_sub(target.first)?;
    let word = |n: u16| match message.touched.carried {
        Carried::Mask { or, .. } => (n == 0).then_some(or),
        _ => message.touched.carried.values().item(usize::try_from(offset).ok()? + usize::from(n)),
    };
    registers::value(tag, word).map(|raw| tag.show_raw(&raw))
}
