//! The types of a tag list: their names, and what fits into which space.

use crate::site::{Kind, WordOrder};
use sluice_model::Space;

/// Types of other protocols, which this version does not read.
const LATER: [&str; 6] = ["dp", "dc", "rc", "crob", "s7string", "utf16"];

/// Why a text is no type here.
pub(super) enum KindError {
    /// The language has it, this version does not.
    Later,
    /// What is wrong, and what to write.
    Wrong(String, Option<&'static str>),
}

/// Reads a type for a tag in `space`, a bit of an item of it when `bit`.
pub(super) fn kind(text: &str, space: &Space, bit: bool) -> Result<Kind, KindError> {
    let kind = parse(text)?;
    let wrong = |message: String, help| Err(KindError::Wrong(message, Some(help)));
    match (kind, bit, space.bits) {
        (Kind::Bool, true, _) | (Kind::Bool, false, 1) => Ok(kind),
        (_, true, _) => wrong(format!("the address names one bit, which is no {text}"), "write bit"),
        (_, false, 1) => wrong(format!("a {} is one bit, which is no {text}", space.name), "write bool"),
        (Kind::Bool, false, _) => wrong(
            format!("a {} register is no single bit", space.name),
            "write u16, or name the bit in the address: 40020.3",
        ),
        _ => Ok(kind),
    }
}

fn parse(text: &str) -> Result<Kind, KindError> {
    if let Some(inner) = text.strip_prefix("string(").and_then(|t| t.strip_suffix(')')) {
        return string(text, inner);
    }
    Ok(match text {
        "bool" | "bit" => Kind::Bool,
        "i16" => Kind::Signed(16),
        "i32" => Kind::Signed(32),
        "i64" => Kind::Signed(64),
        "u16" => Kind::Unsigned(16),
        "u32" => Kind::Unsigned(32),
        "u64" => Kind::Unsigned(64),
        "f32" => Kind::Float(32),
        "f64" => Kind::Float(64),
        "u8" | "i8" => {
            let help = "write u16 with min and max, or name its bits: 40020.0 .. 40020.7";
            return Err(KindError::Wrong(format!("a register has 16 bits, which is no {text}"), Some(help)));
        }
        _ if LATER.iter().any(|later| text.starts_with(later)) => return Err(KindError::Later),
        _ => {
            let help = "the types are bool, bit, u16, i16, u32, i32, u64, i64, f32, f64, string(16)";
            return Err(KindError::Wrong(format!("`{text}` is no type"), Some(help)));
        }
    })
}

fn string(text: &str, inner: &str) -> Result<Kind, KindError> {
    let (length, swapped) = match inner.split_once(',').map(|(n, how)| (n, how.trim())) {
        None => (inner, false),
        Some((length, "ascii")) => (length, false),
        Some((length, "swapped")) => (length, true),
        Some((_, "utf16")) => return Err(KindError::Later),
        Some(_) => {
            return Err(KindError::Wrong(
                format!("`{text}` is no type"),
                Some("write string(16), string(16,ascii) or string(16,swapped)"),
            ));
        }
    };
    match length.trim().parse::<u16>() {
        Ok(bytes @ 1..=4096) => Ok(Kind::Text { bytes, swapped }),
        _ => Err(KindError::Wrong(format!("`{text}`: a text has 1 .. 4096 bytes"), None)),
    }
}

/// Items of one element.
pub(super) const fn items(kind: Kind) -> u64 {
    match kind {
        Kind::Bool => 1,
        Kind::Signed(bits) | Kind::Unsigned(bits) | Kind::Float(bits) => bits as u64 / 16,
        Kind::Text { bytes, .. } => (bytes as u64).div_ceil(2),
    }
}

/// A word order by its name.
pub(crate) fn words(text: &str) -> Option<WordOrder> {
    match text {
        "ABCD" => Some(WordOrder::Abcd),
        "CDAB" => Some(WordOrder::Cdab),
        "BADC" => Some(WordOrder::Badc),
        "DCBA" => Some(WordOrder::Dcba),
        _ => None,
    }
}
