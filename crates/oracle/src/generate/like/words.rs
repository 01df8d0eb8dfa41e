//! What a line of a scenario is made of, as far as changing it needs that.

use std::ops::Range;

/// A line: `[process] name = call(arguments)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<'a> {
    /// The number in brackets; 1 without.
    pub(super) process: &'a str,
    /// The name that the result is bound to.
    pub(super) name: Option<&'a str>,
    /// What is called.
    pub(super) call: &'a str,
    /// What stands in the parentheses.
    pub(super) arguments: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        let (process, rest) = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((process, rest)) => (process.split('.').next().unwrap_or(process), rest.trim_start()),
            None => ("1", line),
        };
        let (head, tail) = rest.split_once('(').unwrap_or((rest, ""));
        let (name, call) = match head.split_once('=') {
            Some((name, call)) => (Some(name.trim()), call.trim()),
            None => (None, head.trim()),
        };
        Self { process, name, call, arguments: tail.strip_suffix(')').unwrap_or(tail) }
    }
}

/// The names in a line's arguments.
pub(super) fn names_used(line: &str) -> Vec<&str> {
    let has_mode = Words::of(line).call == "touch";
    let words = word_ranges(line).into_iter().map(|range| &line[range]);
    words
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter(|word| !(has_mode && matches!(*word, "r" | "w")))
        .collect()
}

/// Where words and numbers stand in a line's arguments, quoted ones left out.
pub(super) fn word_ranges(line: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut quoted) = (None, false);
    let first = line.find('(').map_or(line.len(), |at| at + 1);
    for (at, c) in line.char_indices().skip_while(|(at, _)| *at < first) {
        quoted ^= c == '"';
        let inside = !quoted && (c.is_ascii_alphanumeric() || c == '_');
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                ranges.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    ranges
}

/// A number in decimal with its unit, in bytes.
pub(super) fn number(word: &str) -> Option<u64> {
    let (digits, unit) = match word.as_bytes().last()? {
        b'K' => (&word[..word.len() - 1], 10),
        b'M' => (&word[..word.len() - 1], 20),
        b'G' => (&word[..word.len() - 1], 30),
        _ => (word, 0),
    };
    digits.parse::<u64>().ok()?.checked_shl(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_parts() {
        let words = Words::of("[2.1] b = mremap(a+4K, 8K, 0, 0)");
        assert_eq!(
            (words.process, words.name, words.call, words.arguments),
            ("2", Some("b"), "mremap", "a+4K, 8K, 0, 0")
        );
        let line = "f = open(\"name\", O_RDONLY)";
        assert_eq!(word_ranges(line).len(), 1);
        assert_eq!(names_used("[2] touch(p+4K, len, w)"), ["p", "len"]);
        assert_eq!(names_used("close(r)"), ["r"]);
        assert_eq!(
            [number("12K"), number("5"), number("NULL"), number("0x10")],
            [Some(12288), Some(5), None, None]
        );
    }
}
