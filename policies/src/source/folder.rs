//! Files in a folder on disk.

use super::{Files, MAX_FILE, MAX_FILES, inside, matches, pattern, text};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How many entries of the folder a pattern may look at, and how deep.
const MAX_ENTRIES: usize = 100_000;
const MAX_DEPTH: usize = 16;

/// The folder of a site. Links that lead out of it are refused.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at `path`; an error when there is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        if root.is_dir() { Ok(Self { root }) } else { Err(io::Error::from(io::ErrorKind::NotADirectory)) }
    }

    /// Every file below `folder` (a relative path that ends with `/`, or is empty).
    fn walk(&self, folder: &str, depth: usize, seen: &mut usize, out: &mut Vec<String>) -> Result<(), String> {
        let entries = fs::read_dir(self.root.join(folder)).map_err(|e| sentence(&e))?;
        for entry in entries {
            let entry = entry.map_err(|e| sentence(&e))?;
            *seen += 1;
            if *seen > MAX_ENTRIES {
                return Err(format!("the site's folder holds more than {MAX_ENTRIES} entries"));
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{folder}{name}");
            let kind = entry.file_type().map_err(|e| sentence(&e))?;
            if kind.is_dir() && depth < MAX_DEPTH && !name.starts_with('.') {
                self.walk(&format!("{path}/"), depth + 1, seen, out)?;
            } else if !kind.is_dir() {
                out.push(path);
            }
        }
        Ok(())
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        inside(path)?;
        let real = self.root.join(path).canonicalize().map_err(|e| sentence(&e))?;
        if !real.starts_with(&self.root) {
            return Err("is a link that leads out of the site's folder".into());
        }
        // Looked at before it is opened: opening a pipe would wait for its other end.
        if !fs::metadata(&real).map_err(|e| sentence(&e))?.is_file() {
            return Err("is not a file".into());
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(&real).map_err(|e| sentence(&e))?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| sentence(&e))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(too_large());
        }
        text(bytes)
    }

    fn matching(&self, glob: &str) -> Result<Vec<String>, String> {
        let glob = pattern(glob)?;
        let mut all = Vec::new();
        self.walk("", 0, &mut 0, &mut all)?;
        all.retain(|path| matches(&glob, path));
        all.sort();
        if all.len() > MAX_FILES {
            return Err(format!("matches {} files, more than {MAX_FILES}", all.len()));
        }
        Ok(all)
    }
}

/// A system error in words.
fn sentence(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".into(),
        _ => format!("cannot be read: {error}"),
    }
}

pub(super) fn too_large() -> String {
    format!("is larger than {} MiB", MAX_FILE / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A folder of its own for one test, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("sluice-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("site/tests")).unwrap();
            fs::write(path.join("site/site.toml"), "sluice = 1\n").unwrap();
            fs::write(path.join("site/tests/a.toml"), "").unwrap();
            fs::write(path.join("secret.toml"), "secret").unwrap();
            Self(path)
        }

        fn folder(&self) -> Folder {
            Folder::open(&self.0.join("site")).unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn reads_and_lists_inside() {
        let scratch = Scratch::new("inside");
        assert_eq!(scratch.folder().read("site.toml").unwrap(), "sluice = 1\n");
        assert_eq!(scratch.folder().matching("tests/*.toml").unwrap(), ["tests/a.toml"]);
        assert_eq!(scratch.folder().matching("*.toml").unwrap(), ["site.toml"]);
        assert_eq!(scratch.folder().matching("**/*.toml").unwrap(), ["site.toml", "tests/a.toml"]);
    }

    #[test]
    fn nothing_leads_out() {
        let scratch = Scratch::new("outside");
        std::os::unix::fs::symlink(scratch.0.join("secret.toml"), scratch.0.join("site/link.toml")).unwrap();
        let folder = scratch.folder();
        for path in ["../secret.toml", "/etc/hostname", "tests/../../secret.toml", "link.toml", "", "C:\\x", "tests"] {
            assert!(folder.read(path).is_err(), "{path}");
        }
        assert!(folder.read("link.toml").unwrap_err().contains("link that leads out"));
        assert!(folder.matching("../*").is_err());
        assert!(folder.matching("[").is_err());
    }

    #[test]
    fn large_and_foreign_files_are_refused() {
        let scratch = Scratch::new("large");
        fs::write(scratch.0.join("site/latin.csv"), b"a\nb\xfcro\n").unwrap();
        let large = fs::File::create(scratch.0.join("site/large.csv")).unwrap();
        large.set_len(MAX_FILE + 1).unwrap();
        assert_eq!(scratch.folder().read("latin.csv").unwrap_err(), "is not UTF-8 text (line 2); save it as UTF-8");
        assert_eq!(scratch.folder().read("large.csv").unwrap_err(), "is larger than 16 MiB");
    }
}
