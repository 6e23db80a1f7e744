//! The gateway itself: the program that users run, as a child process.

use super::folder::Folder;
use super::metrics::Metrics;
use super::{PATIENCE, eventually, free};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

/// A running `sluice run`.
pub(crate) struct Gateway {
    child: Child,
    metrics: std::net::SocketAddr,
    files: Folder,
}

impl Gateway {
    /// Runs the site in `site`; `limits` are lines of `box.toml`'s `[limits]`. Back when it serves.
    pub(crate) fn start(site: &Path, limits: &str) -> Self {
        let files = Folder::new(&[]);
        let metrics = free("127.0.0.1");
        let mut config = format!("[metrics]\nlisten = \"{metrics}\"\n");
        writeln!(config, "[events]\nfile = \"{}\"\n[limits]\n{limits}", files.file("events.jsonl").display()).unwrap();
        files.write("box.toml", &config);
        let child = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .args(["run", "--site"])
            .arg(site)
            .arg("--config")
            .arg(files.file("box.toml"))
            .stdin(Stdio::null())
            .stdout(File::create(files.file("stdout")).unwrap())
            .stderr(File::create(files.file("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut gateway = Self { child, metrics, files };
        eventually("the gateway to serve", || {
            if let Some(status) = gateway.child.try_wait().unwrap() {
                panic!("the gateway ended with {status}: {}", gateway.said());
            }
            Metrics::scrape(metrics).map(drop)
        });
        gateway
    }

    /// Runs the program with `args` to its end: its exit status and what it wrote to both outputs.
    pub(crate) fn run_to_end(args: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_sluice")).args(args).stdin(Stdio::null()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    /// A scrape of its metrics.
    pub(crate) fn metrics(&self) -> Metrics {
        Metrics::scrape(self.metrics).expect("metrics")
    }

    /// Waits until the sum of a family's series is at least `least`.
    pub(crate) fn wait_for(&self, family: &str, labels: &[&str], least: u64) {
        let start = Instant::now();
        loop {
            let metrics = self.metrics();
            if metrics.sum(family, labels) >= least {
                return;
            }
            let now = metrics
                .text()
                .lines()
                .filter(|l| l.starts_with(family) && !l.ends_with(" 0"))
                .collect::<Vec<_>>()
                .join("\n");
            assert!(start.elapsed() < PATIENCE, "{family}{labels:?} never reached {least}; there is\n{now}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// The events so far, one JSON object a line.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.files.file("events.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What it wrote to its outputs.
    pub(crate) fn said(&self) -> String {
        let read = |name| std::fs::read_to_string(self.files.file(name)).unwrap_or_default();
        read("stdout") + &read("stderr")
    }

    /// Its resident memory in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Ends it at once, without a chance to do anything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit status, which must come.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        eventually("the gateway to end", || self.child.try_wait().unwrap())
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the gateway said:\n{}", self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
