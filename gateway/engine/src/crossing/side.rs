//! The two ports of a bridge, and what a port says about a frame beside its bytes.

/// One of the two ports, in the order of the gateway's `bridge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// The port across.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Its place in the gateway's `bridge`.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What is left to do to a frame that never was on a wire: its sender, a virtual machine or the kernel beside the
/// gateway, left it to the network card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offload {
    /// The transport's checksum covers the addresses alone. Say so only of a port that vouches for it: where in the frame
    /// the bytes begin that the checksum will cover, and how far behind that it will be written, over whatever stands there.
    pub unfinished: Option<(u16, u16)>,
    /// The frame is a super-frame, to be cut to segments with this much content.
    pub segment: Option<u16>,
}
