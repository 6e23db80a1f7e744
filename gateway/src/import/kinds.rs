//! Types as other programs call them.

use super::Notation;

/// A type in the words of a tag list, and what its name says beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    /// The type of one element.
    pub(super) name: String,
    /// How many elements, when it is an array.
    pub(super) count: Option<u64>,
    /// The unit that the type stands for: times are in `ms`.
    pub(super) unit: &'static str,
}

/// Reads a type; arrays of one dimension too.
pub(super) fn say(text: &str, notation: Notation) -> Result<Kind, String> {
    let folded = text.trim().to_ascii_lowercase();
    if folded.is_empty() {
        return Err("it has no type".to_owned());
    }
    if let Some((range, element)) = folded.strip_prefix("array").and_then(|rest| rest.split_once(" of ")) {
        let range = range.trim().trim_start_matches('[').trim_end_matches(']');
        let bounds = range.split_once("..").map(|(from, to)| (from.trim().parse::<i64>(), to.trim().parse::<i64>()));
        let Some((Ok(from), Ok(to))) = bounds else {
            return Err(format!(
                "{text} has several dimensions or none; a tag has one: import each row as a tag of its own"
            ));
        };
        let count = to.checked_sub(from).and_then(|n| u64::try_from(n).ok()).and_then(|n| n.checked_add(1));
        let inner = say(element, notation)?;
        return match (inner.count, count) {
            (None, Some(count)) => Ok(Kind { count: Some(count), ..inner }),
            _ => Err(format!("{text} is no array of one dimension")),
        };
    }
    if let Some(kind) = string(&folded, notation) {
        return Ok(Kind { name: kind, ..Kind::default() });
    }
    let plain: String = folded.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '(' | ')')).collect();
    let (name, unit) = match plain.as_str() {
        "bool" | "boolean" | "ebool" | "bit" | "digital" | "binary" | "discrete" | "coil" | "x" => ("bool", ""),
        "i8" | "sint" | "int8" | "sbyte" => ("i8", ""),
        "u8" | "usint" | "uint8" | "byte" | "char" => ("u8", ""),
        "i16" | "int" | "int16" | "short" | "signed16" | "signed" | "signed16bit" | "16bitsigned" | "signedint16" => {
            ("i16", "")
        }
        "u16" | "uint" | "uint16" | "word" | "ushort" | "unsigned16" | "unsigned" | "unsigned16bit"
        | "16bitunsigned" => ("u16", ""),
        "i32" | "dint" | "int32" | "long" | "signed32" | "signed32bit" | "32bitsigned" => ("i32", ""),
        "u32" | "udint" | "uint32" | "dword" | "ulong" | "unsigned32" | "unsigned32bit" | "32bitunsigned" => {
            ("u32", "")
        }
        "i64" | "lint" | "int64" | "signed64" => ("i64", ""),
        "u64" | "ulint" | "uint64" | "lword" | "unsigned64" => ("u64", ""),
        "f32" | "real" | "float" | "float32" | "single" | "real32" | "32bitfloat" | "ieee754" => ("f32", ""),
        "f64" | "lreal" | "double" | "float64" | "real64" | "64bitfloat" => ("f64", ""),
        // A Siemens time is signed; both count milliseconds.
        "time" if notation == Notation::S7 => ("i32", "ms"),
        "time" => ("u32", "ms"),
        _ => return Err(format!("no type of a tag list is `{}`", text.trim())),
    };
    Ok(Kind { name: name.to_owned(), count: None, unit })
}

/// A text of so many bytes. Schneider controllers keep the first character in the lower byte of a register.
fn string(folded: &str, notation: Notation) -> Option<String> {
    let inner = folded.strip_prefix("string").or_else(|| folded.strip_prefix("s7string"))?;
    let inner = inner.trim().trim_matches(['(', ')', '[', ']']);
    let (length, how) = inner.split_once(',').map_or((inner, ""), |(length, how)| (length.trim(), how.trim()));
    let length: u16 =
        if length.is_empty() { if notation == Notation::S7 { 254 } else { 16 } } else { length.parse().ok()? };
    Some(match (notation, how) {
        (Notation::S7, _) => format!("s7string({length})"),
        (Notation::Schneider, "") => format!("string({length},swapped)"),
        (_, "") => format!("string({length})"),
        (_, how) => format!("string({length},{how})"),
    })
}

/// Whether a type of IEC 61131 or ours; anything else may be a structure that the file describes.
pub(super) fn is_plain(text: &str, notation: Notation) -> bool {
    say(text, notation).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, notation: Notation) -> (String, Option<u64>) {
        say(text, notation).map(|kind| (kind.name, kind.count)).unwrap_or_default()
    }

    #[test]
    fn types_of_all_houses_have_one_name() {
        for (text, name) in [
            ("INT", "i16"),
            ("Unsigned 16-bit", "u16"),
            ("FLOAT32", "f32"),
            ("EBOOL", "bool"),
            ("DWord", "u32"),
            ("LREAL", "f64"),
        ] {
            assert_eq!(say(text, Notation::Modicon).map(|k| k.name), Ok(name.to_owned()), "{text}");
        }
        assert!(say("MotorData_DDT", Notation::Schneider).is_err());
        assert!(say("", Notation::Wire).is_err());
    }

    #[test]
    fn arrays_have_one_dimension_and_a_length() {
        assert_eq!(named("ARRAY[1..20] OF INT", Notation::Schneider), ("i16".to_owned(), Some(20)));
        for wrong in
            ["ARRAY[0..1, 0..2] OF INT", "ARRAY[5..1] OF INT", "array[0..1] of array[0..2] of int", "array of int"]
        {
            assert!(say(wrong, Notation::Schneider).is_err(), "{wrong}");
        }
        assert!(say(&format!("ARRAY[{}..{}] OF INT", i64::MIN, i64::MAX), Notation::Wire).is_err());
    }

    #[test]
    fn texts_are_kept_as_each_house_keeps_them() {
        assert_eq!(named("STRING[16]", Notation::Schneider).0, "string(16,swapped)");
        assert_eq!(named("string(12)", Notation::Modicon).0, "string(12)");
        assert_eq!(named("String[20]", Notation::S7).0, "s7string(20)");
        assert_eq!(named("string(8,swapped)", Notation::Wire).0, "string(8,swapped)");
    }
}
