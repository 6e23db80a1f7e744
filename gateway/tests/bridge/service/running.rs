//! `sluice run` in the box, as a service manager would start it.

use super::manager::Manager;
use crate::lab::Lab;
use crate::rig::eventually;
use crate::rig::folder::Folder;
use crate::rig::metrics::Metrics;
use crate::rig::witness::Witness;
use crate::site;
use rustix::process::{Pid, Signal, kill_process};
use std::cell::RefCell;
use std::fs::File;
use std::net::SocketAddr;
use std::process::{Child, Stdio};

const METRICS: &str = "127.0.0.1:9502";
/// A worker's word is good for long enough that a busy machine does not open the wire.
const BOX: &str = "[bridge]\nvouch = \"1 s\"\nmirror-link = true\n";

/// How a start that cannot succeed ends, and what it says; `change` spoils the laboratory's site.
pub(super) fn attempt(lab: &Lab, witness: &Witness, change: impl Fn(&str) -> String) -> (Option<i32>, String) {
    let site = site::folder(witness.address.port(), None);
    site.write("site.toml", &change(&std::fs::read_to_string(site.file("site.toml")).unwrap()));
    site.write("box.toml", "[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let mut command = lab.middle.command(env!("CARGO_BIN_EXE_sluice"));
    command.args(["run", "--site"]).arg(site.path()).arg("--config").arg(site.file("box.toml"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The running program; killed when this is dropped.
pub(super) struct Running {
    child: RefCell<Child>,
    files: Folder,
}

impl Running {
    /// Starts it on the laboratory's site with another `on-loss`; back when it serves.
    pub(super) fn start(lab: &Lab, witness: &Witness, on_loss: &str, manager: Option<&Manager>) -> Self {
        Self::with(lab, witness, on_loss, manager, 2)
    }

    /// The same with so many workers.
    pub(super) fn with(lab: &Lab, witness: &Witness, on_loss: &str, manager: Option<&Manager>, workers: u8) -> Self {
        let change = |site: &str| site.replace("on-loss = \"closed\"", &format!("on-loss = \"{on_loss}\""));
        Self::changed(lab, witness, manager, workers, change)
    }

    /// The same on a site that is changed.
    pub(super) fn changed(
        lab: &Lab,
        witness: &Witness,
        manager: Option<&Manager>,
        workers: u8,
        change: impl Fn(&str) -> String,
    ) -> Self {
        let site = site::folder(witness.address.port(), None);
        site.write("site.toml", &change(&std::fs::read_to_string(site.file("site.toml")).unwrap()));
        let config = format!("[metrics]\nlisten = \"{METRICS}\"\n[limits]\nworkers = {workers}\n{BOX}");
        site.write("box.toml", &config);
        let mut command = lab.middle.command("sh");
        // A process that is given descriptors must be told its own number, which only a shell knows beforehand.
        let inherit = manager.and_then(Manager::file).map_or_else(String::new, |file| {
            format!("export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=sluice-bridge-gw; exec 3<{file}; ")
        });
        command.args(["-c", &format!("{inherit}exec \"$0\" \"$@\"")]).arg(env!("CARGO_BIN_EXE_sluice"));
        command.args(["run", "--site"]).arg(site.path()).arg("--config").arg(site.file("box.toml"));
        if let Some(manager) = manager {
            command.env("NOTIFY_SOCKET", manager.address());
        }
        let (said, complained) = (site.file("stdout"), site.file("stderr"));
        command.stdout(File::create(said).unwrap()).stderr(File::create(complained).unwrap()).stdin(Stdio::null());
        let running = Self { child: RefCell::new(command.spawn().unwrap()), files: site };
        eventually("the gateway to be ready", || running.is_ready().then_some(()));
        running
    }

    fn is_ready(&self) -> bool {
        let ended = self.child.borrow_mut().try_wait().unwrap();
        assert!(ended.is_none(), "the gateway ended: {}", self.said());
        self.said().lines().any(|line| line == "ready")
    }

    /// Changes the site while it runs.
    pub(super) fn change(&self, change: impl Fn(&str) -> String) {
        let text = std::fs::read_to_string(self.files.file("site.toml")).unwrap();
        self.files.write("site.toml", &change(&text));
        self.signal(Signal::HUP);
    }

    pub(super) fn said(&self) -> String {
        ["stdout", "stderr"].map(|name| std::fs::read_to_string(self.files.file(name)).unwrap_or_default()).concat()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.borrow()), signal).unwrap();
        if signal == Signal::STOP {
            eventually("the gateway to stand still", || self.stands_still().then_some(()));
        }
    }

    /// Whether every thread is stopped: the kernel takes them one by one.
    fn stands_still(&self) -> bool {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.borrow().id())).unwrap();
        let stopped = |path: std::path::PathBuf| {
            let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
        };
        tasks.flatten().all(|task| stopped(task.path()))
    }

    /// What it counts now.
    pub(super) fn metrics(&self, lab: &Lab) -> Metrics {
        assert!(self.is_ready());
        let at: SocketAddr = METRICS.parse().unwrap();
        lab.middle.within(|| Metrics::scrape(at)).unwrap()
    }

    /// Waits until it has ended by itself, well.
    pub(super) fn ended(&self) {
        let status = eventually("the gateway to end", || self.child.borrow_mut().try_wait().unwrap());
        assert!(status.success(), "{status}: {}", self.said());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}
