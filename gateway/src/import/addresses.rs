//! Addresses as other programs write them.

use super::{Tag, Unreadable};

/// How the addresses of a tag list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Modicon numbers: `40101`.
    Modicon,
    /// The table in words, counted from 0: `holding 100`.
    Wire,
    /// IEC 61131 locations of a Schneider controller: `%MW100`. The list has them as [`Notation::Wire`], which they map to.
    Schneider,
    /// Absolute addresses of a Siemens controller: `DB10.DBD4`.
    S7,
    /// Tag names of a Rockwell controller.
    Cip,
}

impl Notation {
    /// The word in the first line of a tag list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Modicon => "modicon",
            Self::Wire | Self::Schneider => "wire",
            Self::S7 => "s7",
            Self::Cip => "cip",
        }
    }

    /// An address in the words of a tag list.
    pub(super) fn say(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it has no address".to_owned());
        }
        match self {
            Self::Modicon => Ok(modicon(text).unwrap_or_else(|| text.to_owned())),
            Self::Wire | Self::Cip => Ok(text.to_owned()),
            Self::Schneider => schneider(text).ok_or_else(|| {
                format!(
                    "{text} is no location that a Modbus client reaches: those are %Mi, %MWi, %MDi, %MFi, %Ii and %IWi"
                )
            }),
            Self::S7 => {
                siemens(text).ok_or_else(|| format!("{text} is no address of a bit, byte, word or double word"))
            }
        }
    }
}

/// How the addresses of most tags are written, when only one way of writing them fits.
pub(super) fn guess(tags: &[Tag]) -> Result<Notation, Unreadable> {
    let written: Vec<&str> = tags.iter().map(|t| t.address.trim()).filter(|a| !a.is_empty()).collect();
    let Some(sample) = written.first() else {
        return Err(Unreadable("no tag of this file has an address".to_owned()));
    };
    let most = |fits: &dyn Fn(&str) -> bool| 2 * written.iter().filter(|a| fits(a)).count() > written.len();
    let (schneider, siemens) = (most(&|a| schneider(a).is_some()), most(&|a| siemens(a).is_some()));
    if most(&|a| modicon(a).is_some()) {
        Ok(Notation::Modicon)
    } else if most(&is_wire) {
        Ok(Notation::Wire)
    } else if schneider && !siemens {
        Ok(Notation::Schneider)
    } else if siemens && !schneider {
        Ok(Notation::S7)
    } else {
        Err(Unreadable(format!(
            "the addresses, as in \"{sample}\", may be written in several ways or in none that is known: say which, with --addresses \
             modicon | wire | schneider | s7 | cip"
        )))
    }
}

fn is_wire(text: &str) -> bool {
    let tables = ["holding", "input", "coil", "discrete", "file", "fifo"];
    text.split_once(' ').is_some_and(|(table, _)| tables.contains(&table))
}

/// A Modicon number: as it is, or from `4x00101`, `4:101`, `400101.0`.
fn modicon(text: &str) -> Option<String> {
    let (base, bit) = text.split_once('.').map_or((text, None), |(base, bit)| (base, Some(bit)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if bit.is_some_and(|bit| !digits(bit)) {
        return None;
    }
    let base = match base.split_once(['x', 'X', ':']) {
        Some((table @ ("0" | "1" | "3" | "4"), number)) if digits(number) => {
            let number = number.trim_start_matches('0');
            format!("{table}{number:0>width$}", width = if number.len() > 4 { 5 } else { 4 })
        }
        Some(_) => return None,
        None => base.to_owned(),
    };
    let table = matches!(base.as_bytes().first(), Some(b'0' | b'1' | b'3' | b'4'));
    (digits(&base) && table && matches!(base.len(), 5 | 6)).then(|| match bit {
        Some(bit) => format!("{base}.{bit}"),
        None => base,
    })
}

/// A location of a Schneider controller that Modbus reaches, as the wire counts: `%MW100.3` is `holding 100.3`. Located double
/// words and reals (`%MD`, `%MF`) are numbered by their first register.
fn schneider(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let inner = text.strip_prefix('%')?;
    let letters = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let (area, rest) = inner.split_at(letters);
    let (number, bit) = rest.split_once('.').map_or((rest, None), |(number, bit)| (number, Some(bit)));
    let number: u32 = number.parse().ok()?;
    let bit: Option<u8> = bit.map(|bit| bit.trim_start_matches('X').parse()).transpose().ok()?;
    let table = match area {
        "M" | "MX" if bit.is_none() => "coil",
        "I" | "IX" if bit.is_none() => "discrete",
        "MW" => "holding",
        "IW" => "input",
        "MD" | "MF" if bit.is_none() => "holding",
        "ID" | "IF" if bit.is_none() => "input",
        _ => return None,
    };
    Some(bit.map_or_else(|| format!("{table} {number}"), |bit| format!("{table} {number}.{bit}")))
}

/// An absolute address of a Siemens controller, in the letters that are used outside of Germany: `%E0.1` is `I0.1`.
fn siemens(text: &str) -> Option<String> {
    let text: String = text.trim().trim_start_matches('%').to_ascii_uppercase().split_whitespace().collect();
    let number = |text: &str| text.parse::<u32>().is_ok() && !text.starts_with('+');
    let bit = |text: &str| {
        text.split_once('.').is_some_and(|(byte, bit)| number(byte) && matches!(bit.parse::<u8>(), Ok(0..=7)))
    };
    if let Some(rest) = text.strip_prefix("DB") {
        let (block, rest) = rest.split_once(".DB")?;
        let good = match rest.split_at_checked(1)? {
            ("X", place) => bit(place),
            ("B" | "W" | "D", place) => number(place),
            _ => false,
        };
        return (number(block) && good).then_some(text);
    }
    let (area, rest) = text.split_at_checked(1)?;
    let area = match area {
        "I" | "E" => "I",
        "Q" | "A" => "Q",
        "M" => "M",
        "T" => "T",
        "C" | "Z" => "C",
        _ => return None,
    };
    let (size, place) = match rest.split_at_checked(1) {
        Some((size @ ("B" | "W" | "D"), place)) => (size, place),
        _ => ("", rest),
    };
    let timer = matches!(area, "T" | "C");
    let good = if timer {
        size.is_empty() && number(place)
    } else if size.is_empty() {
        bit(place)
    } else {
        number(place)
    };
    good.then(|| format!("{area}{size}{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_modicon_controllers_are_read_however_they_are_cut() {
        for (text, said) in [
            ("40101", "40101"),
            ("4x0101", "40101"),
            ("4:101", "40101"),
            ("4X65536", "465536"),
            ("400101.3", "400101.3"),
        ] {
            assert_eq!(modicon(text).as_deref(), Some(said), "{text}");
        }
        for text in ["4", "101", "20101", "4x", "40101.a", "4000101", "4xx01"] {
            assert_eq!(modicon(text), None, "{text}");
        }
    }

    #[test]
    fn locations_of_schneider_controllers_are_tables_of_modbus() {
        for (text, said) in [
            ("%MW100", "holding 100"),
            ("%mw100.3", "holding 100.3"),
            ("%MW100.X3", "holding 100.3"),
            ("%MF200", "holding 200"),
            ("%M12", "coil 12"),
            ("%IW4", "input 4"),
            ("%I7", "discrete 7"),
        ] {
            assert_eq!(schneider(text).as_deref(), Some(said), "{text}");
        }
        for text in ["%I0.3.1", "%KW4", "%MW", "MW100", "%QW3", "%M1.2", "%MW1.2.3"] {
            assert_eq!(schneider(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_of_siemens_controllers_lose_their_sign_and_their_german() {
        for (text, said) in [
            ("%I0.0", "I0.0"),
            ("%E4.3", "I4.3"),
            ("A 1.7", "Q1.7"),
            ("%MD20", "MD20"),
            ("DB10.DBX4.3", "DB10.DBX4.3"),
            ("%DB10.DBD4", "DB10.DBD4"),
            ("Z3", "C3"),
        ] {
            assert_eq!(siemens(text).as_deref(), Some(said), "{text}");
        }
        for text in ["I0.8", "I0", "DB1", "DB1.DBX3", "DB1.DBZ3", "MX", "PIW256", "T1.2", "é"] {
            assert_eq!(siemens(text), None, "{text}");
        }
    }
}
