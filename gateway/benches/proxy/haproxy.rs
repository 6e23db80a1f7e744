//! Debian's haproxy in TCP mode, what else a plant would put there.

use super::rig::folder::Folder;
use super::rig::{eventually, free};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

/// A running haproxy.
pub(crate) struct Haproxy {
    /// Where clients dial.
    pub(crate) address: SocketAddr,
    child: Child,
    _files: Folder,
}

impl Haproxy {
    /// Starts one before `device`; `None` when it is not installed.
    pub(crate) fn start(device: SocketAddr) -> Option<Self> {
        let address = free("127.0.2.201");
        let config = format!(
            "global\n  maxconn 4096\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  \
             timeout server 1h\nlisten modbus\n  bind {address}\n  server plc {device}\n"
        );
        let files = Folder::new(&[("haproxy.cfg", &config)]);
        let program = ["/usr/sbin/haproxy", "haproxy"].into_iter().find(|p| {
            Command::new(p).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
        });
        let Some(program) = program else {
            eprintln!("haproxy is not installed (`make setup` installs it): its rows are left out");
            return None;
        };
        let child = Command::new(program)
            .arg("-db")
            .arg("-f")
            .arg(files.file("haproxy.cfg"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self { address, child, _files: files };
        eventually("haproxy to listen", || TcpStream::connect(address).ok());
        Some(running)
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
