//! Address resolution passes between the ends of a conduit alone, and every claim in it is true.
//!
//! What is verified is every byte that leaves: the packet has no more fields than those that are compared here, and what
//! follows it is cut off. IPv4 by ARP (RFC 826, RFC 5227), IPv6 by neighbour discovery (RFC 4861).

use super::Why;
use super::anomalies::{ARP_CLAIM, ARP_TARGET, MISDIRECTED, ND_CLAIM, ND_FORM, SAME_SIDE};
use super::frame::{Frame, Refusal};
use super::lead::link_length;
use crate::frames::{Arp, Icmp, Ip};
use sluice_model::AnomalyKind;
use sluice_policies::decision::{Mode, Reason};
use sluice_policies::policy::{End, Misplaced};
use sluice_policies::site::Mac;
use std::net::{IpAddr, Ipv6Addr};

const ARP_LENGTH: usize = 28;
const REQUEST: u16 = 1;
pub(super) const SOLICITATION: u8 = 135;
pub(super) const ADVERTISEMENT: u8 = 136;
/// Neighbour messages never pass a router.
const HOPS: u8 = 255;
/// Options of neighbour messages: source and target address of the link, nonce (RFC 3971 5.3.2, RFC 7527).
const SOURCE_OPTION: u8 = 1;
const TARGET_OPTION: u8 = 2;
const NONCE_OPTION: u8 = 14;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1);

impl Frame<'_> {
    /// How much of an address resolution passes.
    pub(super) fn resolution(&self, arp: &Arp) -> Result<usize, Refusal> {
        if Mac(arp.sender_mac) != self.source() {
            return Err((&ARP_CLAIM).into());
        }
        let probe = arp.sender.is_unspecified();
        let claimed: IpAddr = if probe { arp.target.into() } else { arp.sender.into() };
        let sender = self.sender(Some(claimed))?;
        if probe && arp.operation != REQUEST {
            return Err((&ARP_CLAIM).into());
        }
        if probe || arp.sender == arp.target {
            self.announces(sender, self.destination().0 == [0xFF; 6])?;
        } else {
            let target = self.asked(arp)?;
            self.related(sender, target)?;
        }
        Ok(link_length(&self.packet) + ARP_LENGTH)
    }

    /// Who is asked, or told.
    fn asked(&self, arp: &Arp) -> Result<End, Refusal> {
        let (to, ip) = (self.destination(), Some(arp.target.into()));
        if arp.operation == REQUEST && to.0 == [0xFF; 6] {
            return self.across(ip, None);
        }
        if arp.operation != REQUEST && Mac(arp.target_mac) != to {
            return Err((&ARP_TARGET).into());
        }
        self.across(ip, Some(to))
    }

    /// Whoever has `ip` across the bridge, at `mac` if that is said.
    fn across(&self, ip: Option<IpAddr>, mac: Option<Mac>) -> Result<End, Refusal> {
        if let Some(mac) = mac {
            return self
                .receiver(ip)
                .and_then(|end| if mac.is_single() { Ok(end) } else { Err((&MISDIRECTED).into()) });
        }
        let asset = ip.and_then(|ip| self.policy.asset_of(ip));
        let mac = asset.and_then(|asset| self.policy.site().asset(asset).macs.first().copied());
        self.seated(ip, mac.unwrap_or(Mac([0; 6])), self.side.other()).map_err(|what| match what {
            Misplaced::Port => (&SAME_SIDE).into(),
            Misplaced::Mac | Misplaced::Vlan => (&MISDIRECTED).into(),
        })
    }

    /// Whether a neighbour solicitation passes.
    pub(super) fn solicitation(&self, ip: &Ip<'_>, icmp: &Icmp<'_>) -> Result<(), Refusal> {
        let (target, options) = neighbour(ip, icmp)?;
        let probe = ip.head.source.is_unspecified();
        for (kind, value) in options {
            match (kind, probe) {
                (SOURCE_OPTION, false) if value == self.source().0 => {}
                (SOURCE_OPTION, _) => return Err((&ND_CLAIM).into()),
                (NONCE_OPTION, _) => {}
                _ => return Err((&ND_FORM).into()),
            }
        }
        let to = ip.head.destination;
        let sender = self.sender(Some(if probe { target } else { ip.head.source }))?;
        let group = solicited(target) == Some(to);
        if !group && to != target {
            return Err((&ND_FORM).into());
        }
        let receiver = self.receiver(Some(to))?;
        if probe {
            return self.announces(sender, group);
        }
        let target = if group { self.across(Some(target), None)? } else { receiver };
        self.related(sender, target)
    }

    /// Whether a neighbour advertisement passes.
    pub(super) fn advertisement(&self, ip: &Ip<'_>, icmp: &Icmp<'_>) -> Result<(), Refusal> {
        let (target, options) = neighbour(ip, icmp)?;
        for (kind, value) in options {
            match kind {
                TARGET_OPTION if value == self.source().0 => {}
                TARGET_OPTION => return Err((&ND_CLAIM).into()),
                _ => return Err((&ND_FORM).into()),
            }
        }
        let sender = self.sender(Some(target))?;
        if self.sender(Some(ip.head.source))? != sender {
            return Err((&ND_CLAIM).into());
        }
        let receiver = self.receiver(Some(ip.head.destination))?;
        if ip.head.destination == IpAddr::V6(ALL_NODES) {
            return self.announces(sender, true);
        }
        self.related(sender, receiver)
    }

    /// An asset tells everyone its own address.
    fn announces(&self, sender: End, everyone: bool) -> Result<(), Refusal> {
        let allowed = self.policy.takes_part(sender) || self.lenient();
        match (allowed, everyone) {
            (false, _) => Err(Why::Policy(Reason::NoConduit).into()),
            (true, false) => Err((&MISDIRECTED).into()),
            (true, true) => Ok(()),
        }
    }

    /// A conduit joins the two.
    pub(super) fn related(&self, one: End, other: End) -> Result<(), Refusal> {
        if self.policy.joined(one, other) || self.lenient() {
            return Ok(());
        }
        Err(Why::Policy(Reason::NoConduit).into())
    }

    /// Whether pairs without a conduit pass.
    fn lenient(&self) -> bool {
        self.policy.site().unmatched.mode != Mode::Enforce
    }
}

/// The address that a neighbour message is about, and its options.
fn neighbour<'p>(
    ip: &Ip<'_>,
    icmp: &Icmp<'p>,
) -> Result<(IpAddr, impl Iterator<Item = (u8, &'p [u8])> + use<'p>), &'static AnomalyKind> {
    let (_, rest) = icmp.payload.split_first_chunk::<4>().ok_or(&ND_FORM)?;
    let (target, mut options) = rest.split_first_chunk::<16>().ok_or(&ND_FORM)?;
    let target = Ipv6Addr::from(*target);
    if ip.hops != HOPS || icmp.code != 0 || target.is_multicast() {
        return Err(&ND_FORM);
    }
    let read = core::iter::from_fn(move || {
        let [kind, units, ..] = *options else {
            // What is no option ends the walk with one that nobody knows.
            return (!core::mem::take(&mut options).is_empty()).then_some((0, &[][..]));
        };
        let length = usize::from(units) * 8;
        let Some((option, rest)) = options.split_at_checked(length).filter(|_| length > 0) else {
            options = &[];
            return Some((0, &[][..]));
        };
        options = rest;
        Some((kind, &option[2..]))
    });
    Ok((target.into(), read))
}

/// The group that listens for questions about an address (RFC 4291 2.7.1).
fn solicited(target: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(target) = target else { return None };
    let [.., a, b, c] = target.octets();
    let low = u16::from_be_bytes([b, c]);
    Some(IpAddr::V6(Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 1, 0xFF00 | u16::from(a), low)))
}
