//! One network namespace with a name of its own, gone with its guard, and the sweeping of those whose test was killed.

use super::command::{ip, said};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The beginning of every name; the process that made it and a number follow.
const PREFIX: &str = "sluice-lab-";

/// Where `ip netns` keeps its names.
const FOLDER: &str = "/run/netns";

/// A network namespace.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one; `role` ends its name.
    pub(crate) fn new(role: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}-{role}", std::process::id());
        ip(&format!("netns add {name}"));
        let namespace = Self { name };
        namespace.ip("link set lo up");
        namespace
    }

    /// Runs `ip` inside.
    pub(crate) fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.name));
    }

    /// Its name, as `ip netns` knows it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A command that runs `program` inside, and dies with the thread that starts it.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "ip", "netns", "exec", &self.name]).arg(program.as_ref());
        command
    }

    /// Runs `program` inside to its end, which must be a good one.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        said(self.command(program).args(arguments))
    }

    /// Sets kernel parameters of the namespace.
    pub(crate) fn set(&self, parameters: &[&str]) {
        self.run("sysctl", &[&["-q", "-w"], parameters].concat());
    }

    /// What `work` gives, done by a thread inside. Sockets that it opens stay inside.
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                let file = File::open(Path::new(FOLDER).join(&self.name)).unwrap();
                move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                work()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// Ends what still runs inside, then takes the namespace away, and its links with it.
fn remove(name: &str) {
    let inside = Command::new("ip").args(["netns", "pids", name]).output().map(|o| o.stdout).unwrap_or_default();
    for process in String::from_utf8_lossy(&inside).split_whitespace().filter_map(|p| p.parse().ok()) {
        let Some(process) = rustix::process::Pid::from_raw(process) else { continue };
        if process != rustix::process::getpid() {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
    }
    let _ = Command::new("ip").args(["netns", "del", name]).output();
}

/// Takes away the namespaces whose test process is gone: one that was killed could not do so itself.
pub(crate) fn sweep() {
    for entry in std::fs::read_dir(FOLDER).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()) else { continue };
        // A number that was given anew names another program.
        let program = std::fs::read_link(PathBuf::from("/proc").join(process).join("exe")).unwrap_or_default();
        let lives = program.file_name().is_some_and(|f| f.to_string_lossy().starts_with("bridge-"));
        if !lives {
            remove(&name);
        }
    }
}
