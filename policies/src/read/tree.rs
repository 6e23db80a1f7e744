//! A parsed TOML file: values with their places, in the order of the file. The one place that knows the parser.

use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::Location;
use core::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Location,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i128),
    Number,
    Flag(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// What it is, in words.
    pub(crate) const fn what(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Number => "a number with a point",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) | (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Number, Self::Number) => true,
            (Self::Flag(a), Self::Flag(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.same(&b.value))
            }
            (Self::Table(a), Self::Table(b)) => a.same(b),
            _ => false,
        }
    }
}

/// A table, its entries in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One key of a table.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Location,
    pub(crate) node: Node,
}

impl Table {
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    /// Whether two tables have the same keys in the same order with the same values, wherever these stand.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let pairs = self.entries.iter().zip(&other.entries);
        self.entries.len() == other.entries.len()
            && pairs.into_iter().all(|(a, b)| a.key == b.key && a.node.value.same(&b.node.value))
    }
}

/// Parses one file. Every mistake is reported; what stands between them is still read.
pub(crate) fn parse(file: u16, text: &str, diagnostics: &mut Diagnostics) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut twice = 0..0;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let at = Location { file, span: span.start.min(text.len())..span.end.min(text.len()) };
        let duplicate = error.message() == "duplicate key";
        // The parser says it of every key of a table that stands twice.
        if duplicate && twice.contains(&at.span.start) {
            continue;
        }
        let mut wrong = Diagnostic::error("S002", &at, format!("this is not TOML: {}", error.message()));
        if let Some(header) = header_around(text, &at.span).filter(|_| duplicate) {
            twice = header.start..header.end + body(&text[header.end..]);
            wrong = Diagnostic::error("S002", &at, format!("this is not TOML: {} stands twice", &text[header.clone()]))
                .help("put its keys into one table");
            if let Some(first) = text.find(&text[header.clone()]).filter(|first| *first < header.start) {
                let span = first..first + header.len();
                wrong = wrong.also(&Location { file, span }, "it stands here first");
            }
        }
        diagnostics.push(wrong);
    }
    convert_table(file, table.get_ref())
}

/// The header of a table around a place: `[assets.plc-3]`.
fn header_around(text: &str, at: &Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..at.start)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let start = start + (line.len() - line.trim_start().len());
    let end = text.get(at.end..)?.find(']').map(|end| at.end + end + 1)?;
    (text[start..].starts_with('[') && text[start..end].lines().count() == 1).then_some(start..end)
}

/// How far the keys of a table reach behind its header.
fn body(text: &str) -> usize {
    text.match_indices('\n')
        .map(|(at, _)| at)
        .find(|at| text[at + 1..].trim_start().starts_with('['))
        .unwrap_or(text.len())
}

fn convert_table(file: u16, table: &DeTable<'_>) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_at: Location { file, span: key.span() },
            node: convert(file, value.get_ref(), value.span()),
        })
        .collect();
    entries.sort_by_key(|e| e.key_at.span.start);
    Table { entries }
}

fn convert(file: u16, value: &DeValue<'_>, span: Range<usize>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).map_or(Value::Number, Value::Integer)
        }
        DeValue::Float(_) => Value::Number,
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(list) => {
            Value::List(list.iter().map(|item| convert(file, item.get_ref(), item.span())).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(file, table)),
    };
    Node { at: Location { file, span }, value }
}
