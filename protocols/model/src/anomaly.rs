//! Why a message is not acceptable, by name.

/// Who or what is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The bytes break the protocol's own rules.
    Malformed,
    /// Well-formed bytes at the wrong time or from the wrong side.
    Misbehaving,
    /// A code that the standard does not define.
    Unsupported,
    /// A limit of the gateway was reached.
    Bound,
}

impl Blame {
    /// The lower-case name, a metric label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Misbehaving => "misbehaving",
            Self::Unsupported => "unsupported",
            Self::Bound => "bound",
        }
    }
}

/// What a refusal tells the client, in the protocol's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The function is not available (Modbus exception 1).
    Function,
    /// An item is not available (Modbus exception 2).
    Address,
    /// A value, or the message's structure, is not acceptable (Modbus exception 3).
    Value,
    /// The other side cannot take more now (Modbus exception 6).
    Busy,
    /// The other side did not give a usable answer (Modbus exception 11).
    Target,
}

/// One kind of anomaly, declared once by the protocol that can meet it.
#[derive(Debug, PartialEq, Eq)]
pub struct AnomalyKind {
    /// Stable name, a metric label and the word in events: `byte-count`.
    pub name: &'static str,
    /// Who is to blame.
    pub blame: Blame,
    /// The clause of the specification that is broken.
    pub clause: &'static str,
    /// One sentence for the operator.
    pub meaning: &'static str,
    /// How to refuse a request that shows it.
    pub fault: Fault,
}

/// An anomaly in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// Which kind.
    pub kind: &'static AnomalyKind,
    /// Offset of the offending byte from the start of the message.
    pub offset: usize,
}

impl Anomaly {
    /// An anomaly of `kind` at `offset`.
    pub const fn new(kind: &'static AnomalyKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}
