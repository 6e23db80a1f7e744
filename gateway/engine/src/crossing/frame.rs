//! One frame with everything that is known when it comes, and why it may not pass.

use super::anomalies::{MISPLACED_CHECKSUM, PARTIAL_CHECKSUM, SPOOF_MAC, SPOOF_PORT, SPOOF_VLAN};
use super::build::header_length;
use super::lead::link_length;
use super::{Bound, Offload, Side, Traffic, Why};
use crate::Response;
use crate::frames::{Checksum, Ip, LinkType, Network, Oddities, Oddity, Packet, Transport};
use sluice_model::{AnomalyKind, Instant};
use sluice_policies::decision::{ConduitId, Decision, OnDeny, StatementId, Verdict};
use sluice_policies::policy::{Misplaced, Policy, Seen};
use sluice_policies::site::{GatewayId, Mac};
use std::net::IpAddr;
use std::sync::Arc;

/// What no careful receiver takes. What else is odd is dealt with where its connection is known.
const UNACCEPTABLE: [Oddity; 14] = [
    Oddity::BadIpChecksum,
    Oddity::BadTransportChecksum,
    Oddity::IpOptions,
    Oddity::ExtensionHeaders,
    Oddity::AtomicFragment,
    Oddity::ZeroLength,
    Oddity::ZeroHops,
    Oddity::ReservedFlag,
    Oddity::BadSource,
    Oddity::BadTcpOptions,
    Oddity::TcpFlags,
    Oddity::PortZero,
    Oddity::UdpTrailing,
    Oddity::Urgent,
];

/// A frame that came in.
pub(super) struct Frame<'f> {
    pub(super) now: Instant,
    pub(super) policy: &'f Arc<Policy>,
    pub(super) gateway: GatewayId,
    pub(super) side: Side,
    pub(super) bytes: &'f [u8],
    pub(super) offload: Offload,
    pub(super) packet: Packet<'f>,
}

/// Why a frame may not pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) why: Why,
    pub(super) conduit: ConduitId,
    pub(super) statement: Option<StatementId>,
    pub(super) on_deny: OnDeny,
}

impl From<&'static AnomalyKind> for Refusal {
    fn from(kind: &'static AnomalyKind) -> Self {
        Why::Anomaly(kind).into()
    }
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self { why, conduit: ConduitId::UNMATCHED, statement: None, on_deny: OnDeny::Drop }
    }
}

impl Refusal {
    /// Of what the policy does not allow; `None` when it does.
    pub(super) fn of(decision: &Decision) -> Option<Self> {
        let Decision { conduit, statement, on_deny, reason, .. } = *decision;
        reason.map(|reason| Self { why: Why::Policy(reason), conduit, statement, on_deny })
    }
}

impl<'f> Frame<'f> {
    /// Reads the frame; what it returns is acceptable as far as a frame by itself can be.
    pub(super) fn read(bytes: &'f [u8], offload: Offload) -> Result<Packet<'f>, &'static AnomalyKind> {
        let packet = Packet::read(LinkType::Ethernet, bytes, bytes.len()).map_err(|anomaly| anomaly.kind)?;
        let transport = if let Network::Ip(ip) = &packet.network { &ip.transport } else { &Transport::Other(&[]) };
        Self::acceptable(packet.oddities, transport, offload.unfinished.is_some())?;
        if offload.unfinished.is_some() && offload.unfinished != checksum_place(&packet) {
            return Err(&MISPLACED_CHECKSUM);
        }
        Ok(packet)
    }

    /// Whether a careful receiver takes a packet; a partial checksum only from a port that vouches for it.
    pub(super) fn acceptable(
        oddities: Oddities,
        transport: &Transport<'_>,
        partial: bool,
    ) -> Result<(), &'static AnomalyKind> {
        if let Some(oddity) = UNACCEPTABLE.iter().find(|o| oddities.holds(**o)) {
            return Err(oddity.kind());
        }
        let checksum = match transport {
            Transport::Tcp(tcp) => tcp.checksum,
            Transport::Udp(udp) => udp.checksum,
            Transport::Icmp(icmp) => icmp.checksum,
            Transport::Fragment(_) | Transport::Other(_) => Checksum::Right,
        };
        if checksum == Checksum::Partial && !partial { Err(&PARTIAL_CHECKSUM) } else { Ok(()) }
    }

    pub(super) fn source(&self) -> Mac {
        Mac(self.packet.link.source.unwrap_or_default())
    }

    pub(super) fn destination(&self) -> Mac {
        Mac(self.packet.link.destination.unwrap_or_default())
    }

    /// Its VLAN in the words of the policy.
    fn vlan(&self) -> u16 {
        match self.packet.link.vlans.networks() {
            [only @ ..=0x0FFF, 0] | [0, only @ ..=0x0FFF] => only,
            _ => Seen::STACKED,
        }
    }

    /// What it says of a device with these addresses, at `side`.
    pub(super) fn seen(&self, ip: Option<IpAddr>, mac: Mac, side: Side) -> Seen {
        Seen { ip, mac, vlan: self.vlan(), side: side as u8 }
    }

    /// How long it is without what lies behind its IP packet.
    pub(super) fn length(&self) -> usize {
        self.bytes.len() - self.packet.trailing
    }

    /// How its refusal was answered: of what nothing can be told, nothing was.
    pub(super) fn answered(&self, refusal: &Refusal) -> Response {
        match (refusal.why, self.traffic()) {
            (Why::Bound(Bound::Kept | Bound::KeptOfSource), _) => Response::Reset,
            (_, Traffic::Tcp(..)) if refusal.on_deny != OnDeny::Drop => Response::Reset,
            _ => Response::Dropped,
        }
    }

    /// What it carries.
    pub(super) fn traffic(&self) -> Traffic {
        match self.packet.network {
            Network::Arp(arp) => Traffic::Arp(arp.operation),
            Network::Ether(number, _) => Traffic::Ether(number),
            Network::Llc(llc, _) => Traffic::Llc(llc.dsap),
            Network::Ip(Ip { transport, head, .. }) => match transport {
                Transport::Tcp(tcp) => Traffic::Tcp(tcp.source, tcp.destination),
                Transport::Udp(udp) => Traffic::Udp(udp.source, udp.destination),
                Transport::Icmp(icmp) => Traffic::Icmp(icmp.kind, icmp.code),
                Transport::Fragment(_) | Transport::Other(_) => Traffic::Ip(head.protocol),
            },
        }
    }

    /// The IP addresses of its sender and its receiver.
    pub(super) fn addresses(&self) -> (Option<IpAddr>, Option<IpAddr>) {
        match self.packet.network {
            Network::Ip(Ip { head, .. }) => (Some(head.source), Some(head.destination)),
            Network::Arp(arp) => (Some(arp.sender.into()), Some(arp.target.into())),
            Network::Ether(..) | Network::Llc(..) => (None, None),
        }
    }
}

/// Where the transport of a packet begins, and how far behind that its checksum stands. An interface that is told another
/// place would write over what was judged.
fn checksum_place(packet: &Packet<'_>) -> Option<(u16, u16)> {
    let Network::Ip(ip) = &packet.network else { return None };
    let at = match ip.transport {
        Transport::Tcp(_) => 16,
        Transport::Udp(_) => 6,
        _ => return None,
    };
    Some(((link_length(packet) + header_length(&ip.head)) as u16, at))
}

/// Whether a frame is about who listens to groups of the link (MLD, RFC 3810 5). Every host of IPv6 says so unasked, behind
/// options that no frame passes with: it is dropped and counted, and nobody need hear of it.
pub(super) fn is_of_listeners(frame: &[u8]) -> bool {
    let Some((header, packet)) = frame.split_at_checked(14) else { return false };
    let Some(packet) = packet.first_chunk::<49>().filter(|_| header[12..] == [0x86, 0xDD]) else { return false };
    let options = packet[6] == 0 && packet[40..42] == [58, 0];
    options && packet[24..26] == [0xFF, 2] && matches!(packet[48], 130..=132 | 143)
}

/// What the policy's words for a misplaced sender are here.
pub(super) const fn spoof(what: Misplaced) -> &'static AnomalyKind {
    match what {
        Misplaced::Mac => &SPOOF_MAC,
        Misplaced::Vlan => &SPOOF_VLAN,
        Misplaced::Port => &SPOOF_PORT,
    }
}

/// Whether a decision lets a packet pass, and the refusal to report if it is not allowed.
pub(super) fn ruling(decision: &Decision) -> (bool, Option<Refusal>) {
    (decision.verdict != Verdict::Deny, Refusal::of(decision))
}
