//! The live view as a picture: the cells that a terminal would show, as SVG text. The README's picture is made with it.

use super::{board::Board, screen};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use ratatui::{Terminal, backend::TestBackend};
use std::fmt::Write;

const CELL: (f32, f32) = (8.1, 16.0);
const SIZE: (u16, u16) = (120, 44);

/// The board as it looks on a terminal of 120 columns and 44 lines.
pub(super) fn svg(board: &Board) -> std::io::Result<String> {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).map_err(std::io::Error::other)?;
    terminal.draw(|frame| screen::draw(frame, board)).map_err(std::io::Error::other)?;
    Ok(document(terminal.backend().buffer()))
}

fn document(buffer: &Buffer) -> String {
    let (width, height) = (f32::from(SIZE.0) * CELL.0 + 24.0, f32::from(SIZE.1) * CELL.1 + 24.0);
    let mut text = String::new();
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-size=\"13.5\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for row in 0..SIZE.1 {
        line(&mut text, buffer, row);
    }
    text.push_str("</svg>\n");
    text
}

/// Writes one line, cells of one style together.
fn line(text: &mut String, buffer: &Buffer, row: u16) {
    let mut column = 0;
    while column < SIZE.0 {
        let first = &buffer[(column, row)];
        let mut run = String::new();
        let start = column;
        while column < SIZE.0 && same_style(&buffer[(column, row)], first) {
            run.push_str(buffer[(column, row)].symbol());
            column += 1;
        }
        cells(text, first, &run, (start, column - start), row);
    }
}

fn same_style(a: &Cell, b: &Cell) -> bool {
    a.fg == b.fg && a.bg == b.bg && a.modifier == b.modifier
}

fn cells(text: &mut String, style: &Cell, run: &str, (start, length): (u16, u16), row: u16) {
    let reversed = style.modifier.contains(Modifier::REVERSED);
    if run.trim().is_empty() && !reversed {
        return;
    }
    let (x, y) = (12.0 + f32::from(start) * CELL.0, 12.0 + f32::from(row) * CELL.1);
    let width = f32::from(length) * CELL.0;
    let colour = if reversed { "#0d1117" } else { hex(style.fg) };
    if reversed {
        let _ = writeln!(
            text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"#c9d1d9\"/>",
            CELL.1
        );
    }
    let weight = if style.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let escaped = run.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        text,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{colour}\"{weight} textLength=\"{width:.1}\" \
         xml:space=\"preserve\">{escaped}</text>",
        y + 13.0
    );
}

const fn hex(colour: Color) -> &'static str {
    match colour {
        Color::Green => "#3fb950",
        Color::Red => "#ff7b72",
        Color::Cyan => "#76e3ea",
        Color::Blue => "#58a6ff",
        Color::DarkGray => "#8b949e",
        _ => "#e6edf3",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn text_is_escaped_and_kept() {
        let board = Board { site: "a<b".into(), ..Board::default() };
        let picture = svg(&board).unwrap();
        assert!(picture.contains("a&lt;b") && !picture.contains("a<b"), "{picture}");
        assert!(picture.contains("Refused, and why"));
    }
}
