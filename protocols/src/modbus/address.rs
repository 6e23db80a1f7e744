//! Addresses as people write them.
//!
//! Words name a table and count from 0, as the wire does: `holding 100`, `coil 10`, `file 4 record 12`, `fifo 10`; they
//! mean the same in every column. Modicon numbers (`40101` is `holding 100`) count from 1, have 5 or 6 digits of which
//! the first names the table, and stand only in a column declared `modicon`. A bit of a register follows a dot.

use super::codes::{COIL, DISCRETE, FILE, HOLDING, INPUT, LAST_RECORD, SPACES};
use sluice_model::{Address, AddressError, Notation, Space, SpaceId, Span};

/// The first is the default.
pub(super) static NOTATIONS: [Notation; 2] =
    [Notation { name: "modicon", example: "40101" }, Notation { name: "wire", example: "holding 100" }];

fn error<T>(message: String, suggestion: Option<String>) -> Result<T, AddressError> {
    Err(AddressError { message, suggestion })
}

fn space(id: SpaceId) -> &'static Space {
    &SPACES[usize::from(id.0)]
}

/// Reads one address.
pub(super) fn parse_address(notation: &str, text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    let (base, bit) = match text.split_once('.') {
        None => (text, None),
        Some((base, bit)) => (base, Some(parse_bit(text, bit)?)),
    };
    let digits = !base.is_empty() && base.bytes().all(|b| b.is_ascii_digit());
    let (space, item) = match (digits, notation) {
        (true, "modicon") => modicon(base)?,
        (true, _) => return bare_number(base, bit, notation),
        (false, _) => words(base)?,
    };
    if bit.is_some() && space != HOLDING && space != INPUT {
        let name = self::space(space).name;
        return error(format!("{text}: a {name} has no bits to name; only a register has"), None);
    }
    Ok(Address { space, item, bit })
}

fn parse_bit(text: &str, bit: &str) -> Result<u8, AddressError> {
    match number(bit) {
        Some(n) if n <= 15 => Ok(n as u8),
        _ => error(format!("{text}: the bit after the dot is one of 0 .. 15, 0 the least significant"), None),
    }
}

/// A number of digits alone.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// The table that the first digit of a Modicon number names.
const fn modicon_table(digit: u8) -> Option<SpaceId> {
    match digit {
        b'0' => Some(COIL),
        b'1' => Some(DISCRETE),
        b'3' => Some(INPUT),
        b'4' => Some(HOLDING),
        _ => None,
    }
}

fn modicon(text: &str) -> Result<(SpaceId, u64), AddressError> {
    let one_based = text.get(1..).and_then(number).unwrap_or(0);
    let Some(table) = modicon_table(text.as_bytes()[0]) else {
        return error(
            format!("{text}: a Modicon number begins with 0 (coil), 1 (discrete), 3 (input) or 4 (holding)"),
            None,
        );
    };
    match (text.len(), one_based) {
        (5 | 6, 0) => {
            error(format!("{text}: Modicon numbers count from 1"), Some(format!("{}1", &text[..text.len() - 1])))
        }
        (5 | 6, 1..=0x1_0000) => Ok((table, one_based - 1)),
        (5 | 6, _) => error(format!("{text} is past the last one, {}65536", &text[..1]), None),
        (1..=4, _) => error(
            format!(
                "{text} has {} digits; a Modicon number has 5 or 6, and its leading zeros count (a spreadsheet drops them)",
                text.len()
            ),
            Some(format!("{text:0>5}")),
        ),
        _ => error(format!("{text} has {} digits; a Modicon number has 5 or 6", text.len()), None),
    }
}

/// A number alone, where the notation wants the table's name.
fn bare_number(text: &str, bit: Option<u8>, notation: &str) -> Result<Address, AddressError> {
    let dot = bit.map(|b| format!(".{b}")).unwrap_or_default();
    if let Ok((table, item)) = modicon(text) {
        let suggestion = format!("{} {item}{dot}", space(table).name);
        return error(format!("address {text}{dot} in a column declared `{notation}`"), Some(suggestion));
    }
    let suggestion = number(text).filter(|n| *n <= 0xFFFF).map(|n| format!("holding {n}{dot}"));
    error(format!("address {text}{dot} does not say which table: coil, discrete, input or holding"), suggestion)
}

fn words(text: &str) -> Result<(SpaceId, u64), AddressError> {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if first == "file" {
        return file_record(text, second, words);
    }
    let table = SPACES.iter().find(|s| s.name == first);
    match (table, second, words.next()) {
        (Some(table), Some(item), None) => Ok((table.id, in_space(table, item)?)),
        (Some(table), ..) => error(format!("{text}: {0} is followed by one number, as in {0} 10", table.name), None),
        (None, ..) => {
            let meant = SPACES.iter().find(|s| first == s.key || first.eq_ignore_ascii_case(s.name));
            let suggestion = meant.map(|s| text.replacen(first, s.name, 1));
            error(
                format!("{text} is no Modbus address; it looks like 40101, holding 100, file 4 record 12 or fifo 10"),
                suggestion,
            )
        }
    }
}

fn in_space(space: &Space, text: &str) -> Result<u64, AddressError> {
    match number(text) {
        Some(n) if n <= space.last => Ok(n),
        _ => error(format!("{text} is no {}; they are numbered 0 .. {}", space.name, space.last), None),
    }
}

fn file_record<'t>(
    text: &str,
    file: Option<&str>,
    mut rest: impl Iterator<Item = &'t str>,
) -> Result<(SpaceId, u64), AddressError> {
    let numbers = match (rest.next(), rest.next(), rest.next()) {
        (Some("record"), Some(record), None) => file.and_then(number).zip(number(record)),
        _ => None,
    };
    match numbers {
        Some((file @ 1..=0xFFFF, record)) if record <= u64::from(LAST_RECORD) => Ok((FILE, file << 16 | record)),
        _ => error(format!("{text}: a record is written file 4 record 12 (files 1 .. 65535, records 0 .. 9999)"), None),
    }
}

/// Reads a range of an allow statement: `40`, `0 .. 15`; of files `4`, `4 .. 6`, `4 record 12`, `4 record 0 .. 99`.
pub(super) fn parse_span(space: SpaceId, text: &str) -> Result<Span, AddressError> {
    let text = text.trim();
    if space == FILE {
        return file_span(text);
    }
    let table = self::space(space);
    let text = text.strip_prefix(table.name).unwrap_or(text);
    let (first, last) = match text.split_once("..") {
        None => (text.trim(), text.trim()),
        Some((first, last)) => (first.trim(), last.trim()),
    };
    ordered(Span { space, first: in_space(table, first)?, last: in_space(table, last)? }, text)
}

fn ordered(span: Span, text: &str) -> Result<Span, AddressError> {
    if span.first <= span.last {
        return Ok(span);
    }
    let swapped = text.split_once("..").map(|(a, b)| format!("{} .. {}", b.trim(), a.trim()));
    error(format!("{text}: the range ends before it begins"), swapped)
}

/// Whole files, or records of one.
fn file_span(text: &str) -> Result<Span, AddressError> {
    let wrong = || {
        error(
            format!(
                "{text}: files are written 4, 4 .. 6, 4 record 12 or 4 record 0 .. 99 (files 1 .. 65535, records 0 .. 9999)"
            ),
            None,
        )
    };
    let pair = |text: &str| match text.split_once("..") {
        None => number(text.trim()).map(|n| (n, n)),
        Some((a, b)) => number(a.trim()).zip(number(b.trim())),
    };
    let last_record = u64::from(LAST_RECORD);
    let inner = text.strip_prefix("file").unwrap_or(text);
    let (files, records) = match inner.split_once("record") {
        None => (pair(inner), Some((0, last_record))),
        Some((file, records)) => (number(file.trim()).map(|n| (n, n)), pair(records)),
    };
    let (Some((a, b)), Some((c, d))) = (files, records) else { return wrong() };
    if !(1..=0xFFFF).contains(&a) || !(1..=0xFFFF).contains(&b) || c > last_record || d > last_record {
        return wrong();
    }
    ordered(Span { space: FILE, first: a << 16 | c, last: b << 16 | d }, text)
}

/// Writes a span as people say it. [`parse_span`] reads it again, unless it begins or ends inside two different files.
pub(super) fn show_span(span: Span) -> String {
    let Span { space: id, first, last } = span;
    let name = space(id).name;
    if id != FILE {
        return if first == last { format!("{name} {first}") } else { format!("{name} {first} .. {last}") };
    }
    let (file, record) = (first >> 16, first & 0xFFFF);
    let (last_file, last_record) = (last >> 16, last & 0xFFFF);
    let whole = record == 0 && last_record == u64::from(LAST_RECORD);
    match (file == last_file, record == last_record) {
        (true, true) => format!("file {file} record {record}"),
        (true, false) => format!("file {file} record {record} .. {last_record}"),
        (false, _) if whole => format!("file {file} .. {last_file}"),
        (false, _) => format!("file {file} record {record} .. file {last_file} record {last_record}"),
    }
}

/// Writes a span in Modicon numbers, of 5 digits where they suffice.
pub(super) fn show_modicon(span: Span) -> Option<String> {
    let table = [(COIL, 0), (DISCRETE, 1), (INPUT, 3), (HOLDING, 4)].into_iter().find(|(id, _)| *id == span.space)?.1;
    let digits = if span.last < 9999 { 4 } else { 5 };
    let number = |item: u64| format!("{table}{:0digits$}", item + 1);
    Some(if span.first == span.last {
        number(span.first)
    } else {
        format!("{} .. {}", number(span.first), number(span.last))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::modbus::codes::FIFO;

    fn read(notation: &str, text: &str) -> String {
        match parse_address(notation, text) {
            Ok(a) => {
                let item = show_span(Span { space: a.space, first: a.item, last: a.item });
                a.bit.map_or(item.clone(), |b| format!("{item}.{b}"))
            }
            Err(e) => match e.suggestion {
                Some(s) => format!("{} (did you mean {s}?)", e.message),
                None => e.message,
            },
        }
    }

    #[test]
    fn modicon_numbers_count_from_one() {
        for (text, meant) in [
            ("40001", "holding 0"),
            ("40101", "holding 100"),
            ("400101", "holding 100"),
            ("465536", "holding 65535"),
            ("00001", "coil 0"),
            ("000011", "coil 10"),
            ("10001", "discrete 0"),
            ("30001", "input 0"),
            ("40020.3", "holding 19.3"),
            ("30020.15", "input 19.15"),
        ] {
            assert_eq!(read("modicon", text), meant, "{text}");
        }
    }

    #[test]
    fn modicon_numbers_are_written_as_they_are_read() {
        for text in ["40001", "40101", "49999", "410000", "465536", "00001", "010000", "10004", "30020"] {
            let Address { space, item, .. } = parse_address("modicon", text).unwrap();
            assert_eq!(show_modicon(Span { space, first: item, last: item }).as_deref(), Some(text));
        }
        let across = Span { space: HOLDING, first: 9998, last: 9999 };
        assert_eq!(show_modicon(across).as_deref(), Some("409999 .. 410000"));
        assert_eq!(show_modicon(Span { space: FIFO, first: 1, last: 1 }), None);
        assert_eq!(show_modicon(Span { space: FILE, first: 1 << 16, last: 1 << 16 }), None);
    }

    #[test]
    fn words_count_from_zero_in_every_column() {
        for text in [
            "holding 100",
            "input 0",
            "coil 10",
            "discrete 3",
            "holding 19.3",
            "file 4 record 12",
            "fifo 10",
            "holding 65535",
        ] {
            assert_eq!(read("modicon", text), text);
            assert_eq!(read("wire", text), text);
        }
    }

    #[test]
    fn wrong_addresses_say_what_was_meant() {
        for (notation, text, said) in [
            ("wire", "40101", "address 40101 in a column declared `wire` (did you mean holding 100?)"),
            ("wire", "40020.3", "address 40020.3 in a column declared `wire` (did you mean holding 19.3?)"),
            (
                "wire",
                "100",
                "address 100 does not say which table: coil, discrete, input or holding (did you mean holding 100?)",
            ),
            ("modicon", "40000", "40000: Modicon numbers count from 1 (did you mean 40001?)"),
            ("modicon", "466000", "466000 is past the last one, 465536"),
            (
                "modicon",
                "1",
                "1 has 1 digits; a Modicon number has 5 or 6, and its leading zeros count (a spreadsheet drops them) (did you mean 00001?)",
            ),
            (
                "modicon",
                "holdings 3",
                "holdings 3 is no Modbus address; it looks like 40101, holding 100, file 4 record 12 or fifo 10 (did you mean holding 3?)",
            ),
            ("modicon", "00001.3", "00001.3: a coil has no bits to name; only a register has"),
            ("wire", "holding 65536", "65536 is no holding; they are numbered 0 .. 65535"),
        ] {
            assert_eq!(read(notation, text), said, "{notation} {text}");
        }
        for text in [
            "",
            ".",
            "holding",
            "holding 1 2",
            "holding -1",
            "40001.16",
            "20001",
            "4000001",
            "file 0 record 1",
            "file 4 record 10000",
            "file 4",
        ] {
            assert!(parse_address("modicon", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_shown_span_reads_back() {
        for (space, text) in [
            (HOLDING, "holding 100 .. 103"),
            (COIL, "coil 7"),
            (FILE, "file 4 record 12"),
            (FILE, "file 4 record 0 .. 99"),
            (FILE, "file 4 .. 6"),
            (FIFO, "fifo 10"),
        ] {
            assert_eq!(show_span(parse_span(space, text).unwrap()), text);
        }
        assert_eq!(parse_span(COIL, "0..15").unwrap(), parse_span(COIL, " 0 .. 15 ").unwrap());
        assert_eq!(show_span(parse_span(FILE, "4").unwrap()), "file 4 record 0 .. 9999");
        let across = Span { space: FILE, first: 4 << 16 | 5, last: 6 << 16 | 7 };
        assert_eq!(show_span(across), "file 4 record 5 .. file 6 record 7");
    }

    #[test]
    fn ranges_end_inside_their_space_and_after_their_start() {
        let backwards = parse_span(HOLDING, "15 .. 0").unwrap_err();
        assert_eq!(backwards.suggestion.as_deref(), Some("0 .. 15"));
        for (space, text) in
            [(HOLDING, "0 .. 65536"), (HOLDING, "x"), (HOLDING, ""), (FILE, "0"), (FILE, "4 record 10000")]
        {
            assert!(parse_span(space, text).is_err(), "{text}");
        }
    }
}
