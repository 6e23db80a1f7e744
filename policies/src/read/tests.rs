//! `[[test]]`: what a policy must decide.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::Plant;
use super::reader::Reader;
use super::scenes;
use super::sections::Sections;
use super::services;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::decision::{Reason, Verdict};
use crate::diagnose::Diagnostic;
use crate::services::End;
use crate::site::{AssetId, Devices, Expectation, Expected, Location, Passes, Test, TestMessage};
use crate::words::{self, Listener};
use sluice_model::Descriptor;
use std::collections::HashMap;
use std::net::IpAddr;

/// The longest message that a test may hold, and how often one may be expected.
const MAX_BYTES: usize = 4096;
const MAX_TIMES: usize = 10_000;

/// Reads every test.
pub(super) fn read(reader: &mut Reader<'_>, sections: &Sections<'_>, plant: &Plant) -> Vec<Test> {
    let declared = declared(sections);
    let mut names: HashMap<String, Location> = HashMap::new();
    let mut tests = Vec::new();
    for node in &sections.tests {
        let Some(test) = test(reader, plant, node, &declared) else { continue };
        if let Some(first) = names.insert(test.name.clone(), test.at.clone()) {
            reader.twice(&format!("test \"{}\"", test.name), &test.at, &first);
        }
        tests.push(test);
    }
    tests
}

/// `conduit.id` of every statement that stands in a file, well-formed or not.
pub(super) fn declared(sections: &Sections<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for conduit in &sections.conduits {
        let Value::Table(table) = &conduit.node.value else { continue };
        let Some(Node { value: Value::List(statements), .. }) = table.entry("allow").map(|e| &e.node) else { continue };
        for statement in statements {
            if let Value::Table(table) = &statement.value
                && let Some(Node { value: Value::Text(id), .. }) = table.entry("id").map(|e| &e.node)
            {
                all.push(format!("{}.{id}", conduit.key));
            }
        }
    }
    all
}

fn test(reader: &mut Reader<'_>, plant: &Plant, node: &Node, declared: &[String]) -> Option<Test> {
    let Value::Table(table) = &node.value else {
        reader.wants("test", node, "written [[test]]");
        return None;
    };
    let catalogue = reader.catalogue;
    let known: Vec<&str> = keys::TEST.iter().copied().chain(catalogue.iter().map(|p| p.name)).collect();
    let unread = |key: &&str| catalogue.iter().all(|p| p.name != *key);
    let later: Vec<&str> = keys::PROTOCOLS.iter().copied().filter(unread).collect();
    let shape = Shape { what: "a test", header: "[[test]]".into(), keys: &known, later: &later, above: &[site_keys()] };
    let mut fields = Fields::of(table, &node.at);
    let name = fields.need(reader, &shape, "name", "add name = \"overspeed is refused\"");
    let name = name.and_then(|e| reader.text("name", &e.node));
    let from = fields.need(reader, &shape, "from", "add from = \"hmi-1\"").map(|e| sources(reader, plant, &e.node));
    let to = fields.need(reader, &shape, "to", "add to = \"plc-3\"");
    let unfinished = fields.has_any(&later);
    // A publisher's message goes to a zone; of the protocols that are read, every one goes to an asset.
    let to = to.filter(|_| !unfinished).and_then(|e| {
        let name = reader.text("to", &e.node)?;
        plant.asset(reader, name, &e.node.at)
    });
    let messages = messages(reader, plant, to, &mut fields);
    let scene = scenes::read(reader, plant, &mut fields);
    if messages.as_ref().is_some_and(Vec::is_empty) && !unfinished {
        let help = "add modbus = \"write pump_speed = 60 Hz\", modbus = { unit = 1, hex = \"06 00 64 17 70\" } or service = \"ssh\"";
        reader.report(Diagnostic::error("X003", &node.at, "this test sends nothing").help(help));
    }
    let expect = fields.need(reader, &shape, "expect", "add expect = \"allow\" or expect = \"deny because value\"");
    let expect = expect.map(|e| (e, expectations(reader, e, declared)));
    fields.finish(reader, &shape);
    let (messages, (entry, expect)) = (messages.filter(|m| !m.is_empty())?, expect?);
    let sent = scene.repeat.map_or(messages.len(), |(times, _)| times as usize);
    if expect.len() > 1 && expect.len() != sent && !unfinished {
        let plural = if sent == 1 { "" } else { "s" };
        let message = format!("{sent} message{plural}, but {} expectations", expect.len());
        let help = "write one for all messages, or one for each";
        reader.report(Diagnostic::error("X003", &entry.node.at, message).help(help));
        return None;
    }
    let from = from.filter(|f| !f.is_empty() && !expect.is_empty())?;
    if messages.iter().any(|m| !matches!(m, TestMessage::Service { .. })) {
        nameless(reader, plant, &from, &node.at);
    }
    let scenes::Scene { repeat, given, moment, windows, mode, answers } = scene;
    if answers.len() > 1 && answers.len() != sent {
        let message = format!("{sent} messages, but {} answers", answers.len());
        reader.report(Diagnostic::error("X012", &node.at, message).help("write one for all messages, or one for each"));
    }
    let (name, at) = (name?.into(), node.at.clone());
    Some(Test { name, at, from, to: to?, messages, repeat, given, moment, windows, mode, answers, expect })
}

/// The messages of a test; `None` when one of them is wrong.
fn messages(
    reader: &mut Reader<'_>,
    plant: &Plant,
    to: Option<AssetId>,
    fields: &mut Fields<'_>,
) -> Option<Vec<TestMessage>> {
    let mut messages = Vec::new();
    let mut good = true;
    for protocol in reader.catalogue {
        let Some(entry) = fields.take(protocol.name) else { continue };
        for node in Reader::list(&entry.node) {
            let message = message(reader, plant, to, protocol, node);
            good &= message.is_some();
            messages.extend(message);
        }
    }
    for key in keys::SERVICES {
        let Some(entry) = fields.take(key) else { continue };
        for node in Reader::list(&entry.node) {
            let message = service(reader, plant, to, key, node);
            good &= message.is_some();
            messages.extend(message);
        }
    }
    good.then_some(messages)
}

/// The device that a message without one is for: the first of the asset.
fn device(plant: &Plant, to: Option<AssetId>, protocol: &Descriptor) -> u32 {
    let speaks = to.and_then(|id| plant.assets[id.0 as usize].speaks.iter().find(|s| s.protocol.id == protocol.id));
    match speaks.map(|s| &s.devices) {
        Some(Devices::Listed(listed)) => listed.first().copied().unwrap_or(protocol.device.default),
        _ => protocol.device.default,
    }
}

/// The senders: assets, and addresses that none of them has.
fn sources(reader: &mut Reader<'_>, plant: &Plant, node: &Node) -> Vec<End> {
    let mut sources = Vec::new();
    for (text, item) in reader.texts("from", node) {
        match text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(ip) => {
                let owner = plant.assets.iter().position(|a| a.addresses.contains(&ip));
                sources.push(owner.map_or(End::Address(ip), |index| End::Asset(AssetId(index as u32))));
            }
            Err(_) => sources.extend(plant.asset(reader, text, &item.at).map(End::Asset)),
        }
    }
    sources
}

/// X008: an asset without an IP address sends nothing of a protocol over IP.
fn nameless(reader: &mut Reader<'_>, plant: &Plant, from: &[End], at: &Location) {
    for end in from {
        let End::Asset(id) = end else { continue };
        let asset = &plant.assets[id.0 as usize];
        if asset.addresses.is_empty() && !asset.macs.is_empty() {
            let message = format!("{} has no IP address to send this from", asset.name);
            reader.report(Diagnostic::error("X008", at, message).also(&asset.at, "the asset"));
        }
    }
}

/// `service = "ssh"`, `tcp = 22`.
fn service(reader: &mut Reader<'_>, plant: &Plant, to: Option<AssetId>, key: &str, node: &Node) -> Option<TestMessage> {
    let (passes, words) = match key {
        "service" => services::preset(reader, node).map(|p| (Passes::Preset(p), p.name.to_owned()))?,
        "ethertype" => services::ethertype(reader, node).map(|e| (Passes::Ethertype(e), format!("0x{e:04X}")))?,
        _ => {
            let port = services::port(reader, key, node)?;
            let words = port.port.to_string();
            (if key == "tcp" { Passes::Tcp(port) } else { Passes::Udp(port) }, words)
        }
    };
    let asset = to.map(|id| &plant.assets[id.0 as usize]);
    if let (Passes::Tcp(port), Some(asset)) = (&passes, asset)
        && let Some(speaks) = asset.speaks.iter().find(|s| s.ports.contains(&port.port))
    {
        let name = speaks.protocol.name;
        let message = format!("{} speaks {name} on port {}, so what is sent there is judged", asset.name, port.port);
        reader.report(Diagnostic::error("X005", &node.at, message).help(format!("write {name} = \"read ...\"")));
        return None;
    }
    Some(TestMessage::Service { passes, words, at: node.at.clone() })
}

fn message(
    reader: &mut Reader<'_>,
    plant: &Plant,
    to: Option<AssetId>,
    protocol: &'static Descriptor,
    node: &Node,
) -> Option<TestMessage> {
    let table = match &node.value {
        Value::Text(text) => {
            let at = node.at.clone();
            understood(reader, plant, to?, protocol, node, text);
            return Some(TestMessage::Words { protocol, text: text.clone(), at });
        }
        Value::Table(table) => table,
        _ => {
            reader.wants(
                protocol.name,
                node,
                "words (\"write pump_speed = 60 Hz\") or { unit = 1, hex = \"03 00 64 00 01\" }",
            );
            return None;
        }
    };
    let key = protocol.device.key;
    let shape =
        Shape { what: "a message of a test", header: String::new(), keys: &[key, "hex"], later: &[], above: &[] };
    let mut fields = Fields::of(table, &node.at);
    let range = protocol.device.range.clone();
    let device = match fields.take(key) {
        Some(entry) => reader.integer(key, &entry.node, range),
        None => Some(device(plant, to, protocol)),
    };
    let hex = fields.need(reader, &shape, "hex", "add hex = \"03 00 64 00 01\", from the function code on");
    let bytes = hex.and_then(|e| hex_bytes(reader, e));
    fields.finish(reader, &shape);
    Some(TestMessage::Bytes { protocol, device: device?, bytes: bytes?, at: node.at.clone() })
}

/// X005 .. X007: words that are no message to the asset.
fn understood(
    reader: &mut Reader<'_>,
    plant: &Plant,
    to: AssetId,
    protocol: &'static Descriptor,
    node: &Node,
    text: &str,
) {
    let asset = &plant.assets[to.0 as usize];
    let speaks = asset.speaks.iter().filter(|s| s.protocol.id == protocol.id);
    let listeners: Vec<Listener<'_>> = speaks.map(Listener::of_site).collect();
    let Err(trouble) = words::read(&asset.name, &listeners, protocol, text) else { return };
    // What is missing may be what was not understood of the asset, which has a message of its own.
    if (trouble.code == "X006" || listeners.is_empty()) && plant.partial.contains(&to) {
        return;
    }
    // A part is a slice of the text, so the distance of the two is its place.
    let start = trouble.part.map_or(0, |part| part.as_ptr().addr() - text.as_ptr().addr());
    let length = trouble.part.map_or(text.len(), str::len);
    let at = reader.part(node, start..start + length);
    let mut wrong = Diagnostic::error(trouble.code, &at, trouble.message);
    wrong.help = trouble.hint;
    reader.report(wrong);
}

fn hex_bytes(reader: &mut Reader<'_>, entry: &Entry) -> Option<Vec<u8>> {
    let text = reader.text("hex", &entry.node)?;
    let digits: Option<Vec<u8>> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 && !digits.is_empty() && digits.len() / 2 <= MAX_BYTES => {
            Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
        }
        _ => {
            let message = format!("`hex` holds pairs of hexadecimal digits, 1 to {MAX_BYTES} of them");
            reader.report(Diagnostic::error("X002", &entry.node.at, message).help("write \"05 00 0A FF 00\""));
            None
        }
    }
}

fn expectations(reader: &mut Reader<'_>, entry: &Entry, declared: &[String]) -> Vec<Expectation> {
    let mut all = Vec::new();
    for (text, node) in reader.texts("expect", &entry.node) {
        let (text, times) = match text.rsplit_once(" x ") {
            Some((head, times)) => (head, times.trim().parse().ok().filter(|n| (1..=MAX_TIMES).contains(n))),
            None => (text, Some(1)),
        };
        let Some(times) = times else {
            let message = format!("behind `x` stands how often, 1 .. {MAX_TIMES}");
            reader.report(Diagnostic::error("X001", &node.at, message).help("write \"allow x 6\""));
            continue;
        };
        if let Some(expected) = expected(reader, text.trim(), node, declared)
            && all.len() + times <= MAX_TIMES
        {
            all.extend(core::iter::repeat_n(Expectation { expected, at: node.at.clone() }, times));
        }
    }
    all
}

fn expected(reader: &mut Reader<'_>, text: &str, node: &Node, declared: &[String]) -> Option<Expected> {
    if let Some(id) = text.strip_prefix("allow by ") {
        let id = id.trim();
        if !declared.iter().any(|d| d == id) {
            let mut wrong = Diagnostic::error("X004", &node.at, format!("there is no statement `{id}`"));
            wrong.help =
                reader.nearest(id, declared.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
            reader.report(wrong);
        }
        return Some(Expected::AllowedBy(id.into()));
    }
    if let Some(word) = text.strip_prefix("deny because ") {
        return reason(reader, word.trim(), node).map(Expected::DeniedBecause);
    }
    match text {
        "allow" => Some(Expected::Verdict(Verdict::Allow)),
        "alert" => Some(Expected::Verdict(Verdict::Alert)),
        "deny" => Some(Expected::Verdict(Verdict::Deny)),
        _ => {
            let message = format!("`{text}` is nothing that a policy decides");
            let help = "write \"allow\", \"allow by conduit.id\", \"deny because value\" or \"alert\"";
            reader.report(Diagnostic::error("X001", &node.at, message).help(help));
            None
        }
    }
}

fn reason(reader: &mut Reader<'_>, word: &str, node: &Node) -> Option<Reason> {
    let later = keys::REASONS_LATER.contains(&word);
    let found = Reason::ALL.into_iter().find(|r| r.name() == word && !later);
    if found.is_none() {
        if later {
            reader.not_enforced(&node.at, &format!("the reason `{word}`"));
        } else {
            let given = Reason::ALL.map(Reason::name).into_iter().filter(|n| !keys::REASONS_LATER.contains(n));
            let names: Vec<&str> = given.collect();
            let help = reader
                .nearest(word, names.iter().copied())
                .map_or_else(|| format!("the reasons are {}", names.join(" ")), |n| format!("did you mean `{n}`?"));
            reader.report(Diagnostic::error("X001", &node.at, format!("`{word}` is no reason")).help(help));
        }
    }
    found
}
