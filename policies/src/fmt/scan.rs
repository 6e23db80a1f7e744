//! A TOML file as lines of four kinds. The file was parsed before, so that nothing here can be wrong with it.

/// A comment behind something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note<'t> {
    /// With its `#`.
    pub(super) text: &'t str,
    /// How many characters stand before it on its line.
    pub(super) column: usize,
}

/// A line, or the lines of a value that spans several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    Blank,
    /// `# text`, without its indentation.
    Comment(&'t str),
    /// `[table]` or `[[table]]`.
    Header {
        /// With its brackets.
        text: &'t str,
        note: Option<Note<'t>>,
    },
    /// `key = value`.
    Pair {
        key: &'t str,
        /// As it stands in the file, over as many lines as it takes.
        value: &'t str,
        note: Option<Note<'t>>,
    },
}

/// Cuts a file into its lines.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (line, after) = next(rest);
        lines.push(line);
        rest = after;
    }
    lines
}

/// The comments of a file in their order, those inside of values apart: these stay where they are.
pub(super) fn comments<'l, 't>(lines: &'l [Line<'t>]) -> impl Iterator<Item = &'t str> + use<'l, 't> {
    lines.iter().filter_map(|line| match line {
        Line::Blank => None,
        Line::Comment(text) => Some(*text),
        Line::Header { note, .. } | Line::Pair { note, .. } => note.map(|note| note.text),
    })
}

fn next(text: &str) -> (Line<'_>, &str) {
    let end = text.find('\n').unwrap_or(text.len());
    let line = text[..end].trim();
    let after = text.get(end + 1..).unwrap_or_default();
    match line.as_bytes().first() {
        None => (Line::Blank, after),
        Some(b'#') => (Line::Comment(line), after),
        Some(b'[') => {
            let close = extent(&text[..end], Until::Comment);
            (Line::Header { text: text[..close].trim(), note: note(&text[..end], close) }, after)
        }
        Some(_) => pair(text),
    }
}

/// The comment at `from`, where the code before it ends.
fn note(text: &str, from: usize) -> Option<Note<'_>> {
    let line = text[..from].rfind('\n').map_or(0, |end| end + 1);
    let column = text[line..from].chars().count();
    let text = text[from..].trim();
    (!text.is_empty()).then_some(Note { text, column })
}

fn pair(text: &str) -> (Line<'_>, &str) {
    let equals = extent(text, Until::Equals);
    let behind = (equals + 1).min(text.len());
    let end = behind + extent(&text[behind..], Until::Comment);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let pair =
        Line::Pair { key: text[..equals].trim(), value: text[behind..end].trim(), note: note(&text[..line_end], end) };
    (pair, text.get(line_end + 1..).unwrap_or_default())
}

/// What ends a stretch of text, outside of strings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The `=` behind a key.
    Equals,
    /// A comment or the line's end outside of brackets.
    Comment,
}

/// How far a key or a value reaches.
fn extent(text: &str, until: Until) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at += string(&text[at..]),
            b'=' if until == Until::Equals => return at,
            b'[' | b'{' => (at, depth) = (at + 1, depth + 1),
            b']' | b'}' => (at, depth) = (at + 1, depth.saturating_sub(1)),
            b'#' | b'\n' if depth == 0 => return at,
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of the string that the text begins with.
pub(super) fn string(text: &str) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let (mark, mut at) = if text.starts_with(&triple) { (triple.as_str(), 3) } else { (quote, 1) };
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if bytes[at] == b'\\' && quote == "\"" {
            at += 2;
        } else if text[at..].starts_with(mark) {
            // A string of several lines may end with quotes of its own.
            let more = if mark.len() == 3 {
                text[at + 3..].bytes().take(2).take_while(|b| *b == quote.as_bytes()[0]).count()
            } else {
                0
            };
            return at + mark.len() + more;
        } else {
            at += 1;
            while !text.is_char_boundary(at.min(text.len())) {
                at += 1;
            }
        }
    }
    text.len()
}
