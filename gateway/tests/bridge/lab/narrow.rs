//! A router behind the box with a narrower link: what does not fit is dropped, and its sender is told so by ICMP, with the
//! packet as it stands there quoted.

use super::relay::{Carry, Toward};
use super::tap::Frame;
use crate::raw::packet::{Ip, Link, checksum, transport_checksum};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Carries packets of up to `mtu` bytes towards the server, once its link has become narrow.
pub(crate) struct Narrow {
    pub(crate) mtu: u16,
    /// Packets that still go through whatever their size, so that the flow is an edited one by then.
    pub(crate) spared: usize,
}

impl Carry for Narrow {
    fn frame(&mut self, toward: Toward, frame: Frame, out: &mut dyn FnMut(Toward, Frame)) {
        let packet = &frame.bytes[14..];
        if toward == Toward::Client || packet.len() <= usize::from(self.mtu) || self.spared > 0 {
            self.spared = self.spared.saturating_sub(usize::from(toward == Toward::Server));
            return out(toward, frame);
        }
        let [to, from] = [&frame.bytes[6..12], &frame.bytes[..6]].map(|mac| mac.try_into().unwrap());
        let told = match packet[0] >> 4 {
            4 => self.fragmentation_needed(packet),
            _ => self.packet_too_big(packet),
        };
        let link = Link { to, from, ..Link::default() };
        out(Toward::Client, Frame::whole(link.around(&told, None)));
    }
}

impl Narrow {
    /// RFC 792 and RFC 1191.
    fn fragmentation_needed(&self, packet: &[u8]) -> Vec<u8> {
        let at = |at: usize| IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(&packet[at..at + 4]).unwrap()));
        let mut body = vec![3, 4, 0, 0, 0, 0];
        body.extend(self.mtu.to_be_bytes());
        body.extend(&packet[..28]);
        let sum = checksum(&[&body]);
        body[2..4].copy_from_slice(&sum.to_be_bytes());
        Ip::new(at(16), at(12), 1).around(&body)
    }

    /// RFC 4443 3.2.
    fn packet_too_big(&self, packet: &[u8]) -> Vec<u8> {
        let at = |at: usize| IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(&packet[at..at + 16]).unwrap()));
        let mut body = vec![2, 0, 0, 0];
        body.extend(u32::from(self.mtu).to_be_bytes());
        body.extend(&packet[..packet.len().min(1200)]);
        let sum = transport_checksum(at(24), at(8), 58, &body);
        body[2..4].copy_from_slice(&sum.to_be_bytes());
        Ip::new(at(24), at(8), 58).around(&body)
    }
}
