//! `box.toml` to [`Config`]: every mistake at once, each with its place and what was probably meant.

use super::{Config, Limits, PacketIo, scalar};
use core::fmt;
use core::ops::{Range, RangeInclusive};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in `box.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// `12:3: what is wrong`; the caller puts the file's name before it.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// How a key's value is read into the configuration; an error says what the value should be.
type Setter = fn(&mut Config, &DeValue<'_>) -> Result<(), String>;

/// One table of the file and its keys.
struct Table {
    name: &'static str,
    keys: &'static [(&'static str, Setter)],
}

const MILLISECOND: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_hours(24);

const TABLES: [Table; 6] = [
    Table { name: "metrics", keys: &[("listen", |c, v| address(v).map(|a| c.metrics = a))] },
    Table {
        name: "control",
        keys: &[
            ("socket", |c, v| path(v).map(|p| c.control.socket = Some(p))),
            ("key-switch", |c, v| path(v).map(|p| c.control.key_switch = Some(p))),
        ],
    },
    Table {
        name: "state",
        keys: &[
            ("folder", |c, v| path(v).map(|p| c.state.folder = Some(p))),
            ("clock", |c, v| clock(v).map(|assumed| c.state.clock_assumed = assumed)),
        ],
    },
    Table { name: "events", keys: &[("file", |c, v| path(v).map(|p| c.events = Some(p)))] },
    Table {
        name: "bridge",
        keys: &[
            ("vouch", |c, v| span(v).map(|d| c.bridge.vouch = d)),
            ("mirror-link", |c, v| switch(v).map(|on| c.bridge.mirror_link = on)),
            ("flows", |c, v| count(v, 1..=1_000_000).map(|n| c.bridge.flows = n)),
            ("packet-io", |c, v| packet_io(v).map(|io| c.bridge.packet_io = io)),
        ],
    },
    Table {
        name: "limits",
        keys: &[
            ("workers", |c, v| count(v, 1..=256).map(|n| c.limits.workers = n)),
            ("connections", |c, v| count(v, 1..=100_000).map(|n| c.limits.connections = n)),
            ("connections-per-source", |c, v| count(v, 1..=100_000).map(|n| c.limits.connections_per_source = n)),
            ("accepts-per-source", |c, v| count(v, 1..=100_000).map(|n| c.limits.accepts_per_source = n as u32)),
            ("idle", |c, v| span(v).map(|d| c.limits.idle = d)),
            ("connect", |c, v| span(v).map(|d| c.limits.connect = d)),
            ("stall", |c, v| span(v).map(|d| c.limits.stall = d)),
            ("patience", |c, v| span(v).map(|d| c.limits.patience = d)),
            ("outstanding", |c, v| count(v, 1..=65_536).map(|n| c.limits.outstanding = n)),
            ("drain", |c, v| span(v).map(|d| c.limits.drain = d)),
        ],
    },
];

/// Reads the text of a `box.toml`.
///
/// # Errors
/// Every mistake in it, in the order of the file.
pub fn read(text: &str) -> Result<Config, Vec<Mistake>> {
    let root = DeTable::parse(text).map_err(|e| vec![mistake(text, e.span().unwrap_or_default(), e.message())])?;
    let mut config = Config { limits: Limits::default(), ..Config::default() };
    let mut mistakes = Vec::new();
    for (key, value) in root.get_ref() {
        if let Some(table) = TABLES.iter().find(|t| t.name == key.get_ref().as_ref()) {
            fill(text, table, value, &mut config, &mut mistakes);
        } else {
            let names = TABLES.map(|t| t.name);
            mistakes.push(mistake(text, key.span(), &unknown(key.get_ref(), "table of box.toml", &names)));
        }
    }
    mistakes.sort_by_key(|m| (m.line, m.column));
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

fn fill(text: &str, table: &Table, value: &Spanned<DeValue<'_>>, config: &mut Config, mistakes: &mut Vec<Mistake>) {
    let DeValue::Table(entries) = value.get_ref() else {
        let message = format!("`{}` is a table: write it as [{}]", table.name, table.name);
        mistakes.push(mistake(text, value.span(), &message));
        return;
    };
    for (key, value) in entries {
        let Some((name, set)) = table.keys.iter().find(|(name, _)| *name == key.get_ref().as_ref()) else {
            let names: Vec<&str> = table.keys.iter().map(|(name, _)| *name).collect();
            let message = unknown(key.get_ref(), &format!("key of [{}]", table.name), &names);
            mistakes.push(mistake(text, key.span(), &message));
            continue;
        };
        if let Err(wanted) = set(config, value.get_ref()) {
            mistakes.push(mistake(text, value.span(), &format!("`{name}` must be {wanted}")));
        }
    }
}

/// That `name` is no `what`, and the nearest one that is, or all.
fn unknown(name: &str, what: &str, names: &[&str]) -> String {
    let near = names.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    match near.filter(|n| strsim::jaro_winkler(n, name) > 0.75) {
        Some(near) => format!("`{name}` is no {what}; did you mean `{near}`?"),
        None => format!("`{name}` is no {what}; there are {}", names.join(", ")),
    }
}

fn mistake(text: &str, span: Range<usize>, message: &str) -> Mistake {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Mistake { line, column, message: message.trim_end().replace('\n', " ") }
}

fn address(value: &DeValue<'_>) -> Result<SocketAddr, String> {
    let text = value.as_str().unwrap_or_default();
    text.parse().map_err(|_| r#"an address and a port, "127.0.0.1:9502""#.to_owned())
}

fn path(value: &DeValue<'_>) -> Result<PathBuf, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(PathBuf::from(text)),
        _ => Err(r#"a path, "/var/log/sluice/events.jsonl""#.to_owned()),
    }
}

/// Whether the clock is trusted whatever the kernel says.
fn clock(value: &DeValue<'_>) -> Result<bool, String> {
    match value.as_str() {
        Some("kernel") => Ok(false),
        Some("assumed") => Ok(true),
        _ => {
            Err(r#""kernel" (right when the kernel says that it is synchronised) or "assumed" (always right)"#
                .to_owned())
        }
    }
}

fn switch(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false".to_owned())
}

fn packet_io(value: &DeValue<'_>) -> Result<PacketIo, String> {
    match value.as_str() {
        Some("af-packet") => Ok(PacketIo::Packet),
        Some("af-xdp") => Ok(PacketIo::Xdp),
        _ => Err("\"af-packet\" or \"af-xdp\"".to_owned()),
    }
}

fn count(value: &DeValue<'_>, bounds: RangeInclusive<usize>) -> Result<usize, String> {
    let number = value.as_integer().and_then(|n| usize::from_str_radix(n.as_str(), n.radix()).ok());
    number
        .filter(|n| bounds.contains(n))
        .ok_or_else(|| format!("a whole number from {} to {}", bounds.start(), bounds.end()))
}

fn span(value: &DeValue<'_>) -> Result<Duration, String> {
    value
        .as_str()
        .and_then(scalar::duration)
        .filter(|d| (MILLISECOND..=DAY).contains(d))
        .ok_or_else(|| r#"a time from 1 ms to 24 h, such as "250 ms", "5 s", "10 min""#.to_owned())
}
