//! The bridge under test, between the box's links `a` and `b`: the kernel's own, another program's, or the gateway.

use crate::engine::Engine;
use crate::lab::Lab;
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
}

/// Names the bridge under test in place of our own.
pub(crate) const NAMED: &str = "SLUICE_BRIDGE";

impl Kind {
    /// The bridge that the tests are about.
    pub(crate) fn under_test() -> Self {
        std::env::var(NAMED).map_or(Self::Engine, Self::Command)
    }

    /// A word for it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Kernel => "kernel bridge",
            Self::Engine => "engine",
            Self::Command(line) => line.split_whitespace().next().unwrap_or(NAMED),
        }
    }
}

/// A running bridge.
pub(crate) struct Gate {
    child: Option<Child>,
    _engine: Option<Engine>,
}

impl Gate {
    /// Starts one.
    pub(crate) fn start(kind: &Kind, lab: &Lab, site: &Folder) -> Self {
        match kind {
            Kind::Kernel => {
                // No packet filter of the host's between the ports; a kernel without one has no such key.
                let filters =
                    ["iptables", "ip6tables", "arptables"].map(|f| format!("net.bridge.bridge-nf-call-{f}=0"));
                lab.middle.run("sysctl", &["-q", "-e", "-w", &filters[0], &filters[1], &filters[2]]);
                lab.middle.ip("link add name bridge type bridge");
                lab.middle.ip("link set dev bridge type bridge mcast_snooping 0");
                lab.middle.ip("link set dev bridge up");
                lab.middle.ip("link set dev a master bridge");
                lab.middle.ip("link set dev b master bridge");
                Self { child: None, _engine: None }
            }
            Kind::Command(line) => {
                let line = format!("exec {}", line.replace("{a}", "a").replace("{b}", "b"));
                let line = line.replace("{site}", &site.path().display().to_string());
                let child = lab.middle.command("sh").args(["-c", &line]).stdin(Stdio::null()).spawn().unwrap();
                Self { child: Some(child), _engine: None }
            }
            Kind::Engine => {
                let engine = Engine::start(lab, site, lab.links.mtu);
                Self { child: None, _engine: Some(engine) }
            }
        }
    }
}

impl Gate {
    /// Its resident memory in KiB; that of the test itself where the bridge is a part of it.
    pub(crate) fn resident(&self) -> u64 {
        let process = self.child.as_ref().map_or_else(|| "self".to_owned(), |c| c.id().to_string());
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
