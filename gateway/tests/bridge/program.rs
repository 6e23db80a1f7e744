//! `sluice run` in the box.

use crate::lab::Lab;
use crate::manager::Manager;
use crate::rig::eventually;
use crate::rig::folder::Folder;
use crate::rig::metrics::Metrics;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where it serves its metrics, in the box's own network.
const METRICS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9502);

/// The running program.
pub(crate) struct Program {
    child: Child,
    files: Folder,
}

impl Program {
    /// Runs the site in `site`; back when it serves.
    pub(crate) fn start(lab: &Lab, site: &Path) -> Self {
        let command = lab.middle.command(env!("CARGO_BIN_EXE_sluice"));
        Self::run(lab, command, site)
    }

    /// The same under a service manager, which gives it what it keeps.
    pub(crate) fn start_under(manager: &Manager, lab: &Lab, site: &Path) -> Self {
        let mut command = lab.middle.command("sh");
        command.args(["-c", &manager.gives(), env!("CARGO_BIN_EXE_sluice")]).env("NOTIFY_SOCKET", &manager.address);
        Self::run(lab, command, site)
    }

    fn run(lab: &Lab, mut command: Command, site: &Path) -> Self {
        let files = Folder::new(&[]);
        let config = format!(
            "[metrics]\nlisten = \"{METRICS}\"\n[events]\nfile = \"{}\"\n",
            files.file("events.jsonl").display()
        );
        files.write("box.toml", &config);
        let child = command
            .args(["run", "--site"])
            .arg(site)
            .arg("--config")
            .arg(files.file("box.toml"))
            .stdin(Stdio::null())
            .stdout(File::create(files.file("stdout")).unwrap())
            .stderr(File::create(files.file("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut program = Self { child, files };
        eventually("the gateway to serve", || {
            if let Some(status) = program.child.try_wait().unwrap() {
                panic!("the gateway ended with {status}: {}", program.said());
            }
            lab.middle.within(|| Metrics::scrape(METRICS)).map(drop)
        });
        program
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to its outputs.
    pub(crate) fn said(&self) -> String {
        let read = |name| std::fs::read_to_string(self.files.file(name)).unwrap_or_default();
        read("stdout") + &read("stderr")
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) {
        eventually("the gateway to end", || self.child.try_wait().unwrap());
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the gateway said:\n{}", self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
