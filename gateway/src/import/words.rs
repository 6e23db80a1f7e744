//! Tags in the words of their file to tags in the words of a tag list.

use super::{Notation, Omitted, Tag, kinds, names};
use std::collections::HashMap;

/// Says each tag; what cannot be said is left out with the reason.
pub(super) fn say(tags: Vec<Tag>, notation: Notation, omitted: &mut Vec<Omitted>) -> Vec<Tag> {
    let mut said: Vec<Tag> = Vec::with_capacity(tags.len());
    let mut taken: HashMap<String, String> = HashMap::new();
    for tag in tags {
        let (place, name) = (tag.place.clone(), tag.name.clone());
        let mut leave = |why: String| omitted.push(Omitted { place: place.clone(), name: name.clone(), why });
        match one(tag, notation) {
            Ok(tag) => {
                if let Some(first) = taken.get(&tag.name) {
                    leave(format!("its name, {}, is that of {first}, too", tag.name));
                    continue;
                }
                taken.insert(tag.name.clone(), tag.place.clone());
                said.push(tag);
            }
            Err(why) => leave(why),
        }
    }
    said
}

fn one(tag: Tag, notation: Notation) -> Result<Tag, String> {
    let name = names::say(&tag.name).ok_or("it has no name that a tag can have")?;
    let address = notation.say(&tag.address)?;
    let kind = kinds::say(&tag.kind, notation)?;
    let was = tag.name.trim();
    let mut comment = line(&tag.comment);
    if was != name && notation != Notation::Cip {
        comment = if comment.is_empty() { format!("was: {was}") } else { format!("{comment} (was: {was})") };
    }
    let count = kind.count.map_or_else(|| number(&tag.count), |count| count.to_string());
    let bool_of_register = kind.name == "bool" && address.contains('.') && notation != Notation::Cip;
    let unit = if tag.unit.is_empty() { kind.unit.to_owned() } else { line(&tag.unit) };
    Ok(Tag {
        name,
        address,
        kind: if bool_of_register && notation != Notation::S7 { "bit".to_owned() } else { kind.name },
        count: if matches!(count.as_str(), "0" | "1") { String::new() } else { count },
        words: words(&tag.words)?,
        scale: number(&tag.scale),
        offset: number(&tag.offset),
        unit: unit.trim_matches(['[', ']', '(', ')']).to_owned(),
        min: number(&tag.min),
        max: number(&tag.max),
        states: states(&tag.states),
        access: access(&tag.access)?,
        comment,
        place: tag.place,
    })
}

/// On one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number with a point, where a comma stands for it.
fn number(text: &str) -> String {
    let text = text.trim().trim_start_matches('+');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once(',') {
        Some((whole, part)) if digits(whole.trim_start_matches('-')) && digits(part) => format!("{whole}.{part}"),
        _ => text.to_owned(),
    }
}

fn words(text: &str) -> Result<String, String> {
    let folded = text.trim().to_ascii_lowercase();
    Ok(match folded.as_str() {
        "" => "",
        "abcd" | "big" | "big endian" | "big-endian" | "be" | "1234" => "ABCD",
        "cdab" | "word swap" | "word-swapped" | "little-endian word" | "3412" => "CDAB",
        "badc" | "byte swap" | "byte-swapped" | "2143" => "BADC",
        "dcba" | "little" | "little endian" | "little-endian" | "le" | "4321" => "DCBA",
        _ => return Err(format!("\"{}\" is no order of words: ABCD, CDAB, BADC or DCBA", text.trim())),
    }
    .to_owned())
}

fn access(text: &str) -> Result<String, String> {
    let folded: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Ok(match folded.as_str() {
        "" => "",
        "r" | "ro" | "read" | "readonly" | "只读" => "r",
        "w" | "wo" | "write" | "writeonly" | "只写" => "w",
        "rw" | "wr" | "readwrite" | "writeread" | "读写" => "rw",
        "none" => return Err("clients have no access to it".to_owned()),
        _ => return Err(format!("\"{}\" is no access: r, w or rw", text.trim())),
    }
    .to_owned())
}

/// `0:Off;1:On` as `0=Off 1=On`; a name of several words becomes one.
fn states(text: &str) -> String {
    let text = text.trim();
    if !text.contains([':', '=']) {
        return text.to_owned();
    }
    let parts: Vec<&str> = if text.contains([';', ',', '|', '\n']) {
        text.split([';', ',', '|', '\n']).collect()
    } else {
        text.split_whitespace().collect()
    };
    let said = parts.iter().filter_map(|part| part.split_once(['=', ':'])).map(|(value, name)| {
        let name: Vec<&str> = name.split_whitespace().collect();
        format!("{}={}", value.trim(), name.join("-"))
    });
    said.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_of_decimals_become_points() {
        for (text, said) in
            [("0,1", "0.1"), ("-2,50", "-2.50"), ("1,000,000", "1,000,000"), ("+5", "5"), ("1.5", "1.5"), ("", "")]
        {
            assert_eq!(number(text), said);
        }
    }

    #[test]
    fn states_are_written_as_a_tag_list_has_them() {
        assert_eq!(states("0:Off;1:On"), "0=Off 1=On");
        assert_eq!(states("0 = Stop, 1 = Run fast"), "0=Stop 1=Run-fast");
        assert_eq!(states("0=stop 1=run"), "0=stop 1=run");
    }

    #[test]
    fn two_tags_never_share_a_name() {
        let tag = |place: &str, name: &str| Tag {
            place: place.into(),
            name: name.into(),
            address: "40001".into(),
            kind: "INT".into(),
            ..Tag::default()
        };
        let mut omitted = Vec::new();
        let said = say(vec![tag("row 2", "a b"), tag("row 3", "a_b")], Notation::Modicon, &mut omitted);
        assert_eq!((said.len(), said[0].comment.as_str()), (1, "was: a b"));
        assert_eq!(
            (omitted[0].place.as_str(), omitted[0].why.as_str()),
            ("row 3", "its name, a_b, is that of row 2, too")
        );
    }
}
