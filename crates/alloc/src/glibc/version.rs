//! Releases of glibc, by what changed in their malloc.

use serde::{Deserialize, Serialize};

/// A release of glibc. What is named here is either modelled or refused when a [`Glibc`](super::Glibc) is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub enum GlibcVersion {
    /// The tcache appears.
    V2_26,
    V2_27,
    V2_28,
    /// The tcache's key, which finds double frees.
    V2_29,
    /// Counts of 16 bits in the tcache.
    V2_30,
    V2_31,
    /// Safe-linking, alignment checks.
    V2_32,
    V2_33,
    /// A random key; no hooks.
    V2_34,
    /// Huge pages by tunable.
    V2_35,
    /// Debian 12; checked against it call by call.
    #[default]
    V2_36,
    V2_37,
    /// aligned_alloc refuses alignments that are no power of two; memalign looks for a fitting chunk.
    V2_38,
    V2_39,
    V2_40,
    /// The tcache serves calloc.
    V2_41,
    /// Larger tcache bins.
    V2_42,
    /// No fastbins.
    V2_43,
}

/// A release that is named but not modelled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("glibc {0} is not modelled; 2.31 to 2.37 and 2.39 to 2.41 are")]
pub struct UnmodelledVersion(pub String);

impl GlibcVersion {
    const NAMES: [(&'static str, Self); 18] = [
        ("2.26", Self::V2_26),
        ("2.27", Self::V2_27),
        ("2.28", Self::V2_28),
        ("2.29", Self::V2_29),
        ("2.30", Self::V2_30),
        ("2.31", Self::V2_31),
        ("2.32", Self::V2_32),
        ("2.33", Self::V2_33),
        ("2.34", Self::V2_34),
        ("2.35", Self::V2_35),
        ("2.36", Self::V2_36),
        ("2.37", Self::V2_37),
        ("2.38", Self::V2_38),
        ("2.39", Self::V2_39),
        ("2.40", Self::V2_40),
        ("2.41", Self::V2_41),
        ("2.42", Self::V2_42),
        ("2.43", Self::V2_43),
    ];

    /// Each release that has a name here, the oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(_, version)| *version)
    }

    /// Is this release's malloc built? 2.26 to 2.30 (another tcache), 2.38 (memalign searches the bins) and 2.42 on (tcache for
    /// large blocks, no fastbins) are not.
    pub fn is_modelled(self) -> bool {
        self >= Self::V2_31 && self <= Self::V2_41 && self != Self::V2_38
    }

    /// Was it compared with the real library, program by program? The other modelled releases stand between these, and follow the
    /// library's history.
    pub fn is_compared(self) -> bool {
        matches!(self, Self::V2_31 | Self::V2_36 | Self::V2_41)
    }

    /// The release, if it is modelled.
    ///
    /// # Errors
    /// [`UnmodelledVersion`] if it is not.
    pub fn modelled(self) -> Result<Self, UnmodelledVersion> {
        if self.is_modelled() { Ok(self) } else { Err(UnmodelledVersion(self.to_string())) }
    }
}

impl std::fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = Self::NAMES.iter().find(|(_, version)| version == self);
        f.write_str(name.map_or("?", |(name, _)| name))
    }
}

impl std::str::FromStr for GlibcVersion {
    type Err = UnmodelledVersion;

    fn from_str(text: &str) -> Result<Self, UnmodelledVersion> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, version)| *version).ok_or_else(|| UnmodelledVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for (name, version) in GlibcVersion::NAMES {
            assert_eq!((name.parse(), version.to_string().as_str()), (Ok(version), name));
        }
        assert!("3.0".parse::<GlibcVersion>().is_err());
        assert!(GlibcVersion::default().is_modelled());
    }
}
