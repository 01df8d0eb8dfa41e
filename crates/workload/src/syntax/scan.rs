//! A cursor over the bytes of a line.

use super::Span;

/// A place in a part of a line that moves to the right.
pub(super) struct Scan<'a> {
    /// The line.
    pub(super) line: &'a str,
    /// The next byte.
    pub(super) at: usize,
    /// The byte behind the part's last.
    pub(super) end: usize,
}

impl<'a> Scan<'a> {
    /// Over `span` of `line`.
    pub(super) fn new(line: &'a str, span: Span) -> Scan<'a> {
        let range = span.range();
        Scan { line, at: range.start, end: range.end.min(line.len()) }
    }

    /// The next byte, `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.line.as_bytes().get(self.at).copied() } else { None }
    }

    /// Passes the next byte if it is `byte`.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Passes blanks.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    /// Passes bytes for which `wanted` holds; their span.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Span {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
        Span::new(start, self.at)
    }

    /// Passes a word of letters, digits and `_`; its span, empty if there is none.
    pub(super) fn word(&mut self) -> Span {
        self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// What is left, from `start` on, without blanks at its end; at most one character when nothing is left.
    pub(super) fn rest(&self, start: usize) -> Span {
        let text = self.line.get(start..self.end).unwrap_or_default();
        Span::new(start, start + text.trim_end().len())
    }
}

/// `text` shortened to be shown in a message.
pub(super) fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 40;
    match text.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None if text.is_empty() => "end of line".to_owned(),
        None => text.to_owned(),
    }
}
