//! Limits on text: `text(12) of A-Z 0-9 -`.

use super::Fault;
use crate::site::{Charset, Limit, Text};

/// Reads a limit on a text tag called `name` that holds `bytes` bytes. Without `of`, any printable ASCII.
pub(super) fn text_limit(name: &str, bytes: u16, text: &str) -> Result<Limit, Fault> {
    let whole = 0..text.len();
    let wrong = |message: String| {
        Fault::new("U009", message, whole.clone())
            .help("write text(12) of A-Z a-z 0-9 - , or text(12) for any printable text")
    };
    let rest = text
        .trim()
        .strip_prefix("text(")
        .ok_or_else(|| wrong(format!("{name} holds text; `{text}` is no limit on text")))?;
    let (max, rest) = rest.split_once(')').ok_or_else(|| wrong("the `)` behind the length is missing".into()))?;
    let max: u16 = max.trim().parse().map_err(|_| wrong(format!("`{max}` is no length")))?;
    if max > bytes {
        return Err(wrong(format!("{name} holds {bytes} bytes, not {max}")));
    }
    let mut charset = Charset::default();
    match rest.trim().strip_prefix("of ") {
        Some(sets) => {
            for set in sets.split_whitespace() {
                insert(&mut charset, set).map_err(wrong)?;
            }
        }
        None if rest.trim().is_empty() => (b' '..=b'~').for_each(|byte| charset.insert(byte)),
        None => return Err(wrong(format!("`{}` is not understood; the characters stand behind `of`", rest.trim()))),
    }
    Ok(Limit::Text(Text { max, charset }))
}

/// Adds `A-Z`, `space` or single characters.
fn insert(charset: &mut Charset, set: &str) -> Result<(), String> {
    match set.as_bytes() {
        b"space" => charset.insert(b' '),
        [first, b'-', last] if first.is_ascii_graphic() && last.is_ascii_graphic() => {
            if first > last {
                return Err(format!("`{set}` runs backwards"));
            }
            (*first..=*last).for_each(|byte| charset.insert(byte));
        }
        bytes if bytes.iter().all(u8::is_ascii_graphic) => bytes.iter().for_each(|byte| charset.insert(*byte)),
        _ => return Err(format!("`{set}` holds characters beyond ASCII")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sets_of_characters_are_read() {
        let Limit::Text(text) = text_limit("batch", 16, "text(12) of A-C 0-9 - _. space").unwrap() else {
            unreachable!()
        };
        assert_eq!(text.max, 12);
        let held: String = (0..=255u8).filter(|b| text.charset.contains(*b)).map(char::from).collect();
        assert_eq!(held, " -.0123456789ABC_");
    }

    #[test]
    fn what_is_no_limit_on_text_is_refused() {
        for text in
            ["", "12", "text", "text()", "text(17)", "text(4) A-Z", "text(4) of Z-A", "text(4) of ä", "text(99999999)"]
        {
            assert_eq!(text_limit("batch", 16, text).unwrap_err().code, "U009", "{text}");
        }
    }
}
