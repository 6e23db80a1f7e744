//! What makes a command end with status 2, in words for whoever has to mend it.

use crate::config::Mistake;
use crate::gateway::StartError;
use core::fmt;
use std::io;
use std::path::PathBuf;

/// Why a command could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// A file or folder is missing or cannot be read.
    File(PathBuf, io::Error),
    /// A file cannot be written.
    Unwritten(PathBuf, io::Error),
    /// The folder is no site.
    NoSite(PathBuf),
    /// The site's files are wrong, as was shown before.
    BadSite(PathBuf, usize),
    /// Not everything that the site means was approved, as was shown before.
    Unapproved(PathBuf, usize),
    /// `box.toml` is wrong.
    BadConfig(PathBuf, Vec<Mistake>),
    /// The site has several gateways, or none, and none was named.
    WhichGateway(Vec<String>),
    /// The gateway cannot start.
    Start(StartError),
    /// Capture files are missing, broken or none; a line each.
    Capture(String),
    /// Something in the call is wrong.
    Call(String),
    /// The gateway cannot go on.
    Lost(String),
    /// The system refuses what the program needs.
    System(String),
    /// Output cannot be written.
    Output(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "{} does not exist", path.display())
            }
            Self::File(path, error) => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Unwritten(path, error) => write!(f, "{} cannot be written: {error}", path.display()),
            Self::NoSite(path) => {
                write!(f, "{} is no site: it has no site.toml; --site wants the folder that holds it", path.display())
            }
            Self::BadSite(path, errors) => {
                let s = if *errors == 1 { "" } else { "s" };
                write!(f, "the site in {} has {errors} error{s}", path.display())
            }
            Self::Unapproved(path, errors) => {
                let s = if *errors == 1 { "" } else { "s" };
                write!(f, "the site in {} is not approved ({errors} reason{s}); it is not put in force", path.display())
            }
            Self::BadConfig(path, mistakes) => {
                let lines: Vec<String> = mistakes.iter().map(|m| format!("{}:{m}", path.display())).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::WhichGateway(known) if known.is_empty() => {
                f.write_str("the site has no gateway: add a [gateways.NAME] table with a proxy")
            }
            Self::WhichGateway(known) => {
                write!(f, "the site has several gateways ({}); say which one this is: --gateway NAME", known.join(", "))
            }
            Self::Start(error) => error.fmt(f),
            Self::Call(message) | Self::Capture(message) => f.write_str(message),
            Self::Lost(why) => write!(f, "the gateway cannot go on: {why}"),
            Self::System(error) => write!(f, "the system refuses what the program needs: {error}"),
            Self::Output(error) => write!(f, "output cannot be written: {error}"),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}
