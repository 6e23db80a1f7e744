#![allow(clippy::unwrap_used)]

use super::*;
use sluice_protocols::registry;

/// Every object that says which keys it has.
fn objects<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v Map<String, Value>)>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                found.push((path.to_owned(), properties));
            }
            object.iter().for_each(|(key, value)| objects(value, &format!("{path}/{key}"), found));
        }
        Value::Array(list) => list.iter().for_each(|value| objects(value, path, found)),
        _ => {}
    }
}

#[test]
fn every_key_that_the_reader_knows_has_a_shape_and_words() {
    let schema = schema(&registry::descriptors());
    let mut found = Vec::new();
    objects(&schema, "", &mut found);
    let bare: Vec<String> = found
        .iter()
        .flat_map(|(path, properties)| properties.iter().map(move |(key, value)| (path, key, value)))
        .filter(|(path, key, value)| {
            !path.ends_with("/who/anyOf") && *key != "not" && value.get("description").is_none()
        })
        .map(|(path, key, _)| format!("{path}: {key}"))
        .collect();
    assert_eq!(bare, [""; 0]);
}
