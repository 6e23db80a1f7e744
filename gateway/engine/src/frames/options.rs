//! Options of a TCP header (RFC 9293 3.1 and the registry of TCP option kinds).

/// One option that means something to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'p> {
    /// The greatest segment that the sender takes.
    MaximumSegment(u16),
    /// How far the sender's windows are to be shifted.
    WindowScale(u8),
    /// Selective acknowledgements are welcome.
    SackPermitted,
    /// What came behind a gap: pairs of four-byte edges.
    Sack(&'p [u8]),
    /// The sender's clock, and the newest that it has of the receiver's.
    Timestamps(u32, u32),
    /// Another, by its kind: 19 MD5, 29 authentication, 30 multipath, 34 fast open, ...
    Other(u8, &'p [u8]),
}

/// The options do not add up from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Walks the options.
pub(super) struct Options<'p> {
    rest: &'p [u8],
}

impl<'p> Options<'p> {
    pub(super) const fn new(rest: &'p [u8]) -> Self {
        Self { rest }
    }

    fn end(&mut self) -> Broken {
        self.rest = &[];
        Broken
    }
}

impl<'p> Iterator for Options<'p> {
    type Item = Result<TcpOption<'p>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while let [1, rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (kind, length) = match self.rest {
            [] | [0, ..] => return None,
            [_] => return Some(Err(self.end())),
            [kind, length, ..] => (*kind, usize::from(*length)),
        };
        let Some((option, rest)) = self.rest.split_at_checked(length).filter(|_| length >= 2) else {
            return Some(Err(self.end()));
        };
        self.rest = rest;
        let value = &option[2..];
        let long = |at: usize| u32::from_be_bytes([value[at], value[at + 1], value[at + 2], value[at + 3]]);
        Some(match (kind, value.len()) {
            (2, 2) => Ok(TcpOption::MaximumSegment(u16::from_be_bytes([value[0], value[1]]))),
            (3, 1) => Ok(TcpOption::WindowScale(value[0])),
            (4, 0) => Ok(TcpOption::SackPermitted),
            (5, 8 | 16 | 24 | 32) => Ok(TcpOption::Sack(value)),
            (8, 8) => Ok(TcpOption::Timestamps(long(0), long(4))),
            (2..=5 | 8, _) => Err(self.end()),
            _ => Ok(TcpOption::Other(kind, value)),
        })
    }
}
