//! The tables, in Markdown.

use super::round::Round;
use std::fmt::Write as _;
use std::time::Duration;

/// One path at one width.
pub(crate) struct Row {
    path: &'static str,
    width: usize,
    /// Its rounds.
    pub(crate) rounds: Vec<Round>,
}

impl Row {
    /// A row without rounds yet.
    pub(crate) fn new(path: &'static str, width: usize) -> Self {
        Self { path, width, rounds: Vec::new() }
    }

    fn median(&self, of: impl Fn(&Round) -> Duration) -> Duration {
        let mut all: Vec<_> = self.rounds.iter().map(of).collect();
        all.sort_unstable();
        all[all.len() / 2]
    }

    fn p50(&self) -> Duration {
        self.median(|r| r.p50)
    }
}

/// Round trips: the median over the rounds of each round's p50 and p99, and the p50 beside the two others'.
pub(crate) fn latency(rows: &[Row]) -> String {
    let mut out = String::from(
        "\n| path | connections | p50 µs | p99 µs | p50 / direct | p50 / haproxy |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        let beside = |path| {
            let other = rows.iter().find(|r| r.path == path && r.width == row.width)?;
            Some(format!("{:.2}", row.p50().as_secs_f64() / other.p50().as_secs_f64()))
        };
        writeln!(
            out,
            "| {} | {} | {:.1} | {:.1} | {} | {} |",
            row.path,
            row.width,
            row.p50().as_secs_f64() * 1e6,
            row.median(|r| r.p99).as_secs_f64() * 1e6,
            beside("direct").unwrap_or_default(),
            beside("haproxy").unwrap_or_default(),
        )
        .unwrap();
    }
    out
}

/// Memory, in KiB but for the flow.
pub(crate) fn memory(empty: u64, loaded: u64, items: usize, per_flow: u64, flows: usize) -> String {
    format!(
        "\n| memory of `sluice run` | |\n|---|---:|\n| resident, 10 items | {empty} KiB |\n\
         | resident, {items} items | {loaded} KiB |\n\
         | an idle flow ({flows} of them, socket buffers are the kernel's) | {per_flow} B |\n",
    )
}
