//! Reading the lines.

use super::Region;

/// A line that does not describe a segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The first word is none of the kinds.
    #[error("`{0}` is no kind of references: seq, rev, cyc, stride, uni, zipf, chase, mix and phase are")]
    Kind(String),
    /// Too few words, or too many.
    #[error("`{line}` has {found} words, {kind} takes {wanted}")]
    Words {
        /// The line.
        line: String,
        /// The kind.
        kind: &'static str,
        /// Words that the kind takes, itself included.
        wanted: usize,
        /// Words in the line.
        found: usize,
    },
    /// A word that should be a number in some range is not.
    #[error("`{word}` in `{line}`: {what} expected")]
    Word {
        /// The line.
        line: String,
        /// The word.
        word: String,
        /// What it should be.
        what: &'static str,
    },
    /// `mix` with fewer lines after it than it names.
    #[error("`{0}` interleaves more lines than follow it")]
    Mix(String),
}

/// How the pages of a segment follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pattern {
    Upwards,
    Downwards,
    Stride(u64),
    Uniform(u64),
    Zipf(f64, u64),
    Chase(u64),
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    pub(super) pattern: Pattern,
    pub(super) region: Region,
    pub(super) base: u64,
    pub(super) pages: u64,
    pub(super) count: u64,
    pub(super) store_percent: u64,
}

impl Segment {
    /// Where its references go.
    pub fn region(&self) -> Region {
        self.region
    }
}

/// A line, or the lines that a `mix` interleaves with how many references of each come in turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A line of its own.
    One(Segment),
    /// Interleaved lines.
    Mix(Vec<(u64, Segment)>),
}

impl Part {
    /// Its lines.
    pub fn segments(&self) -> Vec<Segment> {
        match self {
            Part::One(segment) => vec![*segment],
            Part::Mix(members) => members.iter().map(|(_, segment)| *segment).collect(),
        }
    }
}

/// Reads lines, in order.
///
/// # Errors
/// The first line that makes no sense.
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Vec<Part>, SpecError> {
    let mut lines =
        lines.into_iter().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut parts = Vec::new();
    while let Some(line) = lines.next() {
        match line.split_whitespace().next() {
            Some("phase") => {}
            Some("mix") => parts.push(mix(line, &mut lines)?),
            _ => parts.push(Part::One(segment(line)?)),
        }
    }
    Ok(parts)
}

fn mix<'a>(line: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Part, SpecError> {
    let mut members = Vec::new();
    for word in line.split_whitespace().skip(1) {
        let turn = number(line, word, MOST_COUNT, "a number of references")?;
        let next = lines.next().ok_or_else(|| SpecError::Mix(line.to_owned()))?;
        members.push((turn, segment(next)?));
    }
    Ok(Part::Mix(members))
}

const MOST_PAGES: u64 = 1 << 24;
const MOST_COUNT: u64 = 1 << 40;

fn segment(line: &str) -> Result<Segment, SpecError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (kind, wanted) = kind_of(words[0])?;
    if words.len() != wanted {
        return Err(SpecError::Words { line: line.to_owned(), kind, wanted, found: words.len() });
    }
    let skip = usize::from(kind == "zipf");
    let region = Region::from_letter(words[1 + skip])
        .ok_or_else(|| bad(line, words[1 + skip], "one of a, m, p, r"))?;
    let base = number(line, words[2 + skip], MOST_PAGES, "a page number")?;
    let pages = number(line, words[3 + skip], MOST_PAGES, "a number of pages")?;
    if pages == 0 {
        return Err(bad(line, words[3 + skip], "at least one page"));
    }
    let rest: Vec<u64> = words[4 + skip..]
        .iter()
        .map(|word| number(line, word, u64::MAX, "a number"))
        .collect::<Result<_, _>>()?;
    let (pattern, count, store_percent) = match kind {
        "seq" => (Pattern::Upwards, pages.saturating_mul(rest[0]), rest[1]),
        "rev" => (Pattern::Downwards, pages.saturating_mul(rest[0]), rest[1]),
        "cyc" => (Pattern::Upwards, rest[0], rest[1]),
        "stride" => (Pattern::Stride(rest[0]), rest[1], rest[2]),
        "uni" => (Pattern::Uniform(rest[3]), rest[0], rest[1]),
        "chase" => (Pattern::Chase(rest[3]), rest[0], rest[1]),
        _ => (Pattern::Zipf(skew(line, words[1])?, rest[3]), rest[0], rest[1]),
    };
    if count > MOST_COUNT {
        return Err(bad(line, &count.to_string(), "at most 2^40 references"));
    }
    Ok(Segment { pattern, region, base, pages, count, store_percent })
}

fn kind_of(word: &str) -> Result<(&'static str, usize), SpecError> {
    const KINDS: [(&str, usize); 7] =
        [("seq", 7), ("rev", 7), ("cyc", 7), ("stride", 8), ("uni", 8), ("zipf", 9), ("chase", 8)];
    KINDS.into_iter().find(|(kind, _)| *kind == word).ok_or_else(|| SpecError::Kind(word.to_owned()))
}

fn number(line: &str, word: &str, most: u64, what: &'static str) -> Result<u64, SpecError> {
    word.parse().ok().filter(|&n| n <= most).ok_or_else(|| bad(line, word, what))
}

fn skew(line: &str, word: &str) -> Result<f64, SpecError> {
    word.parse()
        .ok()
        .filter(|s: &f64| s.is_finite() && s.abs() <= 100.0)
        .ok_or_else(|| bad(line, word, "an exponent"))
}

fn bad(line: &str, word: &str, what: &'static str) -> SpecError {
    SpecError::Word { line: line.to_owned(), word: word.to_owned(), what }
}
