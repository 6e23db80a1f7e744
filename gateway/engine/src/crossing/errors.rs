//! ICMP errors pass when they concern a flow, from where the flow's packets go; what they quote of it is translated.

use super::anomalies::{ICMP_QUOTE, ICMP_UNRELATED};
use super::bridge::Bridge;
use super::build;
use super::flow::{Entry, Kind};
use super::frame::{Frame, Refusal};
use super::key::Ends;
use super::lead::Lead;
use super::{Leaving, Outcome};
use crate::bridge::Seq;
use crate::frames::{Icmp, Ip, IpHead, checksum};
use sluice_model::Direction;
use sluice_policies::policy::End;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const TCP_HEADER: u16 = 20;
/// What every error quotes of a packet behind its IP header (RFC 792).
const QUOTED: usize = 8;
/// Packets that every path takes: no router may ask for shorter ones (RFC 8200 5; what Linux takes for IPv4).
const LEAST_V4: u16 = 552;
const LEAST_V6: u32 = 1280;

/// The packet that an error is about.
struct Quote<'p> {
    head: IpHead,
    /// Its IP header.
    network: &'p [u8],
    /// The first bytes behind.
    transport: &'p [u8; QUOTED],
}

impl<'p> Quote<'p> {
    fn read(bytes: &'p [u8], v4: bool) -> Option<Self> {
        let (network, rest) = bytes.split_at_checked(if v4 { 20 } else { 40 })?;
        let transport = rest.first_chunk()?;
        let head = if v4 {
            let ip = |at: usize| Ipv4Addr::new(network[at], network[at + 1], network[at + 2], network[at + 3]);
            // A first fragment has its ports, but nobody who sends TCP or asks by ICMP sends fragments.
            if network[0] != 0x45 || network[6] & 0x3F != 0 || network[7] != 0 {
                return None;
            }
            IpHead { source: ip(12).into(), destination: ip(16).into(), protocol: network[9] }
        } else {
            let ip = |at: usize| network[at..at + 16].first_chunk().map(|b: &[u8; 16]| IpAddr::V6(Ipv6Addr::from(*b)));
            if network[0] >> 4 != 6 {
                return None;
            }
            IpHead { source: ip(8)?, destination: ip(24)?, protocol: network[6] }
        };
        Some(Self { head, network, transport })
    }

    /// The ends of the flow that it was sent in, as if its sender had opened it.
    fn ends(&self) -> Ends {
        let word = |at: usize| u16::from_be_bytes([self.transport[at], self.transport[at + 1]]);
        match self.head.protocol {
            TCP | UDP => Ends::of(&self.head, word(0), word(2)),
            // The identifier and the type of a question.
            _ => Ends::of(&self.head, word(4), self.transport[0].into()),
        }
    }
}

impl Bridge {
    /// An error.
    pub(super) fn icmp_error(
        &mut self,
        frame: &Frame<'_>,
        ip: &Ip<'_>,
        icmp: &Icmp<'_>,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let (about, quoted) = icmp.payload.split_first_chunk::<4>().ok_or(&ICMP_QUOTE)?;
        let quote = Quote::read(quoted, ip.head.source.is_ipv4()).ok_or(&ICMP_QUOTE)?;
        if quote.head.source != ip.head.destination || asks_for_too_little(&ip.head, icmp, *about) {
            return Err((&ICMP_QUOTE).into());
        }
        let sender = frame.sender(Some(ip.head.source))?;
        frame.receiver(Some(ip.head.destination))?;
        if !matches!(sender, End::Asset(_)) && ip.head.source != quote.head.destination {
            return Err((&ICMP_UNRELATED).into());
        }
        let ends = quote.ends();
        let place = self.table.find(&ends.key()).ok_or(&ICMP_UNRELATED)?;
        self.wake(place, frame.policy);
        let entry = self.table.entry_mut(place).ok_or(&ICMP_UNRELATED)?;
        let direction = entry.ends.direction(ends.client);
        // It comes from where the packet went.
        if entry.exit(direction) != frame.side || entry.vlans != frame.packet.link.vlans.networks() {
            return Err((&ICMP_UNRELATED).into());
        }
        let transport =
            translated(entry, direction, &quote, narrower(&ip.head, icmp, *about)).ok_or(&ICMP_UNRELATED)?;
        let content = [&[icmp.kind, icmp.code, 0, 0], &about[..], quote.network, &transport].concat();
        let lead = Lead::of(frame.bytes, &frame.packet, ip.hops);
        self.scratch.add(frame.side.other(), |bytes| {
            lead.begin(bytes, &ip.head, 0, content.len());
            let start = bytes.len();
            bytes.extend_from_slice(&content);
            let v6 = ip.head.protocol == ICMPV6;
            let covered = checksum::pseudo(ip.head.source, ip.head.destination, ICMPV6, content.len());
            build::seal(bytes, start, 2, if v6 { covered } else { 0 });
        });
        self.scratch.send(out);
        Ok(Outcome::Consumed)
    }
}

/// What was quoted, in the numbers of the one who sent it; `None` when that one did not send it.
fn translated(entry: &mut Entry, direction: Direction, quote: &Quote<'_>, narrow: Option<u16>) -> Option<[u8; QUOTED]> {
    let mut transport = *quote.transport;
    match &mut entry.kind {
        Kind::Inspected(flow) => {
            let [_, _, _, _, a, b, c, d] = transport;
            let (sequence, _) = flow.quoted(direction, Seq(u32::from_be_bytes([a, b, c, d])), None)?;
            transport[4..].copy_from_slice(&sequence.0.to_be_bytes());
            if let Some(bytes) = narrow {
                flow.narrow(direction, bytes);
            }
        }
        Kind::Followed(_) => {}
        Kind::Asked if direction == Direction::ToServer || quote.head.protocol == UDP => {}
        Kind::Asleep(_) | Kind::Asked => return None,
    }
    Some(transport)
}

/// How much content and options of a TCP segment a link takes, where an error says so.
fn narrower(head: &IpHead, icmp: &Icmp<'_>, about: [u8; 4]) -> Option<u16> {
    let headers = build::header_length(head) as u16 + TCP_HEADER;
    match (head.protocol, icmp.kind, icmp.code) {
        (ICMPV6, 2, _) => Some((u32::from_be_bytes(about).min(0xFFFF) as u16).saturating_sub(headers)),
        (1, 3, 4) => Some(u16::from_be_bytes([about[2], about[3]]).saturating_sub(headers)),
        _ => None,
    }
}

/// Whether an error asks for packets shorter than any link needs.
fn asks_for_too_little(head: &IpHead, icmp: &Icmp<'_>, about: [u8; 4]) -> bool {
    match (head.protocol, icmp.kind, icmp.code) {
        (ICMPV6, 2, _) => u32::from_be_bytes(about) < LEAST_V6,
        (1, 3, 4) => u16::from_be_bytes([about[2], about[3]]) < LEAST_V4,
        _ => false,
    }
}
