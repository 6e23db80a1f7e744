//! `sluice run` as a process: ready, reload, drain.
#![allow(clippy::unwrap_used, missing_docs)]

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const SITE: &str = r#"
sluice    = 1
site      = "s"
time-zone = "UTC"
[assets]
hmi = { ip = "127.0.0.11" }
plc = { ip = "127.0.2.1", modbus = { unit = 1 } }
[gateways.gw]
proxy   = { plc = "LISTEN" }
on-loss = "closed"
[conduit.ops]
from = "hmi"
to   = "plc"
[[conduit.ops.allow]]
id       = "look"
modbus   = "read"
holdings = ["0 .. 9"]
"#;

/// A running gateway; killed if the test ends before it.
struct Running {
    child: Child,
    lines: BufReader<ChildStderr>,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .args(["run", "--site"])
            .arg(folder)
            .arg("--config")
            .arg(folder.join("box.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines }
    }

    /// Reads until a line that begins so, and returns it.
    fn says(&mut self, beginning: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.lines.read_line(&mut line).unwrap(),
                0,
                "it ended without `{beginning}`, having said\n{all}"
            );
            if line.starts_with(beginning) {
                return line;
            }
            all += &line;
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn site() -> (TempDir, SocketAddr) {
    let folder = TempDir::new().unwrap();
    let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    write(&folder, &SITE.replace("LISTEN", &listen.to_string()));
    let events = folder.path().join("events.jsonl");
    let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[events]\nfile = \"{}\"\n", events.display());
    fs::write(folder.path().join("box.toml"), config).unwrap();
    (folder, listen)
}

fn write(folder: &TempDir, text: &str) {
    fs::write(folder.path().join("site.toml"), text).unwrap();
}

#[test]
fn a_changed_file_swaps_the_policy_and_a_broken_one_does_not() {
    let (folder, listen) = site();
    let text = SITE.replace("LISTEN", &listen.to_string());
    let mut gateway = Running::start(folder.path());
    gateway.says("ready");
    TcpStream::connect(listen).unwrap();
    write(&folder, &text.replace("0 .. 9", "0 .. 8"));
    let first = gateway.says("policy ");
    write(&folder, &text.replace("0 .. 9", "0 .. x"));
    gateway.says("error[");
    let kept = gateway.says("the changed policy is rejected");
    let hash = first.split(' ').nth(1).unwrap();
    assert!(kept.contains(hash), "{kept} should name {hash}");
    write(&folder, &text.replace("0 .. 9", "0 .. 7"));
    gateway.signal(Signal::HUP);
    assert_ne!(gateway.says("policy ").split(' ').nth(1).unwrap(), hash);
    gateway.signal(Signal::TERM);
    let (code, rest) = gateway.ends();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("draining") && rest.contains("stopped"), "{rest}");
    let events = fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let states: Vec<&str> = events.lines().filter_map(|l| l.split("\"state\":\"").nth(1)?.split('"').next()).collect();
    assert_eq!(states, ["loaded", "loaded", "rejected", "loaded"]);
}

#[test]
fn a_port_that_is_taken_is_one_clear_sentence() {
    let (folder, listen) = site();
    let _holder = TcpListener::bind(listen).unwrap();
    let (code, said) = Running::start(folder.path()).ends();
    assert_eq!(code, Some(2));
    let sentence = format!("error: the proxy of plc cannot listen on {listen}: ");
    assert!(said.starts_with(&sentence) && said.lines().count() == 1, "{said}");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &[][..]));
}

/// Memory of a process that no file backs, in KiB.
fn anonymous(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn what_reading_a_large_site_takes_is_given_back() {
    const TAGS: usize = 20_000;
    let (folder, listen) = site();
    let text = SITE.replace("LISTEN", &listen.to_string()).replace("unit = 1 }", "unit = 1, tags = \"plc.csv\" }");
    let write_all = format!("[[conduit.ops.allow]]\nid = \"set\"\nmodbus = \"write\"\ntags = \"*\"\ncount = {TAGS}\n");
    let text = text.replace("holdings = [\"0 .. 9\"]", "tags = \"*\"") + &write_all;
    write(&folder, &text);
    let tag = |n| format!("speed_of_pump_{n:05},holding {},u16,0,{},in the hall of the pumps\n", 2 * n, n % 600);
    let rows: String = (0..TAGS).map(tag).collect();
    let list = format!("# addresses = wire\nname,address,type,min,max,comment\n{rows}");
    fs::write(folder.path().join("plc.csv"), list).unwrap();

    let mut gateway = Running::start(folder.path());
    gateway.says("ready");
    let taken = anonymous(&gateway.child);
    // 250 bytes a tag and 2 MiB for everything else is what the policy keeps; reading it takes three times that.
    assert!(taken < 10_000, "{taken} KiB with {TAGS} tags");
    for change in 0..3 {
        write(&folder, &format!("{text}# {change}\n"));
        gateway.says("policy");
    }
    // It is given back just after that is said.
    let kept = || anonymous(&gateway.child);
    let given_back = (0..300).any(|_| {
        thread::sleep(Duration::from_millis(100));
        kept() < 11_000
    });
    assert!(given_back, "{} KiB after three changes", kept());
    gateway.signal(Signal::TERM);
    assert_eq!(gateway.ends().0, Some(0));
}
