//! `sluice monitor` beside a conversation of pymodbus with pymodbus, which it must neither change nor miss.

use super::programs::installed;
use super::servers::{self, Server};
use super::{clients, rig, site};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sluice");

/// A monitor that listens to loopback for what one address says.
struct Monitor(Child);

impl Monitor {
    /// Starts it; back when it listens.
    fn start(site: &Path, heard: SocketAddr, more: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["monitor", "lo", "--format", "json", "--filter", &format!("host {}", heard.ip()), "--site"])
            .arg(site)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = lines.any(|line| line.contains("listening on lo"));
        std::thread::spawn(move || lines.for_each(drop));
        assert!(listening, "it does not listen");
        Self(child)
    }

    /// Asks it to end; its lines, and its exit status.
    fn end(mut self) -> (Vec<Value>, Option<i32>) {
        // The kernel hands over what it has after a tenth of a second at the latest.
        std::thread::sleep(std::time::Duration::from_millis(400));
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let mut said = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let status = self.0.wait().unwrap().code();
        (said.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), status)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn possible() -> bool {
    let (client, server) = (clients::Kind::Pymodbus, servers::Kind::Pymodbus);
    if !(client.installed() && server.installed() && installed(&[PROGRAM.into()])) {
        return false;
    }
    if !geteuid().is_root() {
        eprintln!("SKIPPED: listening on loopback needs root");
        return false;
    }
    true
}

#[test]
fn what_pymodbus_says_to_pymodbus_is_heard_and_judged_while_nothing_is_withheld() {
    if !possible() {
        return;
    }
    for (address, more) in [("127.0.1.24", &[][..]), ("127.0.1.25", &["--events"])] {
        let server = Server::start(servers::Kind::Pymodbus, address);
        let site = site::bench(server.address, rig::free("127.0.2.24"));
        let monitor = Monitor::start(site.path(), server.address, more);
        let steps = clients::Kind::Pymodbus.run(server.address);
        assert_eq!(server.requests(steps.len()).len(), steps.len(), "it withholds nothing");
        let (mut said, status) = monitor.end();
        let account = said.pop().unwrap();
        let denied = steps.iter().filter(|step| step.denied().is_some()).count() as u64;
        assert!(denied > 0);
        assert_eq!(account["verdicts"]["deny"], denied, "{account}");
        assert_eq!(account["protocols"]["modbus"]["messages"], 2 * steps.len() as u64, "{account}");
        assert_eq!(account["unidentified"], serde_json::json!({}), "{account}");
        assert_eq!((&account["file"], &account["kernel"]["dropped"]), (&"lo".into(), &0.into()));
        // The kernel counts what goes out and comes in again on loopback twice.
        assert!(account["kernel"]["received"].as_u64() >= account["packets"].as_u64(), "{account}");
        let verdict = |verdict: &str| said.iter().filter(|event| event["verdict"] == verdict).count() as u64;
        if more.is_empty() {
            // Of the same between the same, one is told; the others are counted.
            assert!((1..=denied).contains(&verdict("deny")) && verdict("allow") == 0, "{said:#?}");
        } else {
            assert!(verdict("deny") >= denied && verdict("allow") > 0, "{said:#?}");
        }
        assert_eq!(status, Some(1));
    }
}

#[test]
fn an_interface_that_is_not_there_and_a_filter_that_is_none_are_said() {
    if !geteuid().is_root() {
        eprintln!("SKIPPED: listening on loopback needs root");
        return;
    }
    let missing = Command::new(PROGRAM).args(["monitor", "plant9"]).output().unwrap();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(said.starts_with("error: there is no interface `plant9`; there are ") && said.contains("lo"), "{said}");
    assert_eq!(missing.status.code(), Some(2));
    let wrong = Command::new(PROGRAM).args(["monitor", "lo", "--filter", "hots 127.0.0.1"]).output().unwrap();
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.starts_with("error: the filter `hots 127.0.0.1` is wrong: "), "{said}");
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn it_ends_by_itself_when_its_time_is_over() {
    if !geteuid().is_root() {
        eprintln!("SKIPPED: listening on loopback needs root");
        return;
    }
    let call = ["monitor", "lo", "--filter", "host 127.0.1.250", "--for", "200ms"];
    let output = Command::new(PROGRAM).args(call).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(said.contains("lo: 0 packets"), "{said}");
    assert!(said.ends_with("kernel: 0 packets received, 0 dropped by the kernel, 0 by the interface\n"), "{said}");
}
