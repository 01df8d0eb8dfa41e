//! The mallocs that a process may have, by the name that options speak.

use std::fmt;
use std::str::FromStr;

/// A malloc to choose. `FromStr` and `Display` use its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MallocKind {
    /// glibc 2.36's.
    #[default]
    Glibc,
}

impl MallocKind {
    /// Each of them.
    pub const ALL: &[MallocKind] = &[MallocKind::Glibc];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            MallocKind::Glibc => "glibc",
        }
    }

    /// What it is, in a few words.
    pub fn describes(self) -> &'static str {
        match self {
            MallocKind::Glibc => "ptmalloc2 of glibc 2.36",
        }
    }
}

impl fmt::Display for MallocKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MallocKind {
    type Err = UnknownMalloc;

    fn from_str(name: &str) -> Result<MallocKind, UnknownMalloc> {
        let known = MallocKind::ALL.iter().find(|kind| kind.name() == name);
        known.copied().ok_or_else(|| UnknownMalloc(name.to_owned()))
    }
}

/// A name that no malloc has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no malloc is named `{0}`; `memtwin support` lists them")]
pub struct UnknownMalloc(String);
