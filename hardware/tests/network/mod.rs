//! A network of three namespaces that a test makes and removes: a client, the gateway with two ports, a server.

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]

use rustix::fd::AsFd;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Whether the tests can make namespaces; says so when not.
pub(crate) fn possible() -> bool {
    let root = rustix::process::geteuid().is_root() && Command::new("ip").arg("netns").output().is_ok();
    if !root {
        println!("skipped: network namespaces need root and iproute2");
    }
    root
}

/// A network namespace, removed when this is dropped.
pub(crate) struct Space(String);

impl Space {
    pub(crate) fn new(role: &str) -> Self {
        let name = format!("sluice-{}-{}-{role}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(&["ip", "netns", "add", &name]);
        let space = Self(name);
        space.run(&["ip", "link", "set", "lo", "up"]);
        space
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// Runs a program in it.
    pub(crate) fn run(&self, command: &[&str]) {
        run(&[&["ip", "netns", "exec", &self.0], command].concat());
    }

    /// Waits until frames pass: the kernel lets them some time after the link is up.
    pub(crate) fn settle(&self, interface: &str) {
        for _ in 0..1000 {
            let show =
                Command::new("ip").args(["-n", &self.0, "-o", "link", "show", "dev", interface]).output().unwrap();
            if String::from_utf8_lossy(&show.stdout).contains("state UP") {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("{interface} does not come up");
    }

    /// Runs `work` in it, on a thread of its own.
    pub(crate) fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let work = move || {
                self.join();
                work()
            };
            scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Moves the calling thread into it for good.
    pub(crate) fn join(&self) {
        let file = File::open(format!("/run/netns/{}", self.0)).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).output();
    }
}

/// `client` (interface `c`, 10.9.0.1 and `fd09::1`), `gateway` (ports `a`, `b`), `server` (`s`, 10.9.0.2 and `fd09::2`).
pub(crate) struct Network {
    pub(crate) client: Space,
    pub(crate) gateway: Space,
    pub(crate) server: Space,
}

impl Network {
    pub(crate) fn new(mtu: u32, offloads: bool) -> Self {
        let [client, gateway, server] = ["client", "gateway", "server"].map(Space::new);
        let mtu = mtu.to_string();
        for (port, end, peer) in [("a", &client, "c"), ("b", &server, "s")] {
            let (name, own) = (gateway.name().to_owned(), end.name().to_owned());
            run(&[
                "ip", "link", "add", "name", port, "mtu", &mtu, "netns", &name, "type", "veth", "peer", "name", peer,
                "mtu", &mtu, "netns", &own,
            ]);
            if !offloads {
                let off = ["tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off"];
                end.run(&[&["ethtool", "-K", peer], &off[..]].concat());
                gateway.run(&[&["ethtool", "-K", port], &off[..]].concat());
            }
        }
        for (end, interface, last) in [(&client, "c", 1), (&server, "s", 2)] {
            end.run(&["ip", "addr", "add", &format!("10.9.0.{last}/24"), "dev", interface]);
            end.run(&["ip", "addr", "add", &format!("fd09::{last}/64"), "dev", interface, "nodad"]);
            end.run(&["ip", "link", "set", interface, "up"]);
        }
        for port in ["a", "b"] {
            gateway.run(&["ip", "link", "set", "dev", port, "up"]);
        }
        for (space, interface) in [(&gateway, "a"), (&gateway, "b"), (&client, "c"), (&server, "s")] {
            space.settle(interface);
        }
        Self { client, gateway, server }
    }
}

pub(crate) fn run(command: &[&str]) {
    let output = Command::new(command[0]).args(&command[1..]).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
