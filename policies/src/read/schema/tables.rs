//! The tables of the language, with what each protocol adds to them.

use super::{described, key, keys, shapes, shapes::Shape};
use serde_json::{Map, Value, json};
use sluice_model::Descriptor;

/// A table that has these keys and no others.
pub(super) fn table<'k>(keys: impl Iterator<Item = &'k &'static str>, name: &str, text: &str) -> Value {
    let properties: Map<String, Value> = keys.map(|of| ((*of).to_owned(), key(name, of))).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !text.is_empty() {
        schema["description"] = text.into();
    }
    if name == "top" {
        schema["properties"]["zones"] = zones();
    }
    schema
}

fn require(mut schema: Value, keys: &[&str]) -> Value {
    schema["required"] = keys.into();
    schema
}

/// `[zones]`: a list, or a table.
fn zones() -> Value {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let zone = table(keys::ZONE.iter(), "zone", "");
    json!({
        "type": "object",
        "description": "Zones (IEC 62443): assets under one set of requirements.",
        "additionalProperties": { "anyOf": [{ "type": "string" }, list, zone] },
    })
}

/// `[assets.A]`, or `[kinds.K]`.
pub(super) fn asset(catalogue: &[&'static Descriptor], kind: bool) -> Value {
    let text = if kind { "What assets of this kind have in common." } else { "A device of the site." };
    let known = keys::ASSET.iter().filter(|key| !kind || **key != "kind");
    let mut schema = table(known, "asset", text);
    for protocol in catalogue {
        let mut speaks =
            table(keys::SPEAKS.iter(), "speaks", &format!("What it is as a server of {}.", protocol.title));
        let device = &protocol.device;
        let one = json!({ "type": "integer", "minimum": device.range.start(), "maximum": device.range.end() });
        let several = json!({ "type": "array", "items": one });
        speaks["properties"][device.key] = json!({
            "anyOf": [one, several, { "const": "any" }],
            "description": "Its address inside of a connection.",
            "default": device.default,
        });
        schema["properties"][protocol.name] = speaks;
    }
    schema
}

/// `[conduit.C]`.
pub(super) fn conduit() -> Value {
    require(
        table(keys::CONDUIT.iter(), "conduit", "Who commands whom, and what is allowed on the way."),
        &["from", "to"],
    )
}

/// `[[conduit.C.allow]]`.
pub(super) fn statement(catalogue: &[&'static Descriptor]) -> Value {
    let mut schema = table(keys::STATEMENT.iter(), "statement", "Something that is allowed.");
    let tags = json!({ "anyOf": [Shape::Texts.schema(), shapes::limits()] });
    let words = schema["properties"]["tags"]["description"].clone();
    schema["properties"]["tags"] = tags;
    schema["properties"]["tags"]["description"] = words;
    for protocol in catalogue {
        schema["properties"][protocol.name] = functions(protocol);
        for space in protocol.spaces {
            let text = format!("Raw {} items, counted from 0 as on the wire: \"0 .. 15\", 40.", space.name);
            schema["properties"][space.key] = described(&Shape::Codes, &text);
        }
    }
    require(schema, &["id"])
}

/// What a statement may say of a protocol's functions.
fn functions(protocol: &Descriptor) -> Value {
    let verbs =
        ["read", "report", "write", "control", "program", "configure", "restart", "time", "file", "browse", "diagnose"];
    let used = verbs
        .iter()
        .copied()
        .filter(|verb| protocol.functions.iter().any(|f| f.actions.iter().any(|a| a.name() == *verb)));
    let mut names: Vec<&str> = used.chain(protocol.functions.iter().map(|f| f.name)).collect();
    names.sort_unstable();
    names.dedup();
    let one = json!({ "anyOf": [{ "enum": names }, { "type": "integer", "minimum": 0 }, { "type": "string" }] });
    json!({
        "anyOf": [one, { "type": "array", "items": one }],
        "description": format!("Verbs, functions by name, or raw codes of {}.", protocol.title),
    })
}

/// `[[test]]`.
pub(super) fn test(catalogue: &[&'static Descriptor]) -> Value {
    let mut schema = table(keys::TEST.iter(), "test", "What the policy must answer.");
    for protocol in catalogue {
        schema["properties"][protocol.name] = described(
            &Shape::Any,
            "The message in words, \"write pump_speed = 60 Hz\", or { unit, hex }; a list is a sequence.",
        );
    }
    require(schema, &["name", "to", "expect"])
}

/// `[[never]]`.
pub(super) fn never(catalogue: &[&'static Descriptor]) -> Value {
    let mut schema = table(keys::NEVER.iter(), "never", "What must not be possible, whatever the statements say.");
    for protocol in catalogue {
        schema["properties"][protocol.name] = functions(protocol);
    }
    require(schema, &["says"])
}
