//! The state's file: one line of JSON and its checksum, replaced as a whole.

use crate::replace::replace;
use core::fmt::Write as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sluice_model::Instant;
use sluice_policies::state::Journal;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the layout.
const VERSION: u32 = 1;
/// A longer file is none of ours.
const LONGEST: u64 = 8 << 20;

/// What the file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    version: u32,
    /// Which start of the machine it was written in.
    boot: String,
    /// When, by the machine's monotonic clock, in nanoseconds.
    at: u64,
    state: Journal,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) journal: Journal,
    /// How long ago it was written, at least.
    pub(super) away: Duration,
}

/// Where a gateway keeps what outlives it.
pub(super) struct Keeping {
    path: PathBuf,
    boot: String,
}

impl Keeping {
    /// The file of the gateway called `name` in `folder`, which is made when it is missing.
    pub(super) fn of(folder: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Ok(Self { path: folder.join(format!("{name}.state")), boot: boot.trim().to_owned() })
    }

    /// What the process before wrote; `None` when there was none.
    ///
    /// # Errors
    /// When there is a file and it cannot be trusted, in a sentence.
    pub(super) fn read(&self, now: Instant) -> Result<Option<Found>, String> {
        let mut text = String::new();
        let read = File::open(&self.path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", self.path.display())),
        }
        let damaged = || format!("{} is damaged", self.path.display());
        let (line, sum) = text.trim_end().split_once('\n').ok_or_else(damaged)?;
        if sum != checksum(line) {
            return Err(damaged());
        }
        let page: Page = serde_json::from_str(line).map_err(|_| damaged())?;
        if page.version != VERSION {
            return Err(format!("{} is of version {}, not {VERSION}", self.path.display(), page.version));
        }
        // After another start of the machine nobody knows how long it was off.
        let same = page.boot == self.boot && !self.boot.is_empty();
        let away = if same { now.since(Instant(page.at)) } else { Duration::ZERO };
        Ok(Some(Found { journal: page.state, away }))
    }

    /// Replaces the file as a whole: whatever happens meanwhile, either the old or the new one is there.
    pub(super) fn write(&self, journal: Journal, now: Instant) -> io::Result<()> {
        let page = Page { version: VERSION, boot: self.boot.clone(), at: now.0, state: journal };
        let line = serde_json::to_string(&page)?;
        replace(&self.path, &format!("{line}\n{}\n", checksum(&line)))
    }
}

fn checksum(line: &str) -> String {
    Sha256::digest(line.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn journal() -> Journal {
        let rates = [("operators.speed".to_owned(), vec![5, 3])].into_iter().collect();
        Journal { lockdown: true, rates: Some(rates) }
    }

    #[test]
    fn what_is_written_is_read_with_how_long_ago() {
        let folder = tempfile::tempdir().unwrap();
        let keeping = Keeping::of(&folder.path().join("new"), "gw-1").unwrap();
        assert_eq!(keeping.read(Instant(1)), Ok(None));
        keeping.write(journal(), Instant(10)).unwrap();
        let found = keeping.read(Instant(25)).unwrap().unwrap();
        assert_eq!(found, Found { journal: journal(), away: Duration::from_nanos(15) });
        let restarted = Keeping { boot: "another".to_owned(), ..keeping };
        assert_eq!(restarted.read(Instant(25)).unwrap().unwrap().away, Duration::ZERO);
    }

    #[test]
    fn a_damaged_file_is_told_apart_from_none() {
        let folder = tempfile::tempdir().unwrap();
        let keeping = Keeping::of(folder.path(), "gw-1").unwrap();
        keeping.write(journal(), Instant(10)).unwrap();
        let good = fs::read_to_string(&keeping.path).unwrap();
        for bad in [&good[..20], "", &good.replace("true", "false"), &good.replace("\"version\":1", "\"version\":2")] {
            fs::write(&keeping.path, bad).unwrap();
            assert!(keeping.read(Instant(25)).is_err(), "{bad}");
        }
    }
}
