//! The key switch on the gateway's front.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whether it is turned: the file of its line reads `1`. Without a file there is no switch.
pub(super) fn turned(file: Option<&Path>) -> Result<bool, String> {
    let Some(path) = file else {
        return Err("it needs the key switch, and box.toml names none ([control] key-switch)".to_owned());
    };
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_string(&mut text));
    read.map_err(|e| format!("the key switch cannot be read: {}: {e}", path.display()))?;
    Ok(text.trim() == "1")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_switch_is_turned_when_its_line_is_one() {
        assert!(turned(None).is_err() && turned(Some(Path::new("/nowhere/value"))).is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, is) in [("1\n", true), ("0\n", false), ("", false), ("11", false)] {
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(turned(Some(file.path())), Ok(is), "{text}");
        }
    }
}
