//! Messages as text, in the look of rustc's.

use super::{Annotation, Diagnostic, Report, Severity};
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use core::fmt::Write;

/// Lines that one annotation quotes at most.
const MAX_LINES: usize = 4;

/// Bytes that one annotation quotes at most; of longer lines the place alone is told.
const MAX_QUOTED: usize = 16 * 1024;

impl Report {
    /// All messages, with an empty line between them and a last line that counts them; empty when there are none.
    pub fn render(&self, colour: bool) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        for diagnostic in self.diagnostics() {
            out.push_str(&self.render_one(diagnostic, colour));
            out.push_str("\n\n");
        }
        if self.more() > 0 {
            let _ = writeln!(out, "and {} more", self.more());
        }
        let _ = writeln!(out, "{}, {}", count(self.errors(), "error"), count(self.warnings(), "warning"));
        out
    }

    /// One message.
    pub fn render_one(&self, diagnostic: &Diagnostic, colour: bool) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut elements = Vec::new();
        for (index, annotation) in diagnostic.primary.iter().chain(&diagnostic.secondary).enumerate() {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            elements.extend(self.snippet(annotation, kind));
        }
        let named = diagnostic.named.iter();
        elements.extend(named.map(|(name, text)| Element::from(Level::NOTE.with_name(*name).message(text))));
        elements.extend(diagnostic.notes.iter().map(|note| Element::from(Level::NOTE.message(note))));
        elements.extend(diagnostic.help.iter().map(|help| Element::from(Level::HELP.message(help))));
        let group = level.primary_title(&diagnostic.message).id(diagnostic.code).elements(elements);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        tighten(&renderer.render(&[group]))
    }

    /// The lines of one annotation; only they are handed on, so that a large file costs nothing.
    fn snippet(&self, annotation: &Annotation, kind: AnnotationKind) -> Option<Element<'_>> {
        let quoted = self.quoted(&annotation.at)?;
        let text = &quoted.file.text;
        let start = boundary(text, annotation.at.span.start);
        let end = boundary(text, annotation.at.span.end).max(start);
        let first = quoted.lines.index(start);
        let last = quoted.lines.index(end.saturating_sub(1).max(start)).min(first + MAX_LINES - 1);
        let lines = quoted.lines.range(first, last);
        if lines.len() > MAX_QUOTED {
            let (line, column) = quoted.lines.position(text, start);
            return Some(Origin::path(&quoted.file.path).line(line).char_column(column).into());
        }
        let span = start - lines.start..end.min(lines.end).max(start) - lines.start;
        let label = (!annotation.label.is_empty()).then(|| annotation.label.clone());
        let snippet = Snippet::source(&text[lines]).path(&quoted.file.path).line_start(first + 1);
        Some(snippet.annotation(kind.span(span).label(label)).into())
    }
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// The last character boundary that is not past `offset`.
fn boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

/// Leaves out the empty bars that stand between the parts of a message, all but the first, and puts line numbers at
/// the left.
fn tighten(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index <= 2 || without_colour(line).trim() != "|" {
            lines.push(to_the_left(line));
        }
    }
    lines.join("\n")
}

/// ` 8 | text` as `8  | text`.
fn to_the_left(line: &str) -> String {
    let mut colours = 0;
    while line[colours..].starts_with('\u{1b}') {
        colours += line[colours..].find('m').map_or(1, |end| end + 1);
    }
    let (colours, rest) = line.split_at(colours);
    let digits = rest.trim_start_matches(' ');
    let number = digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = &digits[number..];
    if number == 0 || !without_colour(behind).starts_with(" |") {
        return line.into();
    }
    format!("{colours}{}{}{behind}", &digits[..number], &rest[..rest.len() - digits.len()])
}

/// `line` without its escape sequences.
fn without_colour(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Location, SourceFile};

    fn report() -> Report {
        let text = "[conduit.a]\nfrom = \"hmi-1\"\n\n\n\n\n\n\n[[conduit.a.allow]]\non-deny = \"drop\"\n";
        let files = [SourceFile { path: "conduits.toml".into(), text: text.into() }];
        let at = |what: &str| {
            let start = text.find(what).unwrap_or_default();
            Location { file: 0, span: start..start + what.len() }
        };
        let wrong = Diagnostic::error("S001", &at("on-deny"), "`on-deny` is not a key of an allow statement")
            .label("TOML puts this line into [[conduit.a.allow]] (line 9)")
            .also(&at("[conduit.a]"), "the conduit")
            .note("keys belong to the last header above them")
            .help("move it above line 9, under [conduit.a]");
        Report::new(&files, vec![wrong.clone(), wrong])
    }

    #[test]
    fn a_message_looks_as_the_language_page_shows_it() {
        let expected = "error[S001]: `on-deny` is not a key of an allow statement
  --> conduits.toml:10:1
   |
10 | on-deny = \"drop\"
   | ^^^^^^^ TOML puts this line into [[conduit.a.allow]] (line 9)
  ::: conduits.toml:1:1
1  | [conduit.a]
   | ----------- the conduit
   = note: keys belong to the last header above them
   = help: move it above line 9, under [conduit.a]

1 error, 0 warnings
";
        assert_eq!(report().render(false), expected);
    }

    #[test]
    fn of_an_endless_line_the_place_alone_is_told() {
        let text = "=".repeat(1 << 20);
        let files = [SourceFile { path: "site.toml".into(), text }];
        let at = Location { file: 0, span: 70_000..70_001 };
        let shown = Report::new(&files, vec![Diagnostic::error("S002", &at, "this is not TOML")]).render(false);
        assert_eq!(shown, "error[S002]: this is not TOML\n--> site.toml:1:70001\n\n1 error, 0 warnings\n");
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = report().render(true);
        assert!(coloured.contains('\u{1b}'));
        let plain: Vec<String> = coloured.lines().map(without_colour).collect();
        assert_eq!(plain.join("\n") + "\n", report().render(false));
    }
}
