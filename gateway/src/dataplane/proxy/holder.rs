//! Who holds a port, as far as /proc tells: only for the sentence that says why a proxy cannot listen.

use core::fmt;
use std::fs;

/// A program that holds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

/// `modbus-server (process 4711)`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// The program that listens on a TCP port; `None` when it cannot be seen from here (another user's, another namespace).
pub(super) fn of_port(port: u16) -> Option<Holder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inodes: Vec<String> =
        tables.iter().flat_map(|table| table.lines()).filter_map(|line| listener(line, port)).collect();
    let wanted: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find_map(|pid| {
        let mut descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
        let holds = descriptors
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|link| wanted.iter().any(|w| link.as_os_str() == w.as_str())));
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        holds.then(|| Holder { name: name.trim().to_owned(), pid })
    })
}

/// The inode of a line of /proc/net/tcp that is a listener on this port.
fn listener(line: &str, port: u16) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let local = fields.get(1)?.rsplit(':').next()?;
    let listens = *fields.get(3)? == "0A" && u16::from_str_radix(local, 16).ok()? == port;
    listens.then(|| fields.get(9).map(ToString::to_string)).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn a_listener_of_this_process_is_found() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(of_port(port).unwrap().pid, std::process::id());
    }

    #[test]
    fn only_listeners_on_the_port_count() {
        let line = |port: &str, state: &str| format!("0: 0100007F:{port} 00000000:0000 {state} 0:0 0:0 0 0 0 777 1");
        assert_eq!(listener(&line("01F6", "0A"), 502).as_deref(), Some("777"));
        assert_eq!(listener(&line("01F6", "01"), 502), None);
        assert_eq!(listener(&line("01F7", "0A"), 502), None);
        assert_eq!(listener("sl local_address rem_address st", 502), None);
    }
}
