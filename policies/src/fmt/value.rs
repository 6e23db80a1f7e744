//! A value in one way: a space behind each comma and around each `=`, none inside of brackets, one inside of braces.

use super::scan::string;

/// A part of a value.
enum Piece<'t> {
    /// A string, a number, a date, a key.
    Word(&'t str),
    Open(u8),
    Close(u8),
    Comma,
    Equals,
    Comment(&'t str),
    Newline,
}

/// The value, its further lines indented by `indent` and by their depth. A list that would not fit is broken into lines.
pub(super) fn say(value: &str, indent: usize, room: usize) -> String {
    let pieces = pieces(value);
    if value.contains('\n') {
        return if spans_lines(&pieces) { value.to_owned() } else { lines(&pieces, indent) };
    }
    let said = one_line(&pieces);
    match pieces.first() {
        Some(Piece::Open(b'[')) if said.chars().count() > room => broken(&pieces, indent),
        _ => said,
    }
}

fn pieces(value: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(byte) = value.as_bytes().get(at) {
        let from = at;
        at += 1;
        pieces.push(match byte {
            b'[' | b'{' => Piece::Open(*byte),
            b']' | b'}' => Piece::Close(*byte),
            b',' => Piece::Comma,
            b'=' => Piece::Equals,
            b'\n' => Piece::Newline,
            b' ' | b'\t' | b'\r' => continue,
            b'#' => {
                at = value[from..].find('\n').map_or(value.len(), |end| from + end);
                Piece::Comment(value[from..at].trim_end())
            }
            b'"' | b'\'' => {
                at = from + string(&value[from..]);
                Piece::Word(&value[from..at])
            }
            _ => {
                let end = value[from..].find(['[', ']', '{', '}', ',', '=', '\n', '#', '"', '\'']);
                at = end.map_or(value.len(), |end| from + end);
                // A key of several parts may have quoted ones: "a.b".c
                Piece::Word(value[from..at].trim())
            }
        });
    }
    pieces
}

/// Whether a string goes over several lines: then nothing of the value is moved.
fn spans_lines(pieces: &[Piece<'_>]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Word(word) if word.contains('\n')))
}

/// Whether a space stands between two pieces.
fn spaced(before: &Piece<'_>, after: &Piece<'_>) -> bool {
    match (before, after) {
        (Piece::Open(b'{'), Piece::Close(_)) | (_, Piece::Comma | Piece::Close(b']')) | (Piece::Open(b'['), _) => false,
        (Piece::Word(before), Piece::Word(after)) => !before.ends_with('.') && !after.starts_with('.'),
        _ => true,
    }
}

fn one_line(pieces: &[Piece<'_>]) -> String {
    let mut said = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 && spaced(&pieces[index - 1], piece) {
            said.push(' ');
        }
        push(&mut said, piece);
    }
    said
}

fn push(said: &mut String, piece: &Piece<'_>) {
    match piece {
        Piece::Word(text) | Piece::Comment(text) => said.push_str(text),
        Piece::Open(byte) | Piece::Close(byte) => said.push(char::from(*byte)),
        Piece::Comma => said.push(','),
        Piece::Equals => said.push('='),
        Piece::Newline => {}
    }
}

/// A value that has lines keeps them, each indented by its depth.
fn lines(pieces: &[Piece<'_>], indent: usize) -> String {
    let (mut said, mut depth) = (String::new(), 0usize);
    let mut blank = false;
    for (index, line) in pieces.split(|piece| matches!(piece, Piece::Newline)).enumerate() {
        let closes = line.iter().take_while(|piece| matches!(piece, Piece::Close(_))).count();
        if line.is_empty() {
            blank = true;
            continue;
        }
        if index > 0 {
            said.push_str(if blank && closes == 0 { "\n\n" } else { "\n" });
            said.extend(core::iter::repeat_n(' ', indent + 4 * depth.saturating_sub(closes)));
        }
        blank = false;
        let comment = matches!(line.last(), Some(Piece::Comment(_))) && line.len() > 1;
        let (code, note) = line.split_at(line.len() - usize::from(comment));
        said.push_str(&one_line(code));
        if let [note] = note {
            said.push_str("  ");
            push(&mut said, note);
        }
        for piece in line {
            match piece {
                Piece::Open(_) => depth += 1,
                Piece::Close(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    said
}

/// A list of one line as a list of lines, an item each.
fn broken(pieces: &[Piece<'_>], indent: usize) -> String {
    let inner = &pieces[1..pieces.len() - 1];
    let (mut said, mut depth, mut from) = ("[".to_owned(), 0usize, 0);
    let item = |said: &mut String, from: usize, to: usize| {
        if from < to {
            said.push('\n');
            said.extend(core::iter::repeat_n(' ', indent + 4));
            said.push_str(&one_line(&inner[from..to]));
            said.push(',');
        }
    };
    for (at, piece) in inner.iter().enumerate() {
        match piece {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => depth = depth.saturating_sub(1),
            Piece::Comma if depth == 0 => {
                item(&mut said, from, at);
                from = at + 1;
            }
            _ => {}
        }
    }
    item(&mut said, from, inner.len());
    said.push('\n');
    said.extend(core::iter::repeat_n(' ', indent));
    said.push(']');
    said
}
