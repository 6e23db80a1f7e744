//! Where policy files come from: a folder on disk, or memory. Called by `load` alone.
//!
//! Nothing outside of the site's folder is ever read, and nothing without a bound.

mod folder;
mod memory;

pub use folder::Folder;
pub use memory::Memory;

use glob::{MatchOptions, Pattern};

/// The greatest size of one file.
pub const MAX_FILE: u64 = 16 * 1024 * 1024;

/// How many files a site may have.
pub const MAX_FILES: usize = 4096;

/// The files of a site.
pub trait Files {
    /// The text of the file at `path`, relative to the site's folder, with `/`. The error says why it cannot be read,
    /// in words that follow `site.toml: `.
    fn read(&self, path: &str) -> Result<String, String>;

    /// The paths that `pattern` matches (`tests/*.toml`; `*` stays inside a folder, `**` does not), sorted.
    fn matching(&self, pattern: &str) -> Result<Vec<String>, String>;
}

/// Refuses paths that could lead out of the site's folder.
fn inside(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("is an empty path".into());
    }
    if path.starts_with('/') || path.contains(['\\', ':', '\0']) {
        return Err("must be a path inside the site's folder, with `/` between its parts".into());
    }
    if path.split('/').any(|part| part == "..") {
        return Err("leads out of the site's folder; `..` is not allowed".into());
    }
    Ok(())
}

/// A pattern over paths.
fn pattern(text: &str) -> Result<Pattern, String> {
    inside(text)?;
    Pattern::new(text).map_err(|e| format!("is no pattern: {}", e.msg))
}

/// Whether `path` matches.
fn matches(pattern: &Pattern, path: &str) -> bool {
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    pattern.matches_with(path, options)
}

/// The bytes of a file as text, without the mark that some editors put before it: columns count from what is seen.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    let unmarked = |text: String| match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.into(),
        None => text,
    };
    String::from_utf8(bytes).map(unmarked).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..at].split(|b| *b == b'\n').skip(1).count();
        format!("is not UTF-8 text (line {line}); save it as UTF-8")
    })
}
