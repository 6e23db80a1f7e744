//! Why a file is no capture, and how a capture ended otherwise than it should.

use core::fmt;
use std::io;

/// Why a file is not read at all.
#[derive(Debug)]
pub enum Refused {
    /// The system does not give its bytes.
    Unreadable(io::Error),
    /// It has no byte, or none was written so far.
    Empty,
    /// It begins like no capture.
    Foreign(Vec<u8>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => f.write_str("does not exist"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::Empty => f.write_str("is no capture: nothing is in it"),
            Self::Foreign(head) => {
                f.write_str("is no capture: it begins with")?;
                head.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
                f.write_str("; pcap and pcapng are read, also packed with gzip or zstd")
            }
        }
    }
}

/// Where and why reading ended before the file did.
#[derive(Debug)]
pub struct Stop {
    /// The offset of the record that could not be read, in the unpacked file.
    pub at: u64,
    /// Why.
    pub why: Why,
}

/// Why reading ended.
#[derive(Debug)]
pub enum Why {
    /// The file ends in the middle of a record: it is still being written, or was copied while it was.
    Unfinished,
    /// What stands there is no record, in a sentence.
    Broken(String),
}

impl Stop {
    pub(super) fn unfinished(at: u64) -> Self {
        Self { at, why: Why::Unfinished }
    }

    pub(super) fn broken(at: u64, why: impl Into<String>) -> Self {
        Self { at, why: Why::Broken(why.into()) }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Unfinished => {
                write!(
                    f,
                    "is still being written: the record at byte {} is not complete; all before it was read",
                    self.at
                )
            }
            Why::Broken(why) => write!(f, "is broken at byte {}: {why}; all before it was read", self.at),
        }
    }
}
