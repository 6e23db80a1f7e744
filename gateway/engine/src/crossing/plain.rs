//! Frames that are neither IP nor address resolution pass by a statement that names them.

use super::bridge::Bridge;
use super::frame::{Frame, Refusal};
use super::lead::link_length;
use super::{Leaving, Outcome};
use crate::frames::Llc;
use sluice_policies::policy::Packet;

/// Service access points and control; organisation and protocol behind them.
const LLC: usize = 3;
const SNAP: usize = 8;

impl Bridge {
    /// A frame with another Ethertype. What of it is padding only its receiver knows.
    pub(super) fn ether(&mut self, frame: &Frame<'_>, number: u16, out: &mut dyn Leaving) -> Result<Outcome, Refusal> {
        self.plain(frame, Packet::Ethertype(number), frame.bytes.len(), out)
    }

    /// An 802.2 frame, without what lies behind its length.
    pub(super) fn llc(
        &mut self,
        frame: &Frame<'_>,
        llc: Llc,
        content: &[u8],
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let header = if llc.snap.is_some() { SNAP } else { LLC };
        let packet = Packet::Llc { destination: llc.dsap, source: llc.ssap };
        self.plain(frame, packet, link_length(&frame.packet) + header + content.len(), out)
    }

    fn plain(
        &mut self,
        frame: &Frame<'_>,
        packet: Packet,
        length: usize,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let ends = (frame.sender(None)?, frame.receiver(None)?);
        self.serve(frame, ends, packet, out)?;
        out.forward(frame.side.other(), length);
        Ok(Outcome::Forwarded)
    }
}
