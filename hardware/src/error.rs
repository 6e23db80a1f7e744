//! What keeps a port from being used, in the words of whoever has to mend it.

use core::fmt;
use std::io;

/// Why a port, or the wire between two, cannot be had.
#[derive(Debug)]
pub enum Error {
    /// There is no such interface; there are these.
    NoSuchInterface {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        there: Vec<String>,
    },
    /// It is no Ethernet interface.
    NotEthernet(String),
    /// It belongs to a bridge, a bond or the like.
    Enslaved {
        /// The interface.
        name: String,
        /// What it belongs to.
        master: String,
    },
    /// Another gateway uses it.
    Taken(String),
    /// It is switched off.
    Down(String),
    /// It cannot be read through `AF_XDP`.
    NoXdp {
        /// The interface.
        name: String,
        /// What is in the way.
        why: String,
    },
    /// The process may not.
    NoPermission {
        /// What it tried.
        doing: String,
    },
    /// The system refuses something else.
    System {
        /// What it was asked for.
        doing: String,
        /// Its answer.
        error: io::Error,
    },
}

impl Error {
    /// The system's answer to an attempt at `doing`.
    pub(crate) fn system(doing: impl Into<String>, error: impl Into<io::Error>) -> Self {
        let (doing, error) = (doing.into(), error.into());
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::NoPermission { doing };
        }
        Self::System { doing, error }
    }
}

/// One sentence that says what to do.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchInterface { name, there } if there.is_empty() => {
                write!(f, "there is no network interface `{name}` on this machine, and no other that could be a port")
            }
            Self::NoSuchInterface { name, there } => {
                write!(f, "there is no network interface `{name}` on this machine; there are {}", there.join(", "))
            }
            Self::NotEthernet(name) => write!(f, "`{name}` is no Ethernet interface: a port of a bridge must be one"),
            Self::Enslaved { name, master } => write!(
                f,
                "`{name}` belongs to `{master}`: a port of the gateway must be free; take it out with `ip link set {name} nomaster`"
            ),
            Self::Taken(name) => write!(f, "another gateway on this machine uses `{name}`: stop that one first"),
            Self::Down(name) => write!(f, "`{name}` is switched off: `ip link set {name} up` switches it on"),
            Self::NoXdp { name, why } => write!(f, "`{name}` cannot be read through AF_XDP: {why}"),
            Self::NoPermission { doing } => write!(
                f,
                "not permitted to {doing}: run as root, or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF"
            ),
            Self::System { doing, error } => write!(f, "cannot {doing}: {error}"),
        }
    }
}

impl core::error::Error for Error {}
