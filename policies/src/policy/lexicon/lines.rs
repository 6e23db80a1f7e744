//! Lines of a file whose text is gone.

/// Where the lines of a file end.
#[derive(Debug, Default)]
pub(crate) struct Lines(Box<[u32]>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at as u32).collect())
    }

    /// The line that an offset is on, from 1.
    pub(super) fn of(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| (*end as usize) < offset)
    }
}
