//! Approvals as people use them: keys, `sign`, `approve`, `verify`, and a gateway that refuses what nobody approved.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use tempfile::TempDir;

const SITE: &str = r#"
sluice    = 1
site      = "s"
time-zone = "UTC"
[assets]
hmi = { ip = "127.0.0.11" }
plc = { ip = "127.0.2.1", modbus = { unit = 1, tags = "plc.csv" } }
[zones.process]
assets = ["plc"]
owner  = "process"
[approvals]
owners = { process = ["zhang"], shift = ["li", "wang"] }
[gateways.gw]
proxy   = { plc = "127.0.0.1:0" }
on-loss = "closed"
[conduit.ops]
from = "hmi"
to   = "plc"
[[conduit.ops.allow]]
id     = "speed"
modbus = "write"
tags   = { speed = "0 .. 50 Hz" }
"#;

const TAGS: &str = "# addresses = modicon\nname,address,type,scale,unit\nspeed,40101,u16,0.01,Hz\n";

struct Plant {
    folder: TempDir,
}

/// `sluice policy` with these arguments.
fn policy(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice")).arg("policy").args(arguments).output().unwrap()
}

impl Plant {
    /// A site, and the keys of its people in `keys`; mallory has a key that nobody trusts.
    fn new() -> Self {
        let plant = Self { folder: TempDir::new().unwrap() };
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        fs::create_dir_all(plant.at("site")).unwrap();
        fs::create_dir_all(plant.at("keys")).unwrap();
        fs::write(plant.at("site/site.toml"), SITE.replace("127.0.0.1:0", &port.to_string())).unwrap();
        fs::write(plant.at("site/plc.csv"), TAGS).unwrap();
        let events = plant.at("events.jsonl");
        let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[events]\nfile = \"{}\"\n", events.display());
        fs::write(plant.at("box.toml"), config).unwrap();
        for person in ["zhang", "li", "wang"] {
            assert!(policy(&["key", "new", person, "--no-password", "--dir", &plant.text("keys")]).status.success());
        }
        plant
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }

    /// `sign` or `approve` as a person in a role; what it says, and its status.
    fn agree(&self, how: &str, person: &str, role: &str, more: &[&str]) -> (String, Option<i32>) {
        let (site, key) = (self.text("site"), self.text(&format!("keys/{person}.key")));
        let mut call = vec![how, "--site", &site, "--key", &key, "--person", person, "--role", role];
        let keys = self.text("keys");
        if how == "approve" {
            call.extend(["--trust", &keys]);
        }
        call.extend(more);
        told(&policy(&call))
    }

    fn verify(&self) -> (String, Option<i32>) {
        told(&policy(&["verify", "--site", &self.text("site"), "--trust", &self.text("keys")]))
    }

    fn approve_all(&self) {
        assert_eq!(self.agree("sign", "zhang", "process", &[]).1, Some(0));
        assert_eq!(self.agree("approve", "li", "shift", &[]).1, Some(0));
    }

    fn run(&self) -> Running {
        let call =
            ["run", "--site", &self.text("site"), "--config", &self.text("box.toml"), "--require-approval", "--trust"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command.args(call).arg(self.at("keys")).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Running { child, lines }
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.at(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        // As editors do: a half-written file is never read.
        fs::write(path.with_extension("new"), text.replace(from, to)).unwrap();
        fs::rename(path.with_extension("new"), path).unwrap();
    }
}

fn told(output: &Output) -> (String, Option<i32>) {
    let text = [&*output.stdout, &output.stderr].map(String::from_utf8_lossy).concat();
    (text, output.status.code())
}

/// A running gateway; killed if the test ends before it.
struct Running {
    child: Child,
    lines: BufReader<ChildStderr>,
}

impl Running {
    /// Reads until a line that holds this.
    fn says(&mut self, words: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended without `{words}`, having said\n{all}");
            all += &line;
            if line.contains(words) {
                return all;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_people_agree_and_a_tag_list_undoes_it() {
    let plant = Plant::new();
    let (text, status) = plant.verify();
    assert!(text.contains("error[V001]: nobody approved what ops.speed means\n  --> site.toml"), "{text}");
    assert_eq!(status, Some(1));
    // The second of two has nothing to agree to before the first.
    let (text, status) = plant.agree("approve", "li", "shift", &["ops.speed"]);
    assert!(text.contains("nobody else has signed ops.speed as it is now"), "{text}");
    assert_eq!(status, Some(2));
    plant.approve_all();
    let (text, status) = plant.verify();
    assert!(text.contains("approved  ops.speed (site.toml:"), "{text}");
    assert!(text.contains(": zhang as process on ") && text.contains("li as shift on "), "{text}");
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(plant.agree("sign", "zhang", "process", &[]).0, "nothing is left for you to sign\n");
    // A limit ten times as wide, and not a letter of the statement changed.
    plant.edit("site/plc.csv", "0.01", "0.1");
    let (text, status) = plant.verify();
    assert!(text.contains("V001]: nobody approved what ops.speed means") && text.contains("warning[V007]"), "{text}");
    assert_eq!(status, Some(1));
}

#[test]
fn who_may_not_agree_does_not() {
    let plant = Plant::new();
    let (text, status) = plant.agree("sign", "li", "process", &[]);
    assert!(text.contains("li is not process: [approvals] owners gives that role to zhang"), "{text}");
    assert_eq!(status, Some(2));
    // Two people, none of whom owns the destination.
    assert_eq!(plant.agree("sign", "li", "shift", &["ops.speed"]).1, Some(0));
    assert_eq!(plant.agree("approve", "wang", "shift", &["ops.speed"]).1, Some(0));
    assert!(plant.verify().0.contains("error[V003]"));
    // An entry whose role was changed by hand.
    plant.edit("site/approvals.toml", "\"wang\"", "\"zhang\"");
    let (text, status) = plant.verify();
    assert!(text.contains("error[V004]: this is no signature of zhang under ops.speed"), "{text}");
    assert_eq!(status, Some(1));
    // A person whose key is not among those that are trusted.
    fs::rename(plant.at("keys/li.pub"), plant.at("keys/li.gone")).unwrap();
    assert!(plant.verify().0.contains("error[V005]: there is no key of li"));
    // And keys are never written over.
    let (text, status) = told(&policy(&["key", "new", "wang", "--no-password", "--dir", &plant.text("keys")]));
    assert!(text.contains("is there already"), "{text}");
    assert_eq!(status, Some(2));
}

#[test]
fn a_gateway_refuses_what_nobody_approved() {
    let plant = Plant::new();
    let mut refused = plant.run();
    let text = refused.says("is not put in force");
    assert!(text.contains("V001]: nobody approved what ops.speed means"), "{text}");
    assert_eq!(refused.child.wait().unwrap().code(), Some(2));
    plant.approve_all();
    let mut gateway = plant.run();
    gateway.says("ready");
    plant.edit("site/site.toml", "50 Hz", "60 Hz");
    let text = gateway.says("stays in force");
    assert!(text.contains("ops.speed"), "{text}");
    // Approved, it comes into force by itself.
    plant.approve_all();
    gateway.says("is in force");
}

#[test]
fn keys_that_are_none_are_told() {
    let plant = Plant::new();
    let verify =
        |keys: &Path| told(&policy(&["verify", "--site", &plant.text("site"), "--trust", &keys.display().to_string()]));
    assert!(verify(&plant.at("site")).0.contains("holds no key"));
    fs::write(plant.at("keys/eve.pub"), "no key").unwrap();
    let (text, status) = verify(&plant.at("keys"));
    assert!(text.contains("eve.pub is no public key of minisign"), "{text}");
    assert_eq!(status, Some(2));
}
