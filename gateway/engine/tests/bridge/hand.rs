//! A flow across the bridge, driven by hand; the client's numbers begin at 1000, the server's at 5000.

use crate::case::Gateway;
use crate::network::Packet;
use sluice_engine::bridge::{Options, Seq};
use sluice_engine::frames::TcpFlags;
use sluice_model::Direction::{self, ToClient, ToServer};

/// A segment as it leaves: where to, sequence, acknowledgement, flags without PSH, content.
pub type Out = (Direction, u32, u32, u8, Vec<u8>);

pub const ACK: u8 = TcpFlags::ACK.0;
pub const FIN: u8 = TcpFlags::FIN.0;
pub const RST: u8 = TcpFlags::RST.0;
pub const SYN: u8 = TcpFlags::SYN.0;

pub struct Hand {
    pub gateway: Gateway,
    pub now: u64,
    pub window: u16,
    /// Whether the last segment left as it came.
    pub unchanged: bool,
    /// What left last, with all of its header.
    pub packets: Vec<Packet>,
}

impl Hand {
    /// A connection whose client takes segments of `segment` bytes and whose handshake is over.
    pub fn open(segment: u16) -> Self {
        let options = Options { maximum_segment: Some(segment), sack_permitted: true, ..Options::default() };
        Self::across(Gateway::new(), 8000, options)
    }

    /// A connection across `gateway` whose ends have windows of `window` bytes and say `options` in their SYNs.
    pub fn across(gateway: Gateway, window: u16, options: Options) -> Self {
        let mut hand = Self::before(gateway, window);
        hand.pass(ToServer, 1000, 0, SYN, &[], options);
        assert!(hand.unchanged);
        hand.pass(ToClient, 5000, 1001, SYN | ACK, &[], options);
        assert!(hand.unchanged);
        hand.pass(ToServer, 1001, 5001, ACK, &[], Options { timestamps: options.timestamps, ..Options::default() });
        assert!(hand.unchanged);
        hand
    }

    /// Ends that have not spoken yet.
    pub fn before(gateway: Gateway, window: u16) -> Self {
        Self { gateway, now: 0, window, unchanged: false, packets: vec![] }
    }

    pub fn client(&mut self, sequence: u32, ack: u32, payload: &[u8]) -> Vec<Out> {
        self.pass(ToServer, sequence, ack, ACK, payload, Options::default())
    }

    pub fn server(&mut self, sequence: u32, ack: u32, payload: &[u8]) -> Vec<Out> {
        self.pass(ToClient, sequence, ack, ACK, payload, Options::default())
    }

    pub fn pass(
        &mut self,
        direction: Direction,
        sequence: u32,
        ack: u32,
        flags: u8,
        payload: &[u8],
        options: Options,
    ) -> Vec<Out> {
        let packet = Packet {
            sequence: Seq(sequence),
            acknowledgement: Seq(ack),
            flags: TcpFlags(flags),
            window: self.window,
            options,
            payload: payload.to_vec(),
        };
        let (out, unchanged) = self.gateway.segment(self.now, direction, &packet);
        self.unchanged = unchanged;
        self.record(out)
    }

    /// Time passes, and the bridge is told.
    pub fn wait(&mut self, milliseconds: u64) -> Vec<Out> {
        self.now += milliseconds;
        let out = self.gateway.tick(self.now);
        self.record(out)
    }

    fn record(&mut self, out: Vec<(Direction, Packet)>) -> Vec<Out> {
        self.packets = out.iter().map(|(_, p)| p.clone()).collect();
        let bare = |p: &Packet| p.flags.0 & !TcpFlags::PSH.0;
        out.into_iter().map(|(d, p)| (d, p.sequence.0, p.acknowledgement.0, bare(&p), p.payload)).collect()
    }
}
