//! Who may speak, and to whom: every frame's ends are who and where the site says.

use super::Side;
use super::anomalies::{MAC_SOURCE, MISDIRECTED, SAME_SIDE};
use super::frame::{Frame, Refusal, spoof};
use sluice_policies::policy::{End, Misplaced, Seat};
use sluice_policies::site::Mac;
use std::net::IpAddr;

impl Frame<'_> {
    /// The sender, which is where the site says if the site knows it.
    pub(super) fn sender(&self, ip: Option<IpAddr>) -> Result<End, Refusal> {
        if !self.source().is_single() {
            return Err((&MAC_SOURCE).into());
        }
        self.seated(ip, self.source(), self.side).map_err(|what| spoof(what).into())
    }

    /// The receiver, which is across and has the MAC address that the frame is sent to; or a group.
    pub(super) fn receiver(&self, ip: Option<IpAddr>) -> Result<End, Refusal> {
        let (mac, across) = (self.destination(), self.side.other());
        match ip {
            Some(ip) if is_group(ip) => {
                return if fits(ip, mac) { Ok(self.policy.end(Some(ip), mac)) } else { Err((&MISDIRECTED).into()) };
            }
            Some(_) if !mac.is_single() => return Err((&MISDIRECTED).into()),
            None if mac.is_group() => return Ok(End::Mac(mac)),
            _ => {}
        }
        self.seated(ip, mac, across).map_err(|what| match what {
            Misplaced::Port => (&SAME_SIDE).into(),
            Misplaced::Mac | Misplaced::Vlan => (&MISDIRECTED).into(),
        })
    }

    /// Whoever has these addresses at `side`.
    pub(super) fn seated(&self, ip: Option<IpAddr>, mac: Mac, side: Side) -> Result<End, Misplaced> {
        match self.policy.seat(self.gateway, &self.seen(ip, mac, side)) {
            Seat::Known(asset) => Ok(End::Asset(asset)),
            Seat::Unknown => Ok(self.policy.end(ip, mac)),
            Seat::Misplaced { what, .. } => Err(what),
        }
    }
}

/// Whether an address is that of several.
pub(super) fn is_group(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    }
}

/// Whether a frame to the group `ip` is sent to that group's MAC address (RFC 1112 6.4, RFC 2464 7).
fn fits(ip: IpAddr, mac: Mac) -> bool {
    match ip {
        IpAddr::V4(ip) if ip.is_broadcast() => mac.0 == [0xFF; 6],
        IpAddr::V4(ip) => {
            let [_, b, c, d] = ip.octets();
            mac.0 == [0x01, 0x00, 0x5E, b & 0x7F, c, d]
        }
        IpAddr::V6(ip) => {
            let [.., a, b, c, d] = ip.octets();
            mac.0 == [0x33, 0x33, a, b, c, d]
        }
    }
}
