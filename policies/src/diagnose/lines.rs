//! Lines and columns of a file.

use core::ops::Range;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    end: usize,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let starts = core::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, end: text.len() }
    }

    /// The index of the line that `offset` is on.
    pub(super) fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column of an offset, from 1; columns count characters.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.index(offset);
        let column = text.get(self.starts[line]..offset).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
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
}
