//! A site's files to a policy that is ready to run.

use crate::approval::{self, KeyError, Trust};
use core::fmt::Write;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sluice_policies::diagnose::Report;
use sluice_policies::site::{Site, SourceFile};
use sluice_policies::source::{Files, Folder};
use sluice_policies::{Policy, load};
use sluice_protocols::registry;
use std::io;
use std::path::Path;

/// A policy that is ready to run.
#[derive(Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Policy,
    /// SHA-256 of its files, in hexadecimal.
    pub hash: String,
}

/// Why a folder gives no policy.
#[derive(Debug)]
pub enum Rejected {
    /// The folder cannot be read.
    Folder(io::Error),
    /// It holds no site.toml.
    NoSite,
    /// Its files are wrong.
    Wrong(Report),
    /// Not everything that it means was approved.
    Unapproved(Report),
    /// The keys that approvals are checked with cannot be had.
    NoKeys(KeyError),
}

/// Reads, checks and compiles the site in a folder; warnings come with it.
///
/// # Errors
/// Every mistake at once.
pub fn open(folder: &Path) -> Result<(Compiled, Report), Rejected> {
    let files = Folder::open(folder).map_err(Rejected::Folder)?;
    if !folder.join("site.toml").exists() {
        return Err(Rejected::NoSite);
    }
    compile(&files).map_err(Rejected::Wrong)
}

/// The same, and lets nothing pass that was not approved when there is a folder of the keys of those who approve.
///
/// # Errors
/// Every mistake, or everything that is not approved.
pub fn open_approved(folder: &Path, keys: Option<&Path>) -> Result<(Compiled, Report), Rejected> {
    let Some(keys) = keys else { return open(folder) };
    let (site, report) = read(folder)?;
    let files = Folder::open(folder).map_err(Rejected::Folder)?;
    let trust = Trust::open(keys).map_err(Rejected::NoKeys)?;
    approval::require(&site, &files, &trust).map_err(Rejected::Unapproved)?;
    let hash = hash(&site.files);
    Ok((Compiled { policy: Policy::compile(site), hash }, report))
}

/// Reads and checks the site in a folder, for tools that work on what its files say; warnings come with it.
///
/// # Errors
/// Every mistake at once.
pub fn read(folder: &Path) -> Result<(Site, Report), Rejected> {
    let files = Folder::open(folder).map_err(Rejected::Folder)?;
    if !folder.join("site.toml").exists() {
        return Err(Rejected::NoSite);
    }
    load(&files, &registry::descriptors(), Timestamp::now()).map_err(Rejected::Wrong)
}

/// Reads, checks and compiles a site from wherever its files are; warnings come with it.
///
/// # Errors
/// Every mistake at once.
pub fn compile(files: &dyn Files) -> Result<(Compiled, Report), Report> {
    let (site, report) = load(files, &registry::descriptors(), Timestamp::now())?;
    let hash = hash(&site.files);
    Ok((Compiled { policy: Policy::compile(site), hash }, report))
}

/// SHA-256 over path and text of every file, in the order of their paths.
fn hash(files: &[SourceFile]) -> String {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut sum = Sha256::new();
    for file in sorted {
        // Lengths keep two files apart from one that holds both.
        for part in [&file.path, &file.text] {
            sum.update((part.len() as u64).to_le_bytes());
            sum.update(part);
        }
    }
    sum.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Rejected {
    /// Each mistake on a line, `site.toml:31: what is wrong`.
    pub fn mistakes(&self) -> Vec<String> {
        match self {
            Self::Folder(error) => vec![format!("the site's folder cannot be read: {error}")],
            Self::NoSite => vec!["the site's folder holds no site.toml".to_owned()],
            Self::Wrong(report) | Self::Unapproved(report) => lines(report),
            Self::NoKeys(error) => vec![error.to_string()],
        }
    }
}

/// Each message of a report on a line.
fn lines(report: &Report) -> Vec<String> {
    let json = report.json();
    let all = json["diagnostics"].as_array().into_iter().flatten();
    all.map(|d| {
        let message = d["message"].as_str().unwrap_or_default();
        match (d["file"].as_str(), d["line"].as_u64()) {
            (Some(file), Some(line)) => format!("{file}:{line}: {message}"),
            _ => message.to_owned(),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_hash_knows_texts_and_paths_but_not_the_order_of_reading() {
        let (a, b) = (file("a", "1"), file("b", "2"));
        assert_eq!(hash(&[a.clone(), b.clone()]), hash(&[b.clone(), a.clone()]));
        assert_ne!(hash(&[a.clone(), b.clone()]), hash(&[a.clone(), file("b", "3")]));
        assert_ne!(hash(&[a.clone(), b.clone()]), hash(&[a.clone(), file("c", "2")]));
        assert_ne!(hash(&[file("a", "1b2")]), hash(&[a, b]));
        assert_eq!(hash(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
