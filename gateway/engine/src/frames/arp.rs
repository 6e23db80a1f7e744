//! Address resolution (RFC 826) of IPv4 addresses on an Ethernet; every other form is refused.

use super::anomalies::ARP_FORM;
use super::reader::{Reader, word};
use core::net::Ipv4Addr;
use sluice_model::Anomaly;

/// One question, answer or announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// 1 asks, 2 answers.
    pub operation: u16,
    /// The hardware address that the sender claims.
    pub sender_mac: [u8; 6],
    /// The IP address that the sender claims.
    pub sender: Ipv4Addr,
    /// The hardware address asked for or told.
    pub target_mac: [u8; 6],
    /// The IP address asked for or told.
    pub target: Ipv4Addr,
}

/// Reads an ARP packet; what follows it is padding.
pub(super) fn arp(reader: &mut Reader<'_>) -> Result<Arp, Anomaly> {
    let head = reader.array::<8>()?;
    let operation = word(head, 6);
    if head[..6] != [0, 1, 8, 0, 6, 4] || !matches!(operation, 1 | 2) {
        return Err(reader.flaw(&ARP_FORM, 8));
    }
    Ok(Arp {
        operation,
        sender_mac: *reader.array()?,
        sender: Ipv4Addr::from(*reader.array::<4>()?),
        target_mac: *reader.array()?,
        target: Ipv4Addr::from(*reader.array::<4>()?),
    })
}
