//! The facts of links: `RTM_GETLINK`, and their flags: `RTM_NEWLINK`.

use super::message::{Message, Reply, flag, word};
use super::request;
use std::io;

const NEW_LINK: u16 = 16;
const GET_LINK: u16 = 18;
/// Bytes of `struct ifinfomsg`.
pub(super) const FIXED: usize = 16;

const ADDRESS: u16 = 1;
const NAME: u16 = 3;
const MTU: u16 = 4;
const MASTER: u16 = 10;
const CARRIER: u16 = 33;

/// What the kernel says of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) index: u32,
    /// The hardware, `ARPHRD_*`.
    pub(crate) hardware: u16,
    /// `IFF_*`.
    pub(crate) flags: u32,
    pub(crate) name: String,
    pub(crate) address: Option<[u8; 6]>,
    pub(crate) mtu: u32,
    /// What it belongs to.
    pub(crate) master: Option<u32>,
    pub(crate) carrier: bool,
}

impl Link {
    /// What a message tells of a link; `None` when it tells of none.
    pub(super) fn of(reply: &Reply<'_>) -> Option<Self> {
        if reply.kind != NEW_LINK {
            return None;
        }
        let hardware = u16::from_ne_bytes(*reply.body.get(2..)?.first_chunk()?);
        let index = word(reply.body.get(4..)?)?;
        let flags = word(reply.body.get(8..)?)?;
        let mut link = Self { index, hardware, flags, ..Self::default() };
        for (kind, value) in reply.attributes(FIXED) {
            match kind {
                ADDRESS => link.address = value.try_into().ok(),
                NAME => link.name = String::from_utf8_lossy(value.strip_suffix(b"\0").unwrap_or(value)).into_owned(),
                MTU => link.mtu = word(value).unwrap_or_default(),
                MASTER => link.master = word(value),
                CARRIER => link.carrier = value.first() == Some(&1),
                _ => {}
            }
        }
        Some(link)
    }
}

/// Every link of this network namespace.
pub(crate) fn links() -> io::Result<Vec<Link>> {
    let mut links = Vec::new();
    request(&Message::new(GET_LINK, flag::DUMP, &[0; FIXED]), |reply| links.extend(Link::of(reply)))?;
    Ok(links)
}

/// Makes the flags of `mask` be as in `flags`.
pub(crate) fn set_flags(index: u32, flags: u32, mask: u32) -> io::Result<()> {
    let mut fixed = [0; FIXED];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed[8..12].copy_from_slice(&flags.to_ne_bytes());
    fixed[12..16].copy_from_slice(&mask.to_ne_bytes());
    request(&Message::new(NEW_LINK, flag::ACK, &fixed), |_| ())
}
