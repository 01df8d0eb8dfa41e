//! Where in a line something stands.

use std::ops::Range;

/// A range of bytes of a line, counted from its first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end`; a line is far shorter than 4 GiB (see [`MAX_LINE_BYTES`](crate::source::MAX_LINE_BYTES)).
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// As a range to index a line with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text it covers in `line`; empty where the line is shorter.
    pub fn of(self, line: &str) -> &str {
        line.get(self.range()).unwrap_or_default()
    }

    /// The first byte's column as editors count: characters from 1.
    pub fn column(self, line: &str) -> usize {
        line.char_indices().take_while(|(at, _)| *at < self.start as usize).count() + 1
    }
}
