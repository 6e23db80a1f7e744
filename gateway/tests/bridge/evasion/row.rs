//! One evasion.

use crate::raw::{Opening, Raw};
use crate::rig::frames;
use crate::site::FORBIDDEN;
use std::time::Duration;

/// How far a row's forbidden bytes come across a bridge that inspects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaches {
    /// Into the server's stream.
    Stream,
    /// To the server's link; its stack, of this kernel, makes nothing of them.
    Link,
}

/// How the row's connection must stand at its end behind a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The next allowed request is answered.
    Alive,
    /// It may be gone: its own doing, or a refusal of the whole connection.
    Any,
}

/// One evasion.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// A short name, no other row's.
    pub(crate) name: &'static str,
    /// What is sent.
    pub(crate) sent: &'static str,
    pub(crate) opening: fn() -> Opening,
    /// Whether the connection is of IP version 6, whatever its opening says.
    pub(crate) six: bool,
    pub(crate) reaches: Reaches,
    pub(crate) after: After,
    pub(crate) run: fn(&mut Raw<'_>),
}

impl Row {
    /// A row on a plain connection, whose forbidden bytes reach the server's stream when nothing inspects, and which a
    /// gate leaves in service.
    pub(crate) const fn new(name: &'static str, sent: &'static str, run: fn(&mut Raw<'_>)) -> Self {
        Self { name, sent, opening: Opening::default, six: false, reaches: Reaches::Stream, after: After::Alive, run }
    }

    pub(crate) const fn link(mut self) -> Self {
        self.reaches = Reaches::Link;
        self
    }

    /// The same over IP version 6.
    pub(crate) const fn over_version_6(mut self) -> Self {
        self.six = true;
        self
    }

    pub(crate) const fn any(mut self) -> Self {
        self.after = After::Any;
        self
    }

    pub(crate) const fn on(mut self, opening: fn() -> Opening) -> Self {
        self.opening = opening;
        self
    }
}

/// A connection with timestamps.
pub(crate) fn stamped() -> Opening {
    Opening { stamps: true, ..Opening::default() }
}

/// A connection over IP version 6.
pub(crate) fn six() -> Opening {
    Opening { six: true, ..Opening::default() }
}

/// Long enough for what a gate or a server sends at once.
pub(crate) const SOON: Duration = Duration::from_millis(60);

impl Raw<'_> {
    /// The write that nobody may do. The last four bytes tell it from every other row's.
    pub(crate) fn forbidden(&self) -> Vec<u8> {
        frames::write(self.marker, FORBIDDEN, self.marker)
    }

    /// A read that is allowed, as long as the write and with the same first seven bytes.
    pub(crate) fn harmless(&self) -> Vec<u8> {
        frames::read(self.marker, 3, 2)
    }

    /// An allowed read that must not go wrong: asks and goes on.
    pub(crate) fn read(&mut self) {
        self.ask(&frames::read(0x0300, 0, 2));
    }

    /// Sends `bytes` at `offset` past the next number, counting nothing.
    pub(crate) fn slip(&mut self, offset: isize, bytes: &[u8]) {
        let packet = self.data(offset, bytes);
        self.put(&packet);
    }

    /// What a server that was fooled takes: `decoy` is put first, made unacceptable to the server by `spoil`; then the
    /// forbidden write at the same numbers.
    pub(crate) fn decoy(&mut self, spoil: impl FnOnce(&mut crate::raw::packet::Packet)) {
        self.read();
        let decoy = self.harmless();
        let mut packet = self.data(0, &decoy);
        spoil(&mut packet);
        self.put(&packet);
        self.hear(Duration::from_millis(20));
        let forbidden = self.forbidden();
        self.say(&forbidden);
        self.message(SOON);
    }

    /// The forbidden write in a segment that `dress` has made odd, though a server takes it.
    pub(crate) fn dressed(&mut self, dress: impl FnOnce(&mut crate::raw::packet::Packet)) {
        self.read();
        let forbidden = self.forbidden();
        let mut packet = self.data(0, &forbidden);
        dress(&mut packet);
        self.put(&packet);
        self.skip(forbidden.len());
        self.message(SOON);
    }
}
