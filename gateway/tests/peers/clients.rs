//! The clients that we did not write. Each runs its steps and says what it got, in its own words.

use super::programs::{built, installed, python, script};
use super::{mbpoll, tokio_client};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Which client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// pymodbus.
    Pymodbus,
    /// libmodbus.
    Libmodbus,
    /// tokio-modbus.
    Tokio,
    /// mbpoll: a connection for each step.
    Mbpoll,
}

/// One request and what the client made of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its name; `denied-N ...` for one that the policy refuses with exception N.
    pub(crate) name: String,
    /// The client's own words.
    pub(crate) result: String,
}

impl Step {
    /// The exception that the policy refuses it with.
    pub(crate) fn denied(&self) -> Option<u8> {
        self.name.strip_prefix("denied-")?.split(' ').next()?.parse().ok()
    }
}

impl Kind {
    fn command(self) -> Vec<PathBuf> {
        match self {
            Self::Pymodbus => vec![python(), script("pymodbus_client.py")],
            Self::Libmodbus => vec![built("peers/libmodbus_client")],
            Self::Mbpoll => vec![PathBuf::from("mbpoll")],
            Self::Tokio => Vec::new(),
        }
    }

    /// Whether it can be run here.
    pub(crate) fn installed(self) -> bool {
        installed(&self.command())
    }

    /// How this client words exception `code`.
    pub(crate) fn native(self, code: u8) -> String {
        let index = usize::from(code) - 1;
        match self {
            Self::Pymodbus => format!("ExceptionResponse {code}"),
            Self::Libmodbus => ["EMBXILFUN", "EMBXILADD", "EMBXILVAL"][index].to_owned(),
            Self::Tokio => ["IllegalFunction", "IllegalDataAddress", "IllegalDataValue"][index].to_owned(),
            Self::Mbpoll => ["Illegal function", "Illegal data address", "Illegal data value"][index].to_owned(),
        }
    }

    /// Runs every step against `at`.
    pub(crate) fn run(self, at: SocketAddr) -> Vec<Step> {
        let steps = match self {
            Self::Tokio => tokio_client::run(at),
            Self::Mbpoll => mbpoll::run(at),
            Self::Pymodbus | Self::Libmodbus => self.output(at),
        };
        steps.into_iter().map(|(name, result)| Step { name, result }).collect()
    }

    fn output(self, at: SocketAddr) -> Vec<(String, String)> {
        let command = self.command();
        let output = Command::new(&command[0])
            .args(&command[1..])
            .args([at.ip().to_string(), at.port().to_string()])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?} against {at} ended with {}:\n{text}{errors}", output.status);
        text.lines().map(|line| line.split_once(':').unwrap()).map(|(n, r)| (n.into(), r.trim().into())).collect()
    }
}
