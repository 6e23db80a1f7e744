//! Files that are one or the other, the old or the new, whatever happens meanwhile.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Puts a text in the place of a file's, with the file's permissions; a file that is not there yet comes to be.
///
/// # Errors
/// When it cannot be written; then the file is as it was.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let aside = path.with_file_name(name);
    let replaced = write(&aside, text, path).and_then(|()| fs::rename(&aside, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&aside);
        return replaced;
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn write(aside: &Path, text: &str, old: &Path) -> io::Result<()> {
    let mut file = File::create(aside)?;
    if let Ok(old) = fs::metadata(old) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_the_old_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        // A folder in the way of the rename.
        let taken = folder.path().join("b");
        fs::create_dir_all(taken.join("full")).unwrap();
        assert!(replace(&taken, "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
