//! Policy files in one shape: `sluice policy fmt`. Comments stay, meaning stays, order stays.
//!
//! `scan` cuts a file into lines of four kinds, `value` says a value in one way, `layout` puts the lines in order. Knows
//! TOML and nothing of policies; called by the tools alone.

mod layout;
mod scan;
mod value;

use crate::diagnose::{Diagnostics, Report};
use crate::read::{Reader, Value, tree_of};
use crate::site::SourceFile;
use crate::source::Files;

/// The file in its shape.
///
/// # Errors
/// When the file is not TOML: then nothing is changed.
pub fn format(path: &str, text: &str) -> Result<String, Report> {
    let mut diagnostics = Diagnostics::default();
    let before = tree_of(text, &mut diagnostics);
    if !diagnostics.kept.is_empty() {
        let file = SourceFile { path: path.into(), text: text.into() };
        diagnostics.once_per_syntax_error();
        return Err(Report::of(&[file], diagnostics));
    }
    let lines = scan::lines(text);
    let formatted = layout::write(&lines);
    let after = tree_of(&formatted, &mut diagnostics);
    let same = diagnostics.kept.is_empty()
        && before.same(&after)
        && scan::comments(&lines).eq(scan::comments(&scan::lines(&formatted)));
    // What cannot be proven to mean the same is left as it is.
    Ok(if same { formatted } else { text.to_owned() })
}

/// The files of a site that have a shape: site.toml and what it includes, each once. Patterns that match nothing are for
/// `check` to tell.
///
/// # Errors
/// When site.toml cannot be read, in words that follow `site.toml: `.
pub fn files(files: &dyn Files) -> Result<Vec<String>, String> {
    let mut paths = vec!["site.toml".to_owned()];
    let site = tree_of(&files.read("site.toml")?, &mut Diagnostics::default());
    let include = site.entry("include").map(|entry| Reader::list(&entry.node)).unwrap_or_default();
    for node in include {
        if let Value::Text(pattern) = &node.value {
            let found = files.matching(pattern).unwrap_or_default();
            let new: Vec<String> = found.into_iter().filter(|path| !paths.contains(path)).collect();
            paths.extend(new);
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests;
