//! A TCP connection that is followed and not inspected: who may open it, which segments its receiver waits for.
//!
//! The bounds are those of van Rooij, "Real stateful TCP packet filtering in IP Filter" (2000): a segment lies within what
//! its receiver last granted, and acknowledges what was sent.

use super::anomalies::{TCP_STATE, TCP_WINDOW};
use crate::bridge::{Options, Passage, Segment, Seq, Wire};
use crate::frames::TcpFlags;
use sluice_model::{AnomalyKind, Direction};
use sluice_protocols::handover::{Reader, Unreadable};

/// What an acknowledgement may lie behind what was acknowledged before: segments overtake each other.
const OLD: u32 = 66_000;

/// One direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Half {
    /// Behind the last byte that was sent.
    end: Seq,
    /// Behind the last byte that the receiver takes.
    edge: Seq,
    /// The greatest window that the receiver granted.
    window: u32,
    /// How far the receiver's windows are shifted.
    scale: u8,
    /// Where the FIN was, and whether it was acknowledged.
    fin: Option<(Seq, bool)>,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Asked,
    Answered,
    Over,
}

/// A followed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Followed {
    to_server: Half,
    to_client: Half,
    phase: Phase,
}

impl Followed {
    /// A connection that `syn` asks for.
    pub(super) fn open(syn: &Segment<'_>) -> Self {
        let to_server = Half { end: syn.sequence + 1, edge: syn.sequence + 1, ..Half::default() };
        let (window, scale) = (syn.window.into(), syn.options.window_scale.unwrap_or(0));
        Self { to_server, to_client: Half { window, scale, ..Half::default() }, phase: Phase::Asked }
    }

    /// A connection under way, whose client sends `segment`. Every window is taken to be as wide as any.
    pub(super) fn take_up(segment: &Segment<'_>) -> Self {
        let half = |end: Seq| Half { end, edge: end + OLD, window: OLD, scale: 14, fin: None };
        Self { to_server: half(segment.end()), to_client: half(segment.acknowledgement), phase: Phase::Answered }
    }

    /// Whether it is over: reset, or closed by both ends with everything acknowledged.
    pub(super) fn is_over(&self) -> bool {
        let closed = |half: &Half| half.fin.is_some_and(|(_, acknowledged)| acknowledged);
        self.phase == Phase::Over || (closed(&self.to_server) && closed(&self.to_client))
    }

    /// Tells both ends to forget the connection.
    pub(super) fn end(&mut self, wire: &mut dyn Wire) {
        self.phase = Phase::Over;
        for (direction, half, back) in [
            (Direction::ToServer, self.to_server, self.to_client),
            (Direction::ToClient, self.to_client, self.to_server),
        ] {
            let rst = Segment {
                sequence: half.end,
                acknowledgement: back.end,
                flags: TcpFlags::RST | TcpFlags::ACK,
                window: 0,
                options: Options::default(),
                payload: &[],
            };
            wire.emit(direction, &rst);
        }
    }

    /// A segment: what is to be done with it, after what was built in its place; or why it has no place in the
    /// connection.
    pub(super) fn segment(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        wire: &mut dyn Wire,
    ) -> Result<Passage, &'static AnomalyKind> {
        if segment.flags.has(TcpFlags::RST) {
            self.reset(direction, segment)?;
        } else if segment.flags.has(TcpFlags::SYN) {
            self.syn(direction, segment)?;
            // Content before the connection, and options that lead past the bridge, do not pass.
            if !segment.payload.is_empty() || segment.options.stripped {
                if segment.options.sealed {
                    return Err(&TCP_STATE);
                }
                let options = Options { stripped: false, ..segment.options };
                wire.emit(direction, &Segment { options, payload: &[], ..*segment });
                return Ok(Passage::Consumed);
            }
        } else {
            self.established(direction, segment)?;
        }
        Ok(Passage::Forward)
    }

    fn established(&mut self, direction: Direction, segment: &Segment<'_>) -> Result<(), &'static AnomalyKind> {
        if matches!(self.phase, Phase::Asked | Phase::Over) {
            return Err(&TCP_STATE);
        }
        self.plausible(direction, segment)?;
        let (half, back) = self.pair(direction);
        half.end = half.end.later(segment.end());
        if segment.flags.has(TcpFlags::FIN) {
            half.fin.get_or_insert((segment.end(), false));
        }
        let window = u32::from(segment.window) << back.scale;
        back.window = back.window.max(window);
        back.edge = back.edge.later(segment.acknowledgement + window);
        if let Some((at, acknowledged)) = &mut back.fin {
            *acknowledged |= !segment.acknowledgement.before(*at);
        }
        Ok(())
    }

    fn plausible(&mut self, direction: Direction, segment: &Segment<'_>) -> Result<(), &'static AnomalyKind> {
        let (half, back) = self.pair(direction);
        // A closed window is probed with one byte.
        let ahead = (half.edge + 1).before(segment.end());
        let behind = segment.sequence.before(half.end - half.window.max(1));
        let unsent = back.end.before(segment.acknowledgement);
        let stale = segment.acknowledgement.before(back.end - back.window.max(OLD));
        if ahead || behind || unsent || stale { Err(&TCP_WINDOW) } else { Ok(()) }
    }

    fn syn(&mut self, direction: Direction, syn: &Segment<'_>) -> Result<(), &'static AnomalyKind> {
        match (direction, syn.flags.has(TcpFlags::ACK), self.phase) {
            (Direction::ToServer, false, Phase::Asked) if syn.sequence + 1 == self.to_server.end => Ok(()),
            (Direction::ToClient, true, Phase::Asked | Phase::Answered)
                if syn.acknowledgement == self.to_server.end || self.phase == Phase::Answered =>
            {
                self.answered(syn)
            }
            // The client forgot the connection and opens it anew: the server answers with what it knows, the client with
            // a reset, and then its next attempt succeeds (RFC 5961 4).
            (Direction::ToServer, false, Phase::Answered) => Ok(()),
            _ => Err(&TCP_STATE),
        }
    }

    fn answered(&mut self, syn: &Segment<'_>) -> Result<(), &'static AnomalyKind> {
        if self.phase == Phase::Answered {
            let again = syn.sequence.before(self.to_client.end) && !syn.sequence.before(self.to_client.end - OLD);
            return if again { Ok(()) } else { Err(&TCP_STATE) };
        }
        let scaled = syn.options.window_scale.is_some();
        let (first, to_client) = (syn.sequence + 1, &mut self.to_client);
        (to_client.end, to_client.edge) = (first, first + to_client.window);
        to_client.scale = if scaled { to_client.scale } else { 0 };
        self.to_server.window = syn.window.into();
        self.to_server.scale = syn.options.window_scale.unwrap_or(0);
        self.to_server.edge = syn.acknowledgement + u32::from(syn.window);
        self.phase = Phase::Answered;
        Ok(())
    }

    /// A reset counts where its sender is, or where its receiver waits (RFC 5961 3).
    fn reset(&mut self, direction: Direction, rst: &Segment<'_>) -> Result<(), &'static AnomalyKind> {
        let asked = self.phase == Phase::Asked;
        let (half, back) = self.pair(direction);
        let exact = if asked && direction == Direction::ToClient {
            rst.flags.has(TcpFlags::ACK) && rst.acknowledgement == back.end
        } else {
            rst.sequence == half.end || rst.sequence + 1 == half.end
        };
        if !exact {
            return Err(&TCP_WINDOW);
        }
        self.phase = Phase::Over;
        Ok(())
    }

    const fn pair(&mut self, direction: Direction) -> (&mut Half, &mut Half) {
        match direction {
            Direction::ToServer => (&mut self.to_server, &mut self.to_client),
            Direction::ToClient => (&mut self.to_client, &mut self.to_server),
        }
    }

    pub(super) fn export(&self, out: &mut Vec<u8>) {
        out.push(self.phase as u8);
        for half in [&self.to_server, &self.to_client] {
            for number in [half.end.0, half.edge.0, half.window, half.fin.map_or(0, |(at, _)| at.0)] {
                out.extend(number.to_be_bytes());
            }
            out.extend([half.scale, half.fin.map_or(0, |(_, acknowledged)| 1 + u8::from(acknowledged))]);
        }
    }

    pub(super) fn import(state: &[u8]) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(state, "followed connection");
        let phase = match reader.u8()? {
            0 => Phase::Asked,
            1 => Phase::Answered,
            2 => Phase::Over,
            _ => return Err(reader.unreadable()),
        };
        let mut half = || {
            let (end, edge, window, fin) = (Seq(reader.u32()?), Seq(reader.u32()?), reader.u32()?, Seq(reader.u32()?));
            let scale = reader.u8()?;
            reader.ensure(scale <= 14)?;
            let fin = match reader.u8()? {
                0 => None,
                1 => Some((fin, false)),
                2 => Some((fin, true)),
                _ => return Err(reader.unreadable()),
            };
            Ok(Half { end, edge, window, scale, fin })
        };
        let followed = Self { to_server: half()?, to_client: half()?, phase };
        reader.ensure(reader.rest().is_empty())?;
        Ok(followed)
    }
}
