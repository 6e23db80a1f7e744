//! One thing that somebody tries, as data: what is sent, and what must come of it.

use super::{Finding, Post, Reply, Wire, still_works};
use crate::controllers::Controller;
use crate::stations::Station;
use crate::stations::traffic::UNIT;

/// How the bytes go out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Means {
    /// A request with a sound head.
    Whole(&'static [u8]),
    /// The same, each byte in a segment of its own.
    Trickle(&'static [u8]),
    /// Bytes as they are.
    Raw(&'static [u8]),
}

/// What must come of an attempt, as the policy of the example site has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// It is carried out.
    Served,
    /// One of these exceptions, and the connection works on.
    Refused(&'static [u8]),
    /// No answer but the end of the connection: bytes that cannot be cut into messages have no refusal.
    CutOff,
}

/// Somebody's attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) who: Station,
    pub(crate) to: Controller,
    /// In plain words.
    pub(crate) what: &'static str,
    means: Means,
    due: Due,
}

impl Attempt {
    /// A request (by its PDU) that has to be carried out.
    pub(crate) const fn served(who: Station, to: Controller, what: &'static str, pdu: &'static [u8]) -> Self {
        Self { who, to, what, means: Means::Whole(pdu), due: Due::Served }
    }

    /// A request that has to be refused with one of `codes`.
    pub(crate) const fn refused(
        who: Station,
        to: Controller,
        what: &'static str,
        means: Means,
        codes: &'static [u8],
    ) -> Self {
        Self { who, to, what, means, due: Due::Refused(codes) }
    }

    /// Bytes that cannot be cut into messages.
    pub(crate) const fn cut_off(who: Station, to: Controller, what: &'static str, bytes: &'static [u8]) -> Self {
        Self { who, to, what, means: Means::Raw(bytes), due: Due::CutOff }
    }

    /// Whether it has to fail.
    pub(crate) fn is_attack(&self) -> bool {
        self.due != Due::Served
    }

    /// Tries it, on a connection of its own.
    pub(crate) async fn make(&self, post: &Post) -> Finding {
        let mut wire = match post.connect(self.who, self.to).await {
            Ok(wire) => wire,
            Err(error) => return Finding::unreachable(self.due.to_string(), &error),
        };
        let reply = self.send(&mut wire).await;
        self.judge(reply, &mut wire).await
    }

    async fn send(&self, wire: &mut Wire) -> Reply {
        let (sent, transaction, function) = match self.means {
            Means::Whole(pdu) => return wire.ask(UNIT, pdu).await,
            Means::Trickle(pdu) => {
                let message = wire.message(UNIT, pdu);
                (wire.trickle(&message).await, wire.transaction(), pdu[0])
            }
            Means::Raw(bytes) => {
                (wire.send(bytes).await, u16::from_be_bytes([bytes[0], bytes[1]]), bytes.get(7).copied().unwrap_or(0))
            }
        };
        match sent {
            Ok(()) => wire.reply_to(transaction, function).await,
            Err(_) => Reply::Closed,
        }
    }

    async fn judge(&self, reply: Reply, wire: &mut Wire) -> Finding {
        let expected = self.due.to_string();
        match (self.due, &reply) {
            (Due::Served, Reply::Served(_)) => Finding::new(expected, reply.to_string(), true).survived(true),
            (Due::CutOff, Reply::Closed) => Finding::new(expected, reply.to_string(), true).survived(false),
            (Due::Refused(codes), Reply::Exception(code)) => {
                let alive = still_works(wire, self.who, self.to).await;
                let next = match &alive {
                    Ok(()) => "the connection works on".to_string(),
                    Err(other) => format!("but the next read: {other}"),
                };
                let right = codes.contains(code) && alive.is_ok();
                Finding::new(expected, format!("{reply}; {next}"), right).survived(alive.is_ok())
            }
            (_, Reply::Closed) => Finding::new(expected, reply.to_string(), false).survived(false),
            _ => Finding::new(expected, reply.to_string(), false),
        }
    }
}

impl std::fmt::Display for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Served => f.write_str("carried out"),
            Self::Refused([code]) => write!(f, "refused (exception {code}), connection works on"),
            Self::Refused(_) => f.write_str("refused, connection works on"),
            Self::CutOff => f.write_str("connection closed, nothing forwarded"),
        }
    }
}
