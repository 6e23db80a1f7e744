//! Reads one packet: through the views of its frame to the flow that it belongs to.

use super::anomalies::{FLOW_MEMORY_FULL, FLOW_TABLE_FULL, TCP_FRAGMENTED};
use super::flow::Flow;
use super::flows::{Flows, Key, Place};
use super::identify::{self, Found};
use super::ledger::Ledger;
use super::summary::{Class, Content};
use crate::frames::{
    FragmentKey, Ip, IpHead, LinkType, Network, Oddities, Oddity, Packet, Plain, Reassembly, Tcp, TcpFlags, Transport,
    Udp, Vlans, reassembled,
};
use sluice_model::AnomalyKind;
use std::net::SocketAddr;

pub(super) const TCP: u8 = 6;
const UDP: u8 = 17;

/// One packet being read.
pub(super) struct Reading<'o> {
    pub(super) ledger: Ledger<'o>,
    pub(super) flows: &'o mut Flows,
    /// Bytes that the flows keep.
    pub(super) kept: &'o mut usize,
    pub(super) fragments: &'o mut Reassembly,
}

impl Reading<'_> {
    /// Reads it and says what became of it.
    pub(super) fn packet(&mut self, link: LinkType, bytes: &[u8], original: usize) -> Class {
        let packet = match Packet::read(link, bytes, original) {
            Ok(packet) => packet,
            Err(flaw) => {
                self.ledger.odd(flaw.kind, bytes);
                return Class::Rejected;
            }
        };
        match packet.network {
            Network::Arp(arp) => {
                if !arp.sender.is_unspecified() {
                    self.ledger.device(arp.sender.into(), Some(arp.sender_mac));
                }
                Class::Arp
            }
            Network::Ip(ip) => self.ip(&packet, &ip, bytes),
            Network::Ether(kind, _) => self.unidentified(Content::Ether(kind)),
            Network::Llc(llc, _) => self.unidentified(Content::Llc(llc.dsap)),
        }
    }

    /// The same for a packet that was read already.
    pub(super) fn plain(&mut self, plain: &Plain<'_>) -> Class {
        let Plain { mac, source, destination, tcp } = plain;
        let head = IpHead { source: (*source).into(), destination: (*destination).into(), protocol: TCP };
        self.tcp(&head, Some(**mac), Vlans::default(), tcp, true)
    }

    fn unidentified(&mut self, content: Content) -> Class {
        self.ledger.unidentified(content);
        Class::Unidentified
    }

    fn ip(&mut self, packet: &Packet<'_>, ip: &Ip<'_>, bytes: &[u8]) -> Class {
        let vlans = packet.link.vlans;
        self.oddities(packet.oddities, bytes);
        let sound = !packet.oddities.holds(Oddity::BadIpChecksum);
        if let Transport::Tcp(tcp) = &ip.transport {
            return self.tcp(&ip.head, packet.link.source, vlans, tcp, sound);
        }
        self.ledger.device(ip.head.source, packet.link.source);
        let (Some(fragment), Transport::Fragment(piece)) = (ip.fragment, ip.transport) else {
            return self.transport(&ip.head, vlans, &ip.transport, sound);
        };
        if ip.head.protocol == TCP {
            self.ledger.odd(&TCP_FRAGMENTED, bytes);
        }
        if packet.cut {
            return Class::Fragment;
        }
        let key = FragmentKey { head: ip.head, id: fragment.id, vlans, port: 0 };
        let ledger = &mut self.ledger;
        let whole = self.fragments.fragment(ledger.at, key, fragment, piece, &mut |kind| ledger.odd(kind, bytes));
        match whole.as_deref().map(|datagram| reassembled(&ip.head, datagram)) {
            None => Class::Fragment,
            Some(Ok((transport, oddities))) => {
                self.oddities(oddities, bytes);
                self.transport(&ip.head, vlans, &transport, true)
            }
            Some(Err(flaw)) => {
                self.ledger.odd(flaw.kind, bytes);
                Class::Rejected
            }
        }
    }

    fn oddities(&mut self, oddities: Oddities, bytes: &[u8]) {
        for oddity in oddities.iter() {
            self.ledger.odd(oddity.kind(), bytes);
        }
    }

    fn transport(&mut self, head: &IpHead, vlans: Vlans, transport: &Transport<'_>, sound: bool) -> Class {
        match transport {
            Transport::Tcp(tcp) => self.tcp(head, None, vlans, tcp, sound),
            Transport::Udp(udp) => self.udp(head, vlans, udp, sound),
            Transport::Icmp(_) => Class::Icmp,
            Transport::Fragment(_) | Transport::Other(_) => self.unidentified(Content::Ip(head.protocol)),
        }
    }

    /// A segment; `sound` unless its IP header is not what was sent.
    fn tcp(&mut self, head: &IpHead, mac: Option<[u8; 6]>, vlans: Vlans, tcp: &Tcp<'_>, sound: bool) -> Class {
        let ends = (SocketAddr::new(head.source, tcp.source), SocketAddr::new(head.destination, tcp.destination));
        let (key, sender) = Key::of(TCP, vlans.ids(), ends.0, ends.1);
        self.ledger.ends(ends.0, ends.1);
        let opens = tcp.flags.has(TcpFlags::SYN);
        let known = self.flows.find(&key);
        let flow = known.and_then(|place| self.flows.at(place));
        if flow.is_none_or(|flow| flow.is_news(sender)) {
            self.ledger.device(head.source, mac);
        }
        if opens && (tcp.flags.has(TcpFlags::RST) || tcp.flags.has(TcpFlags::FIN)) {
            return Class::Rejected;
        }
        let reused =
            opens && known.and_then(|place| self.flows.at(place)).is_some_and(|f| f.is_reused(sender, tcp.sequence));
        let place = match known {
            None if !opens && tcp.payload.is_empty() => return Class::Control,
            Some(place) if !reused => place,
            _ => self.begin(key, identify::by_port(&key, sender)),
        };
        self.within(place, |flow, ledger| {
            if flow.refuses(sender, sound, tcp.checksum) {
                return Class::Rejected;
            }
            let class = flow.segment(&key, sender, tcp, ledger);
            if class == Class::Unidentified {
                ledger.unidentified(Content::Tcp(key.ends[flow.server(&key)].port()));
            }
            class
        })
    }

    fn udp(&mut self, head: &IpHead, vlans: Vlans, udp: &Udp<'_>, sound: bool) -> Class {
        let ends = (SocketAddr::new(head.source, udp.source), SocketAddr::new(head.destination, udp.destination));
        let (key, sender) = Key::of(UDP, vlans.ids(), ends.0, ends.1);
        self.ledger.ends(ends.0, ends.1);
        let place = if let Some(place) = self.flows.find(&key) {
            place
        } else {
            let found = identify::by_port(&key, sender).or_else(|| identify::probe(&key, sender, None, udp.payload));
            if found.is_none() {
                return self.unidentified(Content::Udp(key.ends[identify::server(&key, None)].port()));
            }
            self.begin(key, found)
        };
        self.within(place, |flow, ledger| {
            if flow.refuses(sender, sound, udp.checksum) {
                return Class::Rejected;
            }
            flow.datagram(&key, sender, udp.payload, ledger)
        })
    }

    /// Follows a new flow, in place of an old one between the same ends, which ended unheard.
    fn begin(&mut self, key: Key, found: Option<Found>) -> Place {
        if let Some(place) = self.flows.find(&key) {
            self.within(place, |old, ledger| {
                old.end(&key, ledger);
                Class::Control
            });
        }
        let place = self.flows.insert(key, Flow::new(found));
        while self.flows.len() > self.ledger.limits.flows {
            self.forget_oldest(&FLOW_TABLE_FULL);
        }
        place
    }

    /// Lets a flow that is in the table read something, and keeps the bounds.
    fn within(&mut self, place: Place, read: impl FnOnce(&mut Flow, &mut Ledger<'_>) -> Class) -> Class {
        let Some(flow) = self.flows.at(place) else { return Class::Rejected };
        let result = read(flow, &mut self.ledger);
        flow.charge(self.kept);
        self.keep_bounds();
        result
    }

    /// Forgets flows until what the others keep is within its bound.
    pub(super) fn keep_bounds(&mut self) {
        while *self.kept > self.ledger.limits.flow_bytes && self.flows.len() > 0 {
            self.forget_oldest(&FLOW_MEMORY_FULL);
        }
    }

    fn forget_oldest(&mut self, why: &'static AnomalyKind) {
        if let Some((key, mut flow)) = self.flows.remove_oldest() {
            *self.kept -= flow.charged();
            self.ledger.between(&key, 0);
            self.ledger.odd(why, &[]);
            flow.end(&key, &mut self.ledger);
        }
    }
}
