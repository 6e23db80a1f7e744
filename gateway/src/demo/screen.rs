//! The live view: draws a [`Board`] on a terminal.

use super::board::{Board, ConduitLine, MomentLine, RefusalLine, short, thousands};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

const GOOD: Style = Style::new().fg(Color::Green);
const BAD: Style = Style::new().fg(Color::Red);
const FAINT: Style = Style::new().fg(Color::DarkGray);
const NAME: Style = Style::new().fg(Color::Cyan);

/// Draws everything; panels shrink with the terminal, and the newest lines stay.
pub(super) fn draw(frame: &mut Frame, board: &Board) {
    let [head, top, middle, bottom, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(8),
        Constraint::Min(6),
        Constraint::Percentage(32),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let [plant, gateway, conduits] =
        Layout::horizontal([Constraint::Percentage(30), Constraint::Percentage(36), Constraint::Percentage(34)])
            .areas(top);
    frame.render_widget(header(board), head);
    frame.render_widget(panel("Plant (simulated)", plant_lines(board, plant.width)), plant);
    frame.render_widget(panel("Gateway", gateway_lines(board)), gateway);
    frame.render_widget(
        panel("Conduits: allowed, refused", newest(conduits, board.conduits.iter().map(conduit_line))),
        conduits,
    );
    let lines = board.refusals.iter().flat_map(refusal_lines);
    frame.render_widget(panel("Refused, and why", newest(middle, lines)), middle);
    let lines = board.moments.iter().map(moment_line);
    frame.render_widget(panel("The story", newest(bottom, lines)), bottom);
    frame.render_widget(footer(board), foot);
}

fn panel<'a>(title: &'a str, lines: Vec<Line<'a>>) -> Paragraph<'a> {
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(FAINT).title(title.bold());
    Paragraph::new(lines).block(block)
}

/// The last lines that fit into a bordered area.
fn newest<'a>(area: Rect, lines: impl Iterator<Item = Line<'a>>) -> Vec<Line<'a>> {
    let room = usize::from(area.height.saturating_sub(2));
    let mut lines: Vec<_> = lines.collect();
    lines.drain(..lines.len().saturating_sub(room));
    lines
}

fn header(board: &Board) -> Line<'_> {
    let clock = |d: std::time::Duration| format!("{:02}:{:02}", d.as_secs() / 60, d.as_secs() % 60);
    let time = match board.length {
        Some(length) => format!("{} of {}", clock(board.elapsed), clock(length)),
        None => clock(board.elapsed),
    };
    Line::from_iter([
        " sluice demo ".bold().reversed(),
        Span::raw("  a real gateway on loopback before a simulated plant · site "),
        Span::styled(board.site.as_str(), NAME),
        Span::raw(format!(" · {time}")),
    ])
}

fn footer(board: &Board) -> Line<'_> {
    Line::from_iter([
        Span::raw(" metrics "),
        Span::styled(board.metrics.as_str(), NAME.add_modifier(Modifier::UNDERLINED)),
        Span::styled("   q ends", FAINT),
    ])
}

fn plant_lines(board: &Board, width: u16) -> Vec<Line<'static>> {
    let plant = &board.plant;
    let bar = usize::from(width.saturating_sub(24)).min(20);
    #[allow(clippy::cast_sign_loss)] // clamped to 0 .. 100
    let percent = plant.level.clamp(0.0, 100.0).round() as usize;
    let full = bar * percent / 100;
    let pump = match (plant.tripped, plant.running) {
        (true, _) => Span::styled("tripped", BAD),
        (false, true) => Span::styled("running", GOOD),
        (false, false) => Span::styled("stopped", FAINT),
    };
    vec![
        Line::from_iter([
            Span::raw("level    "),
            Span::styled("█".repeat(full), Style::new().fg(Color::Blue)),
            Span::styled("░".repeat(bar - full), FAINT),
            Span::raw(format!(" {:5.1} %", plant.level)),
        ]),
        Line::from_iter([Span::raw(format!("pump     {:5.1} Hz ", plant.speed)), pump]),
        Line::raw(format!("flow     {:5.0} m³/h", plant.flow)),
        Line::raw(format!("chlorine {:5.2} mg/L (set {:.2})", plant.chlorine, plant.chlorine_set)),
    ]
}

fn gateway_lines(board: &Board) -> Vec<Line<'static>> {
    let gateway = &board.gateway;
    let added = gateway.through.over(gateway.direct);
    vec![
        Line::from_iter([Span::raw("allowed     "), Span::styled(thousands(gateway.allowed), GOOD)]),
        Line::from_iter([
            Span::raw("refused     "),
            Span::styled(thousands(gateway.refused), BAD),
            Span::raw(format!("  malformed {}", thousands(gateway.anomalies))),
        ]),
        Line::raw(format!("connections {}", gateway.connections)),
        Line::raw(format!("added       p50 {}  p99 {}", short(added.p50), short(added.p99))),
        Line::raw(format!("inside      p50 {}  p99 {}", short(gateway.inside.p50), short(gateway.inside.p99))),
        Line::styled(
            format!("round trip  {} direct, {} through", short(gateway.direct.p50), short(gateway.through.p50)),
            FAINT,
        ),
    ]
}

fn conduit_line(line: &ConduitLine) -> Line<'_> {
    Line::from_iter([
        Span::styled(format!("{:<18}", line.name), NAME),
        Span::styled(format!("{:>9}", thousands(line.allowed)), GOOD),
        Span::styled(format!("{:>7}", thousands(line.refused)), if line.refused > 0 { BAD } else { FAINT }),
    ])
}

fn refusal_lines(line: &RefusalLine) -> [Line<'_>; 2] {
    let again = if line.count > 1 { format!(" × {}", line.count) } else { String::new() };
    [
        Line::from_iter([
            Span::styled(format!("{:5.1} s ", line.at.as_secs_f64()), FAINT),
            Span::styled(format!("{} → {}  ", line.source, line.destination), NAME),
            Span::raw(line.operation.as_str()).bold(),
            Span::styled(again, FAINT),
            Span::styled(
                if line.statement.is_empty() { String::new() } else { format!("  {}", line.statement) },
                FAINT,
            ),
        ]),
        Line::from_iter([
            Span::raw("        "),
            Span::styled(line.reason.as_str(), BAD),
            Span::raw(format!(": {}", line.sentence)),
        ]),
    ]
}

fn moment_line(line: &MomentLine) -> Line<'_> {
    let mark = if line.as_expected { Span::styled("✔ ", GOOD) } else { Span::styled("✘ ", BAD) };
    let got = if line.lived_on == Some(true) { GOOD } else { Style::new() };
    Line::from_iter([
        Span::styled(format!("{:5.1} s ", line.at.as_secs_f64()), FAINT),
        mark,
        Span::styled(line.who.as_str(), NAME),
        Span::raw(format!(" {}: ", line.what)),
        Span::styled(line.got.as_str(), got),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ratatui::{Terminal, backend::TestBackend};
    use std::time::Duration;

    fn shown(board: &Board, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, board)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_refusal_shows_tag_reason_and_place() {
        let mut board = Board::default();
        board.refused(RefusalLine {
            at: Duration::from_secs(3),
            source: "hmi-1".into(),
            destination: "plc-pump".into(),
            operation: "write pump_speed = 60 Hz".into(),
            reason: "value".into(),
            sentence: "60 Hz is outside 20 .. 45 Hz".into(),
            statement: "operators.speed conduits.toml:21".into(),
            count: 1,
        });
        let screen = shown(&board, 110, 32);
        for part in ["hmi-1 → plc-pump", "write pump_speed = 60 Hz", "value: 60 Hz is outside", "conduits.toml:21"] {
            assert!(screen.contains(part), "{part} is missing:\n{screen}");
        }
    }

    #[test]
    fn the_newest_lines_stay_in_view() {
        let mut board = Board::default();
        for n in 0..60 {
            board.happened(MomentLine { what: format!("scene {n}"), as_expected: true, ..MomentLine::default() });
        }
        let screen = shown(&board, 100, 30);
        assert!(screen.contains("scene 59") && !screen.contains("scene 0:"), "{screen}");
    }

    #[test]
    fn no_terminal_is_too_small() {
        for (width, height) in [(1, 1), (10, 4), (40, 12), (300, 90)] {
            shown(&Board::default(), width, height);
        }
    }
}
