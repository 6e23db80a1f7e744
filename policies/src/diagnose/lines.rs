//! Lines and columns of a file.

use core::ops::Range;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    end: usize,
    /// How many characters begin before each multiple of [`STEP`], so that no column is counted over megabytes.
    marks: Vec<usize>,
}

/// Bytes between two counts of characters.
const STEP: usize = 4096;

/// Whether a character begins with this byte.
fn begins(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let starts = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut marks = vec![0];
        for block in text.as_bytes().chunks(STEP) {
            marks.push(marks[marks.len() - 1] + block.iter().filter(|b| begins(**b)).count());
        }
        Self { starts, end: text.len(), marks }
    }

    /// The index of the line that `offset` is on.
    pub(super) fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column of an offset, from 1; columns count characters.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.index(offset);
        let column = self.before(text, offset) - self.before(text, self.starts[line]);
        (line + 1, column + 1)
    }

    /// How many characters begin before `offset`.
    fn before(&self, text: &str, offset: usize) -> usize {
        let offset = offset.min(text.len());
        let block = offset / STEP;
        self.marks[block] + text.as_bytes()[block * STEP..offset].iter().filter(|b| begins(**b)).count()
    }

    /// The bytes of the lines `first ..= last`, without the last one's end.
    pub(super) fn range(&self, first: usize, last: usize) -> Range<usize> {
        let end = self.starts.get(last + 1).map_or(self.end, |next| next - 1);
        self.starts[first]..end.max(self.starts[first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "a\n泵站 = 1\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(text, 0), (1, 1));
        assert_eq!(lines.position(text, 8), (2, 3));
        assert_eq!(lines.position(text, text.len()), (3, 1));
        assert_eq!(&text[lines.range(1, 1)], "泵站 = 1");
    }

    #[test]
    fn columns_of_long_lines_are_those_that_counting_gives() {
        let text = format!("a\n{}\nb = 1\n", "泵x".repeat(3 * STEP));
        let lines = Lines::of(&text);
        for (number, (offset, _)) in text[2..].char_indices().enumerate().take(6 * STEP).step_by(97) {
            assert_eq!(lines.position(&text, offset + 2), (2, number + 1));
        }
        assert_eq!(lines.position(&text, text.len() - 2), (3, 5));
    }
}
