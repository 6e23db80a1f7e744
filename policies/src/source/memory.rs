//! Files in memory.

use super::{Files, MAX_FILE, inside, matches, pattern, text};
use std::collections::BTreeMap;

/// Files in memory: for tests, and for a policy that was received rather than stored.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file.
    #[must_use]
    pub fn with(mut self, path: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> Result<String, String> {
        inside(path)?;
        let bytes = self.files.get(path).ok_or("there is no such file")?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(super::folder::too_large());
        }
        text(bytes.clone())
    }

    fn matching(&self, glob: &str) -> Result<Vec<String>, String> {
        let glob = pattern(glob)?;
        Ok(self.files.keys().filter(|path| matches(&glob, path)).cloned().collect())
    }
}
