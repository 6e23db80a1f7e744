//! Values carried by a message, borrowed from its bytes.

/// The written (in a request) or read (in a response) values of an operation, one per item of its span, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values<'m> {
    /// The message carries none.
    None,
    /// One bit an item, least significant bit of the first byte first. Holds at least as many bits as the span.
    Bits(&'m [u8]),
    /// One big-endian 16-bit word an item. Twice as many bytes as the span has items.
    Words(&'m [u8]),
    /// One 16-bit item becomes `(present & and) | (or & !and)`: bits that are 0 in `and` take the bit of `or`.
    Mask {
        /// Bits that keep their present value.
        and: u16,
        /// The new value of the others.
        or: u16,
    },
}

impl Values<'_> {
    /// The raw value of item `index`: 0 or 1 for bits, the word for words; `None` past the end and for a mask.
    pub fn item(&self, index: usize) -> Option<u16> {
        match self {
            Self::None | Self::Mask { .. } => None,
            Self::Bits(bytes) => bytes.get(index / 8).map(|b| u16::from(b >> (index % 8) & 1)),
            Self::Words(bytes) => {
                let pair = bytes.get(index.checked_mul(2)?..)?.first_chunk::<2>()?;
                Some(u16::from_be_bytes(*pair))
            }
        }
    }
}
