//! Replacement policies compared over one string of references: the misses of each, for some sizes of memory.
//!
//! The string comes from lines of references ([`refs`](crate::refs)) or from page numbers, one a line. Here a policy sees every
//! reference; what it does inside a machine, where only accessed bits tell of use, is `machine(reclaim=…)`.

use std::collections::HashMap;
use std::hash::Hash;

use memtwin_mmu::policy::{Misses, PolicyKind, run_noting};
use serde::Serialize;

use crate::refs::{References, SpecError, parse};

/// References that are kept in memory at most.
pub const MOST_REFERENCES: u64 = 1 << 28;

/// A string of references: pages numbered in the order of their first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceString {
    pages: Vec<u32>,
    distinct: u32,
}

/// A text that is no string of references. Where a line of it is wrong, `Display` is `LINE: reason`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StringError {
    /// A line of references is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A line of references in a text is wrong.
    #[error("{line}: {error}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        error: SpecError,
    },
    /// A line among page numbers is none.
    #[error("{line}: `{word}` is no page number")]
    Number {
        /// The line, counted from 1.
        line: usize,
        /// What stands there.
        word: String,
    },
    /// More references than are kept in memory.
    #[error("more than {MOST_REFERENCES} references")]
    TooLong,
}

/// What the policies made of a string.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// References in the string.
    pub references: u64,
    /// Different pages among them.
    pub distinct_pages: u64,
    /// The sizes of memory, in pages.
    pub memory_pages: Vec<u64>,
    /// A row a policy.
    pub policies: Vec<PolicyRow>,
}

/// One policy's misses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyRow {
    /// Its name.
    pub policy: &'static str,
    /// Misses, one a size of memory.
    pub misses: Vec<u64>,
}

impl ReferenceString {
    /// The references that lines of references describe, region by region different pages.
    ///
    /// # Errors
    /// The first wrong line; a string that is too long.
    pub fn from_specs<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, StringError> {
        let references = References::new(parse(lines)?);
        Self::number(references.map(|reference| Ok((reference.region, reference.page))))
    }

    /// A file's: page numbers one a line, or lines of references if the first does not begin with a digit. Blank lines and
    /// those that begin with `#` are skipped.
    ///
    /// # Errors
    /// As [`from_specs`](Self::from_specs), and a line that is no number.
    pub fn from_text(text: &str) -> Result<Self, StringError> {
        let lines = || text.lines().zip(1..).map(|(line, number)| (number, line.trim()));
        let mut kept = lines().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).peekable();
        if kept.peek().is_some_and(|(_, line)| !line.starts_with(|c: char| c.is_ascii_digit())) {
            let kept: Vec<(usize, &str)> = kept.collect();
            return Self::from_specs(kept.iter().map(|(_, line)| *line)).map_err(|error| error.placed(&kept));
        }
        Self::number(kept.map(|(line, word)| {
            word.parse::<u64>().map_err(|_| StringError::Number { line, word: word.to_owned() })
        }))
    }

    fn number<P: Eq + Hash>(
        references: impl Iterator<Item = Result<P, StringError>>,
    ) -> Result<Self, StringError> {
        let mut numbers = HashMap::new();
        let mut pages = Vec::new();
        for page in references {
            let next = numbers.len() as u32;
            pages.push(*numbers.entry(page?).or_insert(next));
            if pages.len() as u64 > MOST_REFERENCES {
                return Err(StringError::TooLong);
            }
        }
        Ok(ReferenceString { pages, distinct: numbers.len() as u32 })
    }

    /// The pages in the order of their use, by number.
    pub fn pages(&self) -> &[u32] {
        &self.pages
    }

    /// Runs the string under one policy with a memory of `pages` pages, and tells `missed` the number of each page that was not
    /// resident; `seed` is for the random one.
    pub fn run(&self, kind: PolicyKind, pages: usize, seed: u64, missed: impl FnMut(u32)) -> Misses {
        run_noting(kind, pages, seed, &self.pages, missed)
    }

    /// Runs the string under each policy for each size of memory in pages; `seed` is for the random one.
    pub fn compare(&self, memory_pages: &[u64], seed: u64) -> Comparison {
        let row = |kind: PolicyKind| PolicyRow {
            policy: kind.name(),
            misses: memory_pages
                .iter()
                .map(|&pages| self.run(kind, self.capacity(pages), seed, |_| {}).misses)
                .collect(),
        };
        Comparison {
            references: self.pages.len() as u64,
            distinct_pages: u64::from(self.distinct),
            memory_pages: memory_pages.to_vec(),
            policies: PolicyKind::ALL.map(row).into(),
        }
    }

    /// A memory as large as all pages need: more changes nothing, but for the shares that policies make of it.
    fn capacity(&self, pages: u64) -> usize {
        pages.min(2 * u64::from(self.distinct) + 1000) as usize
    }
}

impl Comparison {
    /// The comparison as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl StringError {
    /// Whether `Display` begins with a line.
    pub fn has_place(&self) -> bool {
        matches!(self, StringError::Line { .. } | StringError::Number { .. })
    }

    /// The same with the line, of these, that it means.
    fn placed(self, lines: &[(usize, &str)]) -> StringError {
        let StringError::Spec(error) = self else { return self };
        let is_it = |text: &str| match &error {
            SpecError::Kind(word) => text.split_whitespace().next() == Some(word),
            SpecError::Words { line, .. } | SpecError::Word { line, .. } | SpecError::Mix(line) => {
                text == line
            }
        };
        match lines.iter().find(|(_, text)| is_it(text)) {
            Some(&(line, _)) => StringError::Line { line, error },
            None => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lines_make_the_same_string() {
        let numbers: Vec<String> = [7, 8, 9, 7, 8, 9].map(|page: u64| page.to_string()).into();
        let from_numbers = ReferenceString::from_text(&numbers.join("\n")).unwrap();
        assert_eq!(from_numbers, ReferenceString::from_text("# twice\nseq a 7 3 2 0 0").unwrap());
        let comparison = from_numbers.compare(&[1, 2, 3], 0);
        assert_eq!((comparison.references, comparison.distinct_pages), (6, 3));
        let misses = |name| &comparison.policies.iter().find(|row| row.policy == name).unwrap().misses;
        assert_eq!((misses("lru"), misses("opt")), (&vec![6, 6, 3], &vec![6, 4, 3]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |text| ReferenceString::from_text(text).unwrap_err().to_string();
        assert_eq!(refused("1\n\nx"), "3: `x` is no page number");
        assert!(refused("# hot\n\nseq a 0 1 1 0 0\nsew a 0 1 1 0 0").starts_with("4: `sew` is no kind of"));
        assert!(refused("seq a 0 1 1 0 0\nseq a 0 1").starts_with("2: `seq a 0 1` has 4 words"));
        assert_eq!(ReferenceString::from_text("").unwrap().compare(&[4], 0).policies[0].misses, [0]);
    }
}
