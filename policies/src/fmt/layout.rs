//! Where lines stand: blank lines, indentation, the columns of `=` and of comments.

use super::scan::{Line, Note};
use super::value;

/// How long a line may be before a list is broken.
const WIDTH: usize = 120;

/// How far a table inside of an element of a list of tables is indented.
const INSIDE: usize = 2;

/// Writes the lines in their shape.
pub(super) fn write(lines: &[Line<'_>]) -> String {
    let mut layout = Layout { text: String::new(), element: None, indent: 0 };
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| matches!(line, Line::Pair { .. })).count();
        if run > 0 {
            layout.pairs(&lines[at..at + run]);
            at += run;
            continue;
        }
        match &lines[at] {
            Line::Blank => layout.blank(),
            Line::Comment(text) => layout.comment(text, next_header(&lines[at + 1..])),
            Line::Header { text, note } => layout.header(text, *note),
            Line::Pair { .. } => {}
        }
        at += 1;
    }
    let end = layout.text.trim_end().len();
    layout.text.truncate(end);
    if end > 0 {
        layout.text.push('\n');
    }
    layout.text
}

/// The header that comments stand right above.
fn next_header<'t>(lines: &[Line<'t>]) -> Option<&'t str> {
    match lines.iter().find(|line| !matches!(line, Line::Comment(_))) {
        Some(Line::Header { text, .. }) => Some(text),
        _ => None,
    }
}

struct Layout {
    text: String,
    /// The path of the last `[[list]]`.
    element: Option<String>,
    indent: usize,
}

impl Layout {
    /// At most one blank line, and none at the start or behind a header.
    fn blank(&mut self) {
        let behind_header = self.text.lines().last().is_some_and(|line| line.trim_start().starts_with('['));
        if !self.text.is_empty() && !self.text.ends_with("\n\n") && !behind_header {
            self.text.push('\n');
        }
    }

    fn indentation(&mut self, indent: usize) {
        self.text.extend(core::iter::repeat_n(' ', indent));
    }

    fn comment(&mut self, text: &str, above: Option<&str>) {
        let indent = above.map_or(self.indent, |header| self.indent_of(header));
        self.indentation(indent);
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A table inside of the element of a list of tables is indented; a new list or table begins at the margin.
    fn indent_of(&self, header: &str) -> usize {
        let path = path(header);
        let inside = |element: &String| path.strip_prefix(element.as_str()).is_some_and(|rest| rest.starts_with('.'));
        if !header.starts_with("[[") && self.element.as_ref().is_some_and(inside) { INSIDE } else { 0 }
    }

    fn header(&mut self, text: &str, note: Option<Note<'_>>) {
        self.indent = self.indent_of(text);
        let after_comment = self.text.lines().last().is_some_and(|line| line.trim_start().starts_with('#'));
        if self.indent == 0 && !after_comment {
            self.blank_before_table();
        }
        if text.starts_with("[[") {
            self.element = Some(path(text).to_owned());
        } else if self.indent == 0 {
            self.element = None;
        }
        self.indentation(self.indent);
        self.text.push_str(text);
        if let Some(note) = note {
            let width = self.indent + width(text);
            self.note(note, width, note.column);
        }
        self.text.push('\n');
    }

    /// A comment at the column where its author put it, when the code leaves room for that.
    fn note(&mut self, note: Note<'_>, code: usize, column: usize) {
        self.text.extend(core::iter::repeat_n(' ', column.max(code + 2) - code));
        self.text.push_str(note.text);
    }

    fn blank_before_table(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Lines that follow each other have their `=` in one column, and their comments in another.
    fn pairs(&mut self, lines: &[Line<'_>]) {
        let keys =
            lines.iter().filter_map(|line| if let Line::Pair { key, .. } = line { Some(width(key)) } else { None });
        let column = keys.max().unwrap_or(0);
        let room = WIDTH.saturating_sub(self.indent + column + 3);
        let said: Vec<(String, Option<Note<'_>>)> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Pair { key, value, note } => {
                    let gap = " ".repeat(column - width(key));
                    let value = value::say(value, self.indent, room);
                    Some((format!("{key}{gap} = {value}"), *note))
                }
                _ => None,
            })
            .collect();
        let columns = said.iter().filter_map(|(text, note)| {
            let code = self.indent + width(text);
            let moves = !text.contains('\n') && code <= WIDTH / 2;
            note.filter(|_| moves).map(|note| note.column.max(code + 2))
        });
        let notes = columns.max().unwrap_or(0);
        for (text, note) in &said {
            self.indentation(self.indent);
            self.text.push_str(text);
            if let Some(note) = note {
                let last = text.rsplit('\n').next().unwrap_or_default();
                let several = text.contains('\n');
                let code = width(last) + if several { 0 } else { self.indent };
                self.note(*note, code, if several { 0 } else { notes });
            }
            self.text.push('\n');
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// `a.b` of `[[a.b]]`.
fn path(header: &str) -> &str {
    header.trim_start_matches('[').trim_end_matches(']').trim()
}
