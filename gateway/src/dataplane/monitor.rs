//! Listening: frames of an interface come through libpcap, with the kernel's filter and its count of what was lost.
//!
//! Built with the feature `monitor` alone, because libpcap must be there to link with (ADR 0022).

use core::fmt;
use pcap::{Active, Capture, Error, Precision};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sluice_engine::frames::LinkType;
use sluice_model::Instant;

/// What is asked of the kernel unless the user says otherwise, the first that the link type allows: protocols that are
/// read here stand in nothing but IP, and ARP tells who is there.
const FILTERS: [&str; 3] = ["arp or ip or ip6 or vlan", "arp or ip or ip6", ""];
/// Milliseconds after which the kernel hands over what it has, however little.
const WAIT: i32 = 100;
/// Most bytes that are kept of a packet.
const SNAP: i32 = 262_144;
/// Bytes of the kernel's buffer.
const BUFFER: i32 = 8 << 20;

/// An interface that is listened to.
pub struct Port {
    capture: Capture<Active>,
    link: LinkType,
    filter: String,
}

/// A packet that went by.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'p> {
    /// When, in nanoseconds since 1970.
    pub at: Instant,
    /// What was kept of it.
    pub bytes: &'p [u8],
    /// How many bytes it had.
    pub original_length: usize,
}

/// What the kernel counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Kernel {
    /// Packets that passed the filter; on loopback each twice, going out and coming in.
    pub received: u32,
    /// Packets that were lost because nobody took them in time.
    pub dropped: u32,
    /// Packets that the interface lost before.
    pub dropped_by_interface: u32,
}

/// Why an interface cannot be listened to; one sentence that says what to do.
#[derive(Debug)]
pub enum Refused {
    /// There is none of this name; those that there are.
    Missing(String, Vec<String>),
    /// The process may not.
    Forbidden(String),
    /// The filter is wrong.
    Filter(String, String),
    /// Something else, in libpcap's words.
    Other(String, String),
}

impl Port {
    /// Begins to listen; every frame that goes by counts, whomever it is for.
    ///
    /// # Errors
    /// With the reason for which it cannot.
    pub fn open(interface: &str, filter: Option<&str>) -> Result<Self, Refused> {
        let other = |error: &Error| Refused::Other(interface.to_owned(), words(error));
        let device = Capture::from_device(interface).map_err(|e| other(&e))?;
        let device = device.promisc(true).snaplen(SNAP).buffer_size(BUFFER).timeout(WAIT);
        let mut capture = device.precision(Precision::Nano).open().map_err(|e| refused(interface, &e))?;
        // A blocking read sleeps for as long as nothing comes, whatever time-out it was given.
        capture = capture.setnonblock().map_err(|e| other(&e))?;
        let filter = match filter {
            Some(own) => {
                let wrong = |e| Refused::Filter(own.to_owned(), words(&e));
                capture.filter(own, true).map_err(wrong)?;
                own
            }
            None => FILTERS.into_iter().find(|usual| capture.filter(usual, true).is_ok()).unwrap_or_default(),
        };
        let link = LinkType::from_number(capture.get_datalink().0.cast_unsigned());
        Ok(Self { capture, link, filter: filter.to_owned() })
    }

    /// What its packets begin with.
    pub fn link(&self) -> LinkType {
        self.link
    }

    /// The filter in the kernel; empty if everything passes.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Sleeps until there are packets, or for a tenth of a second.
    pub fn wait(&self) {
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(WAIT) * 1_000_000 };
        // When it fails, or a signal comes, the next read says what there is.
        let _ = poll(&mut [PollFd::new(&self.capture, PollFlags::IN)], Some(&wait));
    }

    /// The next packet; `None` when there is none now.
    ///
    /// # Errors
    /// In libpcap's words when there will be no more: the interface went down, or is gone.
    pub fn next_packet(&mut self) -> Result<Option<Heard<'_>>, String> {
        match self.capture.next_packet() {
            Ok(packet) => {
                let header = packet.header;
                // With this precision libpcap has nanoseconds where others have microseconds.
                let at = header.ts.tv_sec.cast_unsigned() * 1_000_000_000 + header.ts.tv_usec.cast_unsigned();
                let original_length = header.len as usize;
                Ok(Some(Heard { at: Instant(at), bytes: packet.data, original_length }))
            }
            Err(Error::TimeoutExpired | Error::NoMorePackets) => Ok(None),
            Err(error) => Err(words(&error)),
        }
    }

    /// What the kernel counted since the beginning.
    pub fn kernel(&mut self) -> Kernel {
        let counted = self.capture.stats();
        counted.map_or_else(
            |_| Kernel::default(),
            |c| Kernel { received: c.received, dropped: c.dropped, dropped_by_interface: c.if_dropped },
        )
    }
}

/// libpcap's own words.
fn words(error: &Error) -> String {
    match error {
        Error::PcapError(words) => words.clone(),
        other => other.to_string(),
    }
}

/// Why libpcap does not begin.
fn refused(interface: &str, error: &Error) -> Refused {
    let said = words(error);
    if said.contains("No such device") || said.contains("doesn't exist") {
        Refused::Missing(interface.to_owned(), interfaces())
    } else if said.contains("ermission") || said.contains("not permitted") {
        Refused::Forbidden(interface.to_owned())
    } else {
        Refused::Other(interface.to_owned(), said)
    }
}

/// The names of the interfaces that there are.
fn interfaces() -> Vec<String> {
    let folder = std::fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    let mut names: Vec<String> = folder.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(interface, known) => {
                write!(f, "there is no interface `{interface}`; there are {}", known.join(", "))
            }
            Self::Forbidden(interface) => write!(
                f,
                "listening on {interface} needs root, or the capability: setcap cap_net_raw+ep $(command -v sluice)"
            ),
            Self::Filter(filter, why) => {
                write!(f, "the filter `{filter}` is wrong: {why}; man pcap-filter has its words")
            }
            Self::Other(interface, why) => write!(f, "{interface} cannot be listened to: {why}"),
        }
    }
}

impl core::error::Error for Refused {}
