//! The README is true: its site is checked, tested and asked with the commands that it shows, its `box.toml` is read.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The text of the README's code block with this language that begins after `mark`.
fn block<'t>(text: &'t str, mark: &str, language: &str) -> &'t str {
    let fence = format!("```{language}\n");
    let rest = &text[text.find(mark).unwrap_or_else(|| panic!("no {mark:?}"))..];
    let start = rest.find(&fence).unwrap_or_else(|| panic!("no {language} after {mark:?}")) + fence.len();
    &rest[start..start + rest[start..].find("```").unwrap()]
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sluice-readme-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("plant/tags")).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn site(folder: &Path, readme: &str) {
    std::fs::write(folder.join("plant/site.toml"), block(readme, "`plant/site.toml`", "toml")).unwrap();
    std::fs::write(folder.join("plant/tags/plc-3.csv"), block(readme, "`plant/tags/plc-3.csv`", "csv")).unwrap();
}

/// Standard output and standard error of a command line that begins with `sluice`.
fn said(folder: &Path, line: &str) -> String {
    let script = line.replacen("sluice", env!("CARGO_BIN_EXE_sluice"), 1);
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_commands_say_what_the_readme_shows() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let scratch = Scratch::new("commands");
    site(&scratch.0, &readme);
    let shown = block(&readme, "Check it, run its tests", "console");
    let mut compared = 0;
    for part in shown.split("$ ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap();
        if command.contains(" run ") {
            continue;
        }
        assert_eq!(said(&scratch.0, command), expected, "{command}");
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn the_mistake_looks_as_the_readme_shows() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let scratch = Scratch::new("mistake");
    site(&scratch.0, &readme);
    let path = scratch.0.join("plant/site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("20 .. 45 Hz", "20 .. 45 rpm")).unwrap();
    let expected = block(&readme, "A mistake is shown where it is", "text");
    let got = said(&scratch.0, "sluice policy check --site plant");
    assert!(got.starts_with(expected), "{got}");
}

#[test]
fn box_toml_as_documented_is_accepted_and_says_the_defaults() {
    let page = std::fs::read_to_string(root().join("gateway/docs/BOX.md")).unwrap();
    let read = sluice::config::read(block(&page, "# box.toml", "toml")).unwrap();
    let defaults = sluice::config::Config::default();
    assert_eq!(read.metrics, defaults.metrics);
    let workers = sluice::config::Limits { workers: 2, ..defaults.limits };
    assert_eq!(read.limits, workers);
    assert_eq!(read.bridge, defaults.bridge);
}

#[test]
fn the_bridge_of_the_readme_is_the_example_s() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let example = std::fs::read_to_string(root().join("policies/examples/bridge-pump-house/site.toml")).unwrap();
    let shown = block(&readme, "### In the cable instead", "toml");
    let parts: Vec<&str> = shown.split("\n\n").collect();
    assert_eq!(parts.len(), 3);
    for part in parts {
        assert!(example.contains(part.trim_end()), "{part}");
    }
}

#[test]
fn the_guide_names_commands_that_exist() {
    let guide = std::fs::read_to_string(root().join("policies/README.md")).unwrap();
    let mut named = 0;
    for line in guide.lines().filter(|line| line.starts_with("sluice ")) {
        let words = line.split(' ').skip(1);
        let words: Vec<&str> = words.take_while(|word| word.bytes().all(|b| b.is_ascii_lowercase())).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_sluice")).args(&words).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && help.contains(&format!("sluice {}", words.join(" "))), "{line}");
        for flag in line.split(' ').filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{line}: {flag}");
        }
        named += 1;
    }
    assert!(named >= 8, "{named}");
}
