//! `sluice demo` as somebody runs it who has just cloned: plain lines into a pipe, a summary, an exit status.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// The demonstration's addresses are those of the example site: one at a time.
static ONE: Mutex<()> = Mutex::new(());

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice")).arg("demo").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn twelve_seconds_come_out_as_the_story_says() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let picture = std::env::temp_dir().join(format!("sluice-demo-{}.svg", std::process::id()));
    let output = demo(&["--for", "12s", "--picture", picture.to_str().unwrap()]);
    let (out, svg) = (text(&output.stdout), std::fs::read_to_string(&picture).unwrap());
    let _ = std::fs::remove_file(&picture);
    assert_eq!(output.status.code(), Some(0), "{out}{}", text(&output.stderr));
    for part in [
        "write pump_speed = 60 Hz [value] 60 Hz is outside 0 | 20 .. 45 Hz (operators.pump-speed conduits.toml:",
        "refused (exception 3); the connection works on",
        "each as the story tells it; no refused write reached a controller",
        "through the gateway (p50)",
    ] {
        assert!(out.contains(part), "{part} is missing:\n{out}");
    }
    assert!(svg.starts_with("<svg") && svg.contains("Refused, and why"), "{svg}");
}

#[test]
fn a_taken_address_is_one_clear_sentence() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let _taken = TcpListener::bind("127.0.1.2:1502").unwrap();
    let output = demo(&["--for", "5s"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.lines().count() == 1 && error.contains("is another demo running?"), "{error}");
}

#[test]
fn a_story_shorter_than_itself_is_a_wrong_call() {
    let output = demo(&["--for", "3s"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the story takes 5s at least"));
}
