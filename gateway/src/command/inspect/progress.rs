//! How far a long file is read, on a terminal.

use super::super::Terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;

/// Files below this many bytes are read before anybody could look.
const LONG: u64 = 16 * 1024 * 1024;

/// A bar on standard error, or nothing.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// For a file; nothing if it is short or nobody watches.
    pub(super) fn of(file: &Path, terminal: &Terminal) -> Self {
        let length = std::fs::metadata(file).map_or(0, |m| m.len());
        if length < LONG || !terminal.is_watched() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(5));
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {bytes} of {total_bytes}, {eta} left") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(file.display().to_string());
        Self(Some(bar))
    }

    pub(super) fn advance(&self, bytes_read: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes_read);
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
