//! What the reader accepts, as a JSON Schema (draft 7) that editors of TOML understand. `tables` has the tables and their keys,
//! `shapes` what a value may look like; the keys themselves are those of `keys` and the protocols' descriptors, so that the schema
//! knows what the reader knows. It cannot know names: `check` does.

mod shapes;
mod tables;

use super::keys;
use serde_json::{Map, Value, json};
use shapes::Shape;
use sluice_model::Descriptor;

/// The schema of policy files, for the protocols of `catalogue`.
pub fn schema(catalogue: &[&'static Descriptor]) -> Value {
    let definitions: Map<String, Value> = [
        ("duration", json!({ "type": "string", "pattern": shapes::DURATION, "examples": ["10 s", "30 min", "4 h"] })),
        ("range", json!({ "type": "string", "examples": ["20 .. 45 Hz", "0 | 20 .. 45 Hz", "on"] })),
        ("who", shapes::who()),
        ("asset", tables::asset(catalogue, false)),
        ("kind", tables::asset(catalogue, true)),
        ("conduit", tables::conduit()),
        ("statement", tables::statement(catalogue)),
        ("test", tables::test(catalogue)),
        ("never", tables::never(catalogue)),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect();
    let keys = keys::TOP.iter().chain(keys::SITE);
    let mut schema = tables::table(keys, "top", "A file of a site: site.toml, or one that it includes.");
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "Sluice policy".into();
    schema["definitions"] = definitions.into();
    schema
}

/// The shape and the words of a key of a table.
fn key(table: &str, key: &str) -> Value {
    let Some((_, _, shape, text)) =
        shapes::KEYS.iter().find(|(of, name, ..)| *name == key && (*of == table || of.is_empty()))
    else {
        return json!({});
    };
    described(shape, text)
}

fn described(shape: &Shape, text: &str) -> Value {
    let schema = shape.schema();
    // Beside a reference, draft 7 heeds nothing else.
    let mut schema = if schema.get("$ref").is_some() { json!({ "allOf": [schema] }) } else { schema };
    schema["description"] = text.into();
    schema
}

#[cfg(test)]
mod tests;
