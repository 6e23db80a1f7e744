//! A window of fixed size that moves over the bytes of a file.

use super::compression;
use super::stop::Stop;
use std::io::{self, Read};

/// Room for the largest block.
const SIZE: usize = 512 * 1024;
/// How much is read at a time: much for a disk, little enough to stay in a processor's cache until it is looked at.
const PIECE: usize = 128 * 1024;

/// What is left of a file, of which the next [`SIZE`] bytes can be seen.
pub(super) struct Window {
    source: Box<dyn Read + Send>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    offset: u64,
}

/// Why bytes are not there.
enum Lack {
    /// The file ends.
    End,
    /// The file ends where its packing says that more should come.
    Cut,
    /// They cannot be read.
    Failed(io::Error),
}

impl Window {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, buffer: vec![0; SIZE].into_boxed_slice(), start: 0, end: 0, offset: 0 }
    }

    /// Where in the file the window begins.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Shows the bytes that were read already.
    pub(super) fn seen(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Gives the first `count` of the bytes that were read already, and moves behind them.
    pub(super) fn pass(&mut self, count: usize) -> &[u8] {
        let start = self.start;
        self.advance(count);
        &self.buffer[start..start + count]
    }

    /// Shows the first `count` bytes of the next record; `None` if the file ends before it.
    pub(super) fn begin(&mut self, count: usize) -> Result<Option<&[u8]>, Stop> {
        match self.fill(count) {
            Ok(()) => Ok(Some(&self.buffer[self.start..self.start + count])),
            Err(Lack::End) if self.start == self.end => Ok(None),
            Err(lack) => Err(lack.stop(self.offset)),
        }
    }

    /// Shows the next `count` bytes, at most [`SIZE`], of the record that begins here.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], Stop> {
        self.fill(count).map_err(|lack| lack.stop(self.offset))?;
        Ok(&self.buffer[self.start..self.start + count])
    }

    /// Gives the next `count` bytes, at most [`SIZE`], which are the record that begins here, and moves behind it.
    pub(super) fn take(&mut self, count: usize) -> Result<&[u8], Stop> {
        self.fill(count).map_err(|lack| lack.stop(self.offset))?;
        Ok(self.pass(count))
    }

    /// Moves behind the record of `count` bytes that begins here, however long it is.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), Stop> {
        let at = self.offset;
        let mut left = count;
        while left > 0 {
            self.fill(1).map_err(|lack| lack.stop(at))?;
            let step = (self.end - self.start).min(usize::try_from(left).unwrap_or(usize::MAX));
            self.advance(step);
            left -= step as u64;
        }
        Ok(())
    }

    fn advance(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads until `count` bytes can be seen.
    fn fill(&mut self, count: usize) -> Result<(), Lack> {
        if self.end - self.start >= count {
            return Ok(());
        }
        // What is left is a part of a record: at the beginning again, the next piece comes where the last one lay.
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < count {
            let piece = self.buffer.len().min(self.end + PIECE);
            match self.source.read(&mut self.buffer[self.end..piece]) {
                Ok(0) => return Err(Lack::End),
                Ok(bytes) => self.end += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if compression::is_cut(&error) => return Err(Lack::Cut),
                Err(error) => return Err(Lack::Failed(error)),
            }
        }
        Ok(())
    }
}

impl Lack {
    fn stop(self, at: u64) -> Stop {
        match self {
            Self::End | Self::Cut => Stop::unfinished(at),
            Self::Failed(error) => Stop::broken(at, error.to_string()),
        }
    }
}
