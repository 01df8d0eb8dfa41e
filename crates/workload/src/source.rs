//! Scenario text from a reader: plain or gzip, a line at a time, no line longer than [`MAX_LINE_BYTES`].

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// The longest line that is read; a longer one is refused unread.
pub const MAX_LINE_BYTES: usize = 1 << 20;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why a line could not be read. Where there is a line, `Display` is `LINE:COLUMN: reason`, the column in characters from 1.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is nothing to read from.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// The reader failed on the way; a truncated or damaged .gz, too.
    #[error("{line}:{column}: cannot read on: {error}")]
    Broken {
        /// The line that it came to, from 1.
        line: u64,
        /// Where in that.
        column: usize,
        /// Why.
        error: io::Error,
    },
    /// A line without an end.
    #[error("{line}:{column}: the line is longer than {MAX_LINE_BYTES} bytes; no scenario needs that")]
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// As far as it was read.
        column: usize,
    },
    /// Bytes that are no text.
    #[error("{line}:{column}: not UTF-8; a scenario is text")]
    NotText {
        /// The line's number, from 1.
        line: u64,
        /// The first bad byte.
        column: usize,
    },
}

impl SourceError {
    /// Whether it has a line and a column.
    pub fn has_place(&self) -> bool {
        !matches!(self, SourceError::Io(_))
    }
}

/// The lines of a scenario.
pub struct Lines {
    reader: Box<dyn BufRead>,
    bytes: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Lines of `reader`, which is unpacked if it begins as a gzip file does.
    ///
    /// # Errors
    /// If its first two bytes cannot be read.
    pub fn new(mut reader: impl Read + 'static) -> io::Result<Lines> {
        let mut head = Vec::with_capacity(GZIP_MAGIC.len());
        reader.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut head)?;
        let packed = head == GZIP_MAGIC;
        let whole = BufReader::with_capacity(1 << 16, Cursor::new(head).chain(reader));
        let reader: Box<dyn BufRead> =
            if packed { Box::new(BufReader::new(MultiGzDecoder::new(whole))) } else { Box::new(whole) };
        Ok(Lines { reader, bytes: Vec::new(), number: 0 })
    }

    /// Lines of a text that is at hand.
    pub fn of(text: impl Into<String>) -> Lines {
        Lines { reader: Box::new(Cursor::new(text.into())), bytes: Vec::new(), number: 0 }
    }

    /// The next line without its end, and its number from 1; `None` at the end of the text.
    ///
    /// # Errors
    /// If it cannot be read, is too long or no text.
    pub fn next_line(&mut self) -> Result<Option<(u64, &str)>, SourceError> {
        self.bytes.clear();
        self.number += 1;
        if !self.fill()? {
            return Ok(None);
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(Some((self.number, text))),
            Err(_) => Err(SourceError::NotText { line: self.number, column: self.column() }),
        }
    }

    /// The column behind what was read of the line and is text, in characters from 1.
    fn column(&self) -> usize {
        self.bytes.utf8_chunks().next().map_or(0, |text| text.valid().chars().count()) + 1
    }

    /// Reads to the next newline; whether there was anything.
    fn fill(&mut self) -> Result<bool, SourceError> {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let (line, column) = (self.number, self.column());
                    return Err(SourceError::Broken { line, column, error });
                }
            };
            if chunk.is_empty() {
                return Ok(!self.bytes.is_empty());
            }
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let taken = newline.unwrap_or(chunk.len());
            if self.bytes.len() + taken > MAX_LINE_BYTES {
                return Err(SourceError::TooLong { line: self.number, column: self.column() });
            }
            self.bytes.extend_from_slice(&chunk[..taken]);
            self.reader.consume(taken + usize::from(newline.is_some()));
            if newline.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn all(bytes: Vec<u8>) -> Result<Vec<String>, SourceError> {
        let mut lines = Lines::new(Cursor::new(bytes))?;
        let mut out = Vec::new();
        while let Some((number, text)) = lines.next_line()? {
            assert_eq!(number as usize, out.len() + 1);
            out.push(text.to_owned());
        }
        Ok(out)
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn reads_plain_and_packed_text_alike() {
        let text = "one\n\nthree";
        assert_eq!(all(text.into()).unwrap(), ["one", "", "three"]);
        assert_eq!(all(packed(text)).unwrap(), ["one", "", "three"]);
        assert_eq!(all([packed("one\n"), packed("two\n")].concat()).unwrap(), ["one", "two"]);
        assert!(all(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn a_truncated_gz_is_refused_where_it_ends() {
        let mut bytes = packed("one\ntw\u{f6}");
        bytes.truncate(bytes.len() - 4);
        assert!(matches!(all(bytes), Err(SourceError::Broken { line: 2, column: 4, .. })));
        let head = packed("one\n")[..5].to_vec();
        assert!(matches!(all(head), Err(SourceError::Broken { line: 1, column: 1, .. })));
    }

    #[test]
    fn an_endless_line_is_refused_unread() {
        let mut lines = Lines::new(io::repeat(b'x')).unwrap();
        assert!(matches!(lines.next_line(), Err(SourceError::TooLong { line: 1, .. })));
        assert!(lines.bytes.len() <= MAX_LINE_BYTES);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let result = all(b"one\nt\xc3\xb6\xff".to_vec());
        assert!(matches!(result, Err(SourceError::NotText { line: 2, column: 3 })));
    }
}
