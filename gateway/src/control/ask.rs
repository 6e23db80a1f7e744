//! The commands' end of the socket.

use super::request::{LONGEST, Reply, Request};
use core::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the gateway may take: a large site is read again meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Unanswered(PathBuf, io::Error);

/// Asks the gateway whose socket is at `path`.
///
/// # Errors
/// When nobody answers there.
pub(crate) fn ask(path: &Path, request: &Request) -> Result<Reply, Unanswered> {
    converse(path, request).map_err(|error| Unanswered(path.to_owned(), error))
}

fn converse(path: &Path, request: &Request) -> io::Result<Reply> {
    let mut gateway = UnixStream::connect(path)?;
    gateway.set_read_timeout(Some(PATIENCE))?;
    gateway.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    gateway.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(gateway).take(LONGEST as u64).read_line(&mut answer)?;
    if answer.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up: too many ask at the same time"));
    }
    Ok(serde_json::from_str(&answer)?)
}

/// What to do about it.
impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, error) = self;
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => write!(
                f,
                "no gateway listens at {path}: is it running, and does its box.toml name another [control] socket? Say which: --socket"
            ),
            io::ErrorKind::ConnectionRefused => write!(f, "the gateway of {path} does not run any more"),
            io::ErrorKind::PermissionDenied => {
                write!(f, "you may not speak to the gateway at {path}: its user and group may")
            }
            _ => write!(f, "the gateway at {path} gives no answer: {error}"),
        }
    }
}
