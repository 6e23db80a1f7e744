//! Python programs that a test talks with.

use super::programs::{installed, python};
use super::rig::{PATIENCE, free};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conditions").join(name)
}

/// Whether pymodbus is here; says so when it is not, and fails when it must be.
pub(crate) fn pymodbus() -> bool {
    installed(&[python()])
}

/// A running program.
struct Program {
    child: Child,
    said: Receiver<String>,
}

impl Program {
    fn start(name: &str, arguments: &[String]) -> Self {
        let mut child = Command::new(python())
            .arg(script(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (say, said) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        let program = Self { child, said };
        assert_eq!(program.hear(), "ready", "{name}");
        program
    }

    fn hear(&self) -> String {
        self.said.recv_timeout(PATIENCE).expect("the program says something")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A controller.
pub(crate) struct Plc {
    pub(crate) address: SocketAddr,
    _program: Program,
}

impl Plc {
    pub(crate) fn start(ip: &str) -> Self {
        let address = free(ip);
        let arguments = [address.ip().to_string(), address.port().to_string()];
        Self { address, _program: Program::start("plc.py", &arguments) }
    }
}

/// An operator station, on one connection.
pub(crate) struct Hmi {
    program: Program,
    input: ChildStdin,
}

impl Hmi {
    /// Connects from `source` to `to`.
    pub(crate) fn connect(source: &str, to: SocketAddr) -> Self {
        let arguments = [to.ip().to_string(), to.port().to_string(), source.to_owned()];
        let mut program = Program::start("hmi.py", &arguments);
        let input = program.child.stdin.take().unwrap();
        Self { program, input }
    }

    /// Asks without waiting for what comes of it.
    pub(crate) fn ask(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// What came of what was asked.
    pub(crate) fn hear(&self) -> String {
        self.program.hear()
    }

    /// Asks, and what comes of it.
    pub(crate) fn does(&mut self, line: &str) -> String {
        self.ask(line);
        self.hear()
    }
}
