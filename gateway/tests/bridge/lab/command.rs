//! System commands that must succeed.

use std::process::{Command, Stdio};

/// What a command says on its output; it must end well.
pub(crate) fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs `ip` with words that hold no blanks.
pub(crate) fn ip(arguments: &str) {
    said(Command::new("ip").args(arguments.split_whitespace()));
}
