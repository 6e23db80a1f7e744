//! Raw function codes, always kept beside the meaning that a parser found in them.

use core::fmt;

/// A function code as it stands on the wire, with its sub-function where the protocol has one
/// (Modbus 8 and 43, UMAS under 90).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    /// The function code.
    pub function: u16,
    /// The sub-function; in a policy, `None` stands for every sub-function.
    pub sub: Option<u16>,
}

impl Code {
    /// A code without a sub-function.
    pub const fn new(function: u16) -> Self {
        Self { function, sub: None }
    }

    /// The code of one sub-function.
    pub const fn with_sub(function: u16, sub: u16) -> Self {
        Self { function, sub: Some(sub) }
    }

    /// Whether a policy that names `self` names `other`: the same code, or any sub-function of it.
    pub const fn covers(self, other: Self) -> bool {
        if self.function != other.function {
            return false;
        }
        match (self.sub, other.sub) {
            (None, _) => true,
            (Some(a), Some(b)) => a == b,
            (Some(_), None) => false,
        }
    }
}

/// `16`, or `8/1` with a sub-function.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sub {
            None => write!(f, "{}", self.function),
            Some(sub) => write!(f, "{}/{sub}", self.function),
        }
    }
}
