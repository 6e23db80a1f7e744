//! What stands between the two namespaces, each in a network of its own.

use super::across::Round;
use super::device::Device;
use super::forward;
use super::network::Network;
use super::rig::folder::Folder;
use super::{WIDTHS, site, suricata};
use sluice_hardware::port::through_xdp;
use sluice_hardware::{Interface, Port, Waker};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Attempts to connect before a path is given up, half a second each at most.
const TRIES: usize = 40;
/// As which this program stands between two ports itself.
pub(crate) const BARE: &str = "--bare";

/// What stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// The kernel's bridge.
    Kernel,
    /// Suricata inline with so many rules.
    Suricata(usize),
    /// haproxy in TCP mode; it has addresses in the path.
    Haproxy,
    /// A forwarder that judges nothing, over packet sockets or `AF_XDP`.
    Bare(Io),
    /// Sluice with so many items and workers.
    Sluice(usize, usize, Io),
    /// Sluice with 100 items and a denied write each tenth request.
    Denying,
    /// A shell's command with `{a}` and `{b}` in place of the two ports.
    Command(String),
}

/// How frames are read and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Io {
    Packet,
    Xdp,
}

impl Io {
    /// Its name in `box.toml`, and of a bare forwarder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Packet => "af-packet",
            Self::Xdp => "af-xdp",
        }
    }
}

impl Path {
    /// All of them, and the commands of `SLUICE_BRIDGE`, one a line.
    pub(crate) fn all() -> Vec<Self> {
        let commands = std::env::var("SLUICE_BRIDGE").unwrap_or_default();
        let others = commands.lines().filter(|line| !line.is_empty()).map(|line| Self::Command(line.to_owned()));
        let own = [
            Self::Kernel,
            Self::Suricata(1),
            Self::Suricata(1000),
            Self::Haproxy,
            Self::Bare(Io::Packet),
            Self::Bare(Io::Xdp),
            Self::Sluice(100, 1, Io::Packet),
            Self::Sluice(100_000, 1, Io::Packet),
            Self::Denying,
            Self::Sluice(100, 2, Io::Packet),
            Self::Sluice(100, 1, Io::Xdp),
        ];
        own.into_iter().chain(others).collect()
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Kernel => "kernel bridge".to_owned(),
            Self::Suricata(rules) => format!("Suricata inline, {rules} Modbus rules"),
            Self::Haproxy => "haproxy, TCP mode".to_owned(),
            Self::Bare(Io::Packet) => "bare forwarder, AF_PACKET".to_owned(),
            Self::Bare(Io::Xdp) => "bare forwarder, AF_XDP".to_owned(),
            Self::Sluice(items, 1, Io::Packet) => format!("Sluice, {items} items"),
            Self::Sluice(items, workers, Io::Packet) => format!("Sluice, {items} items, {workers} workers"),
            Self::Sluice(items, _, Io::Xdp) => format!("Sluice, {items} items, AF_XDP"),
            Self::Denying => "Sluice, each tenth request denied".to_owned(),
            Self::Command(line) => format!("`{line}`"),
        }
    }

    /// Whether its frames lose what their sender left an interface to do: the ends compute checksums themselves then.
    fn plain(&self) -> bool {
        matches!(self, Self::Suricata(_))
    }
}

/// A path that is ready.
pub(crate) struct Contender {
    pub(crate) path: Path,
    network: Network,
    /// Where the client dials.
    at: SocketAddr,
    child: Option<Child>,
    /// What its program reads; gone with it.
    files: Option<Folder>,
}

impl Contender {
    /// Makes it ready; `None` when its program is not installed, or lets nothing pass.
    pub(crate) fn start(path: Path) -> Option<Self> {
        let network = Network::new(1500, true);
        let device = network.server.enter(|| Device::start("10.9.0.2")).address;
        if path.plain() {
            network.client.run(&["ethtool", "-K", "c", "tx", "off"]);
            network.server.run(&["ethtool", "-K", "s", "tx", "off"]);
        }
        let mut contender = Self { path: path.clone(), network, at: device, child: None, files: None };
        match path {
            Path::Kernel => contender.kernel(),
            Path::Suricata(rules) => {
                let files = suricata::files(rules);
                let mut command = suricata::command(&files, device.port());
                contender.files = Some(files);
                contender.program(&mut command)?;
            }
            Path::Haproxy => contender.haproxy()?,
            Path::Bare(io) => {
                let own = std::env::current_exe().unwrap();
                contender.program(Command::new(own).args([BARE, io.name(), "a", "b"]))?;
            }
            Path::Sluice(items, workers, io) => contender.sluice(items, workers, io)?,
            Path::Denying => contender.sluice(100, 1, Io::Packet)?,
            Path::Command(line) => {
                let line = format!("exec {}", line.replace("{a}", "a").replace("{b}", "b"));
                contender.program(Command::new("sh").args(["-c", &line]))?;
            }
        }
        for ip in contender.sources() {
            contender.network.client.run(&["ip", "addr", "add", &format!("{ip}/24"), "dev", "c"]);
        }
        contender.wait()
    }

    /// The addresses that its connections come from, one each: workers share the work by addresses.
    fn sources(&self) -> Vec<IpAddr> {
        let IpAddr::V4(at) = self.at.ip() else { return Vec::new() };
        let [a, b, c, _] = at.octets();
        (0..WIDTHS[1] as u8).map(|index| Ipv4Addr::new(a, b, c, site::FIRST_SOURCE + index).into()).collect()
    }

    /// One round of the closed loop.
    pub(crate) fn round(&self, width: usize, trips: usize) -> Round {
        let sources = self.sources();
        self.network.client.enter(|| Round::run(self.at, &sources[..width], trips, self.path == Path::Denying))
    }

    /// Resident memory of its program, in KiB.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.as_ref()?.id())).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    fn kernel(&self) {
        let ip = |words: &str| self.network.gateway.run(&words.split(' ').collect::<Vec<_>>());
        ip("ip link add name br0 type bridge mcast_snooping 0");
        ip("ip link set dev br0 up");
        ip("ip link set dev a master br0");
        ip("ip link set dev b master br0");
    }

    fn haproxy(&mut self) -> Option<()> {
        let run = |space: &super::network::Space, words: &str| space.run(&words.split(' ').collect::<Vec<_>>());
        run(&self.network.gateway, "ip addr add 10.8.0.3/24 dev a");
        run(&self.network.gateway, "ip addr add 10.8.1.3/24 dev b");
        run(&self.network.client, "ip addr add 10.8.0.1/24 dev c");
        run(&self.network.server, "ip addr add 10.8.1.2/24 dev s");
        let device = self.network.server.enter(|| Device::start("10.8.1.2")).address;
        self.at = "10.8.0.3:502".parse().unwrap();
        let config = format!(
            "global\n  maxconn 4096\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  \
             timeout server 1h\nlisten modbus\n  bind {}\n  server plc {device}\n",
            self.at
        );
        let files = Folder::new(&[("haproxy.cfg", &config)]);
        let file = files.file("haproxy.cfg");
        self.files = Some(files);
        self.program(Command::new("haproxy").arg("-db").arg("-f").arg(file))
    }

    fn sluice(&mut self, items: usize, workers: usize, io: Io) -> Option<()> {
        let files = site::with_items(items, (workers, io.name()), (self.at, &self.sources()));
        let (folder, config) = (files.path().to_owned(), files.file("box.toml"));
        self.files = Some(files);
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        self.program(command.args(["run", "--site"]).arg(folder).arg("--config").arg(config))
    }

    /// Starts a program between the ports.
    fn program(&mut self, command: &mut Command) -> Option<()> {
        let mut within = Command::new("ip");
        within.args(["netns", "exec", self.network.gateway.name()]).arg(command.get_program()).args(command.get_args());
        let child = within.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        self.child = Some(child);
        Some(())
    }

    /// Waits until connections pass.
    fn wait(mut self) -> Option<Self> {
        let child = &mut self.child;
        let (client, at) = (&self.network.client, self.at);
        let passes = (0..TRIES).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            let runs = child.as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(None)));
            runs && client.enter(|| TcpStream::connect_timeout(&at, Duration::from_millis(500))).is_ok()
        });
        if !passes {
            eprintln!("{} does not run here: its rows are left out", self.path.name());
        }
        passes.then_some(self)
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What the forwarder does, in a process of its own.
pub(crate) fn bare(io: &str, a: &str, b: &str) {
    let interfaces = [a, b].map(|name| Interface::find(name).unwrap());
    let mut ports = interfaces.each_ref().map(|interface| {
        interface.prepare().unwrap();
        Port::open(interface, 1).unwrap().remove(0)
    });
    if io == Io::Xdp.name() {
        through_xdp(&mut ports, interfaces.each_ref(), None).unwrap();
    }
    let [a, b] = &ports;
    forward::forward([a, b], &Waker::new().unwrap(), &AtomicBool::new(false)).unwrap();
}
