//! `sluice inspect --html`: the answer as one page for a browser. Called by `inspect` alone.
//!
//! `story` gathers while a capture is read, with requests by time in `timeline`; `section` shows one capture, `matrix`
//! who speaks to whom in it, `chart` draws. The page runs no script and loads nothing: what a browser must not do is
//! also forbidden to it by the page's own policy. `maud` escapes every word.

mod chart;
mod matrix;
mod section;
mod story;
mod timeline;

pub(super) use story::Story;

use super::super::call::Inspect;
use super::super::failure::Failure;
use super::Found;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sluice_policies::Policy;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How every page begins.
const HEAD: &str = "<!DOCTYPE html>";
/// What a browser may do with a page: show it.
const RIGHTS: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A page that grows by a section a capture.
pub(super) struct Page {
    to: PathBuf,
    site: Option<String>,
    sections: Vec<Markup>,
}

impl Page {
    /// A page that will be written to `to`; an error if something else stands there.
    pub(super) fn new(to: &Path, call: &Inspect) -> Result<Self, Failure> {
        if to.exists() {
            let mut head = Vec::new();
            let read = std::fs::File::open(to).and_then(|f| f.take(HEAD.len() as u64).read_to_end(&mut head));
            if !(to.is_file() && read.is_ok() && (head.is_empty() || head == HEAD.as_bytes())) {
                let sentence = "exists and is no page; --html wants the name of the file to be written";
                return Err(Failure::Call(format!("{} {sentence}", to.display())));
            }
        }
        let site = call.site.as_ref().map(|folder| folder.display().to_string());
        Ok(Self { to: to.to_owned(), site, sections: Vec::new() })
    }

    /// Adds what one capture held.
    pub(super) fn capture(&mut self, file: &Path, found: &Found, policy: Option<&Policy>) {
        self.sections.push(section::of(file, self.site.as_deref(), found, policy));
    }

    /// Writes the page.
    pub(super) fn write(self) -> Result<(), Failure> {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content=(RIGHTS);
                    title { "Sluice: inspected captures" }
                    style { (PreEscaped(include_str!("page.css"))) }
                }
                body { @for section in &self.sections { (section) } }
            }
        };
        std::fs::write(&self.to, page.into_string())
            .map_err(|error| Failure::Call(format!("{} cannot be written: {error}", self.to.display())))
    }
}
