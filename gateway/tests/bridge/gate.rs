//! The bridge under test, between the box's links `a` and `b`: the kernel's own, another program's, or the gateway.

use crate::engine::Engine;
use crate::lab::Lab;
use crate::program::Program;
use crate::rig::folder::Folder;
use std::process::{Child, Stdio};

/// Which bridge.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The kernel's, which lets everything through: what must fail there shows that a test can fail.
    Kernel,
    /// A command line of somebody's, run by a shell in the box; `{a}` and `{b}` stand for the two links, `{site}` for the
    /// folder with the laboratory's policy.
    Command(String),
    /// The engine alone.
    Engine,
    /// The gateway: `sluice run`.
    Gateway,
}

/// Names the bridge under test in place of our own.
pub(crate) const NAMED: &str = "SLUICE_BRIDGE";

impl Kind {
    /// The bridge that the tests are about.
    pub(crate) fn under_test() -> Self {
        match std::env::var(NAMED) {
            Ok(name) if name == "engine" => Self::Engine,
            Ok(line) => Self::Command(line),
            Err(_) => Self::Gateway,
        }
    }

    /// A word for it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Kernel => "kernel bridge",
            Self::Engine => "engine",
            Self::Gateway => "sluice",
            Self::Command(line) => line.split_whitespace().next().unwrap_or(NAMED),
        }
    }
}

/// A running bridge.
pub(crate) enum Gate {
    /// In the kernel of the box.
    Kernel,
    Command(Child),
    Engine {
        _running: Engine,
    },
    Gateway(Program),
}

impl Gate {
    /// Starts one.
    pub(crate) fn start(kind: &Kind, lab: &Lab, site: &Folder) -> Self {
        match kind {
            Kind::Kernel => {
                bridge(lab);
                Self::Kernel
            }
            Kind::Command(line) => {
                let line = format!("exec {}", line.replace("{a}", "a").replace("{b}", "b"));
                let line = line.replace("{site}", &site.path().display().to_string());
                Self::Command(lab.middle.command("sh").args(["-c", &line]).stdin(Stdio::null()).spawn().unwrap())
            }
            Kind::Engine => Self::Engine { _running: Engine::start(lab, site) },
            Kind::Gateway => Self::Gateway(Program::start(lab, site.path())),
        }
    }

    /// Its resident memory in KiB; that of the test itself where the bridge is a part of it.
    pub(crate) fn resident(&self) -> u64 {
        let process = match self {
            Self::Kernel | Self::Engine { .. } => "self".to_owned(),
            Self::Command(child) => child.id().to_string(),
            Self::Gateway(program) => program.process().to_string(),
        };
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// The kernel's own bridge between the box's links.
fn bridge(lab: &Lab) {
    // No packet filter of the host's between the ports; a kernel without one has no such key.
    let filters = ["iptables", "ip6tables", "arptables"].map(|f| format!("net.bridge.bridge-nf-call-{f}=0"));
    lab.middle.run("sysctl", &["-q", "-e", "-w", &filters[0], &filters[1], &filters[2]]);
    lab.middle.ip("link add name bridge type bridge");
    lab.middle.ip("link set dev bridge type bridge mcast_snooping 0");
    lab.middle.ip("link set dev bridge up");
    lab.middle.ip("link set dev a master bridge");
    lab.middle.ip("link set dev b master bridge");
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Self::Command(child) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
