//! Frames of the plant's hosts.

use crate::build::{self, Segment};
use crate::plant::Host;
use std::net::{IpAddr, SocketAddr};

pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;
pub const FIN: u8 = 1;

/// An Ethernet frame from one host to another, behind `tags`.
pub fn ether(from: &Host, to: &Host, tags: &[u8], packet: &[u8]) -> Vec<u8> {
    let kind: &[u8] = if packet[0] >> 4 == 4 { &[8, 0] } else { &[0x86, 0xDD] };
    [&to.mac, &from.mac, tags, kind, packet].concat()
}

/// The tag of a VLAN.
pub fn tag(id: u16) -> [u8; 4] {
    let [a, b] = id.to_be_bytes();
    [0x81, 0, a, b]
}

/// A TCP segment.
#[derive(Clone, Copy)]
pub struct Tcp<'a> {
    pub from: (&'a Host, u16),
    pub to: (&'a Host, u16),
    pub sequence: u32,
    pub acknowledgement: u32,
    pub flags: u8,
    pub options: &'a [u8],
    pub bytes: &'a [u8],
}

impl Tcp<'_> {
    pub fn packet(&self) -> Vec<u8> {
        self.packet_between(self.from.0.at(self.from.1), self.to.0.at(self.to.1))
    }

    fn packet_between(&self, from: SocketAddr, to: SocketAddr) -> Vec<u8> {
        let Tcp { sequence, acknowledgement, flags, options, bytes, .. } = *self;
        let segment = build::tcp(&Segment { from, to, sequence, acknowledgement, flags, options, bytes });
        build::ip(6, from.ip(), to.ip(), &segment)
    }

    pub fn frame(&self) -> Vec<u8> {
        ether(self.from.0, self.to.0, &[], &self.packet())
    }

    pub fn frame6(&self) -> Vec<u8> {
        let packet = self.packet_between(self.from.0.at6(self.from.1), self.to.0.at6(self.to.1));
        ether(self.from.0, self.to.0, &[], &packet)
    }
}

/// Both ends of one connection, which say things in turn.
pub struct Talk<'a> {
    pub client: (&'a Host, u16),
    pub server: (&'a Host, u16),
    /// The next number of each.
    pub next: [u32; 2],
}

impl<'a> Talk<'a> {
    pub fn new(client: (&'a Host, u16), server: (&'a Host, u16)) -> Self {
        Self { client, server, next: [1000, 5000] }
    }

    pub fn syn(&mut self) -> Tcp<'a> {
        let syn = Tcp { acknowledgement: 0, ..self.client(SYN, &[]) };
        self.next[0] += 1;
        syn
    }

    pub fn syn_ack(&mut self) -> Tcp<'a> {
        let syn = self.server(SYN | ACK, &[]);
        self.next[1] += 1;
        syn
    }

    /// What the client says.
    pub fn client(&mut self, flags: u8, bytes: &'a [u8]) -> Tcp<'a> {
        let sequence = self.next[0];
        self.next[0] += bytes.len() as u32 + u32::from(flags & FIN);
        let acknowledgement = self.next[1];
        Tcp { from: self.client, to: self.server, sequence, acknowledgement, flags, options: &[], bytes }
    }

    pub fn server(&mut self, flags: u8, bytes: &'a [u8]) -> Tcp<'a> {
        let sequence = self.next[1];
        self.next[1] += bytes.len() as u32 + u32::from(flags & FIN);
        let acknowledgement = self.next[0];
        Tcp { from: self.server, to: self.client, sequence, acknowledgement, flags, options: &[], bytes }
    }
}

pub fn udp(from: (&Host, u16), to: (&Host, u16), bytes: &[u8]) -> Vec<u8> {
    let (a, b) = (from.0.at(from.1), to.0.at(to.1));
    ether(from.0, to.0, &[], &build::ip(17, a.ip(), b.ip(), &build::udp(a, b, bytes)))
}

/// An ICMP message of IPv4.
pub fn icmp(from: &Host, to: &Host, kind: u8, code: u8, rest: &[u8]) -> Vec<u8> {
    let mut message = [&[kind, code, 0, 0], rest].concat();
    let sum = build::checksum(&[&message]);
    message[2..4].copy_from_slice(&sum);
    ether(from, to, &[], &build::ip(1, from.v4.into(), to.v4.into(), &message))
}

/// An `ICMPv6` message between addresses that need not be the hosts'.
pub fn icmp6(macs: [[u8; 6]; 2], from: IpAddr, to: IpAddr, hops: u8, message: &[u8]) -> Vec<u8> {
    let message = build::sealed(58, from, to, message.to_vec(), 2);
    let mut packet = build::ip(58, from, to, &message);
    packet[7] = hops;
    [&macs[1][..], &macs[0], &[0x86, 0xDD], &packet].concat()
}

/// An ARP packet in a frame to `to`.
pub fn arp(operation: u8, sender: &Host, target: &Host, to: [u8; 6]) -> Vec<u8> {
    let told = if operation == 2 { target.mac } else { [0; 6] };
    let mut frame = [&to[..], &sender.mac, &[8, 6, 0, 1, 8, 0, 6, 4, 0, operation]].concat();
    frame.extend(sender.mac);
    frame.extend(sender.v4.octets());
    frame.extend(told);
    frame.extend(target.v4.octets());
    frame.resize(60, 0);
    frame
}

pub const EVERYONE: [u8; 6] = [0xFF; 6];
