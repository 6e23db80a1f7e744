//! The demonstration as plain lines, for a pipe or a log, and the summary that closes both views.

use super::board::{Board, MomentLine, RefusalLine, short};
use std::io::{self, Write};

/// One refusal in one line.
pub(super) fn refusal(out: &mut dyn Write, line: &RefusalLine) -> io::Result<()> {
    let statement = if line.statement.is_empty() { String::new() } else { format!(" ({})", line.statement) };
    let again = if line.count > 1 { format!(" x {}", line.count) } else { String::new() };
    writeln!(
        out,
        "{:6.1} s  refused  {} -> {}: {} [{}] {}{statement}{again}",
        line.at.as_secs_f64(),
        line.source,
        line.destination,
        line.operation,
        line.reason,
        line.sentence,
    )
}

/// One moment of the story in one line.
pub(super) fn moment(out: &mut dyn Write, line: &MomentLine) -> io::Result<()> {
    let mark = if line.as_expected { "as told" } else { "NOT SO " };
    writeln!(out, "{:6.1} s  {mark}  {}: {}: {}", line.at.as_secs_f64(), line.who, line.what, line.got)
}

/// Where things stand, in one line.
pub(super) fn status(out: &mut dyn Write, board: &Board) -> io::Result<()> {
    let added = board.gateway.through.over(board.gateway.direct);
    writeln!(
        out,
        "{:6.1} s  tank {:.1} %, pump {:.1} Hz, chlorine {:.2} mg/L | allowed {}, refused {}, malformed {} | added p50 {} p99 {}",
        board.elapsed.as_secs_f64(),
        board.plant.level,
        board.plant.speed,
        board.plant.chlorine,
        board.gateway.allowed,
        board.gateway.refused,
        board.gateway.anomalies,
        short(added.p50),
        short(added.p99),
    )
}

/// What came of the whole story: figures, what did not come out as told, and the closing sentence.
pub(super) fn summary(out: &mut dyn Write, board: &Board, story: &Ending) -> io::Result<()> {
    writeln!(out, "\nAfter {:.0} s:", board.elapsed.as_secs_f64())?;
    writeln!(
        out,
        "  allowed {}, refused {}, malformed {}",
        board.gateway.allowed, board.gateway.refused, board.gateway.anomalies
    )?;
    for conduit in &board.conduits {
        writeln!(out, "    {:<20} {:>9} allowed {:>7} refused", conduit.name, conduit.allowed, conduit.refused)?;
    }
    let (direct, through) = (board.gateway.direct, board.gateway.through);
    writeln!(
        out,
        "  round trip: {} direct, {} through the gateway (p50); {} and {} (p99)",
        short(direct.p50),
        short(through.p50),
        short(direct.p99),
        short(through.p99)
    )?;
    let inside = board.gateway.inside;
    writeln!(
        out,
        "  inside the gateway: {} (p50), {} (p99) from receiving to having sent",
        short(inside.p50),
        short(inside.p99)
    )?;
    for fault in &story.faults {
        writeln!(out, "  NOT SO: {fault}")?;
    }
    if story.faults.is_empty() {
        writeln!(out, "  {} scenes, each as the story tells it; no refused write reached a controller.", story.scenes)
    } else {
        writeln!(out, "  {} of {} scenes did not come out as the story tells.", story.faults.len(), story.scenes)
    }
}

/// How the story ended.
#[derive(Debug, Default)]
pub struct Ending {
    /// How many moments were judged.
    pub scenes: usize,
    /// What did not come out as told, in plain words.
    pub faults: Vec<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_fault_is_named_in_the_summary() {
        let mut text = Vec::new();
        let story = Ending { scenes: 9, faults: vec!["overspeed reached the pump".into()] };
        summary(&mut text, &Board::default(), &story).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("NOT SO: overspeed reached the pump") && text.contains("1 of 9"), "{text}");
    }
}
