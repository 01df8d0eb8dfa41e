//! The kinds of random scenarios, by name.

use std::fmt;
use std::str::FromStr;

/// Which machine a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// System calls and accesses: 30 to 300 lines.
    Kernel,
    /// The C library's allocator: 200 to 5,000 calls.
    Malloc,
}

macro_rules! profiles {
    ($($side:ident: $($(#[$doc:meta])* $variant:ident $name:literal,)*;)*) => {
        /// What a random scenario is mostly about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Profile {
            $($($(#[$doc])* $variant,)*)*
        }

        impl Profile {
            /// Every profile, the kernel's first.
            pub const ALL: &'static [Profile] = &[$($(Profile::$variant,)*)*];

            /// The name by which the command line knows the profile.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($(Profile::$variant => $name,)*)*
                }
            }

            /// The machine that the profile is about.
            #[must_use]
            pub fn side(self) -> Side {
                match self {
                    $($(Profile::$variant => Side::$side,)*)*
                }
            }
        }
    };
}

profiles! {
    Kernel:
        /// Private anonymous memory.
        Anon "anon",
        /// Private and shared mappings of files.
        File "file",
        /// Copies of processes, copy-on-write.
        Fork "fork",
        /// mlock, mlockall, `MAP_LOCKED` and their limit.
        Lock "lock",
        /// The program break.
        Heap "heap",
        /// Transparent huge pages.
        Huge "huge",
        /// mremap.
        Move "move",
        /// A little of everything.
        Mixed "mixed",
        /// Shared memory and several processes.
        Shared "shared",
        /// Mappings that grow downwards.
        Stack "stack",
        /// Files on tmpfs.
        Memfd "memfd",
        /// Every advice of madvise.
        Madvise "madvise",
        /// Resource limits.
        Limits "limits",
        /// Guard regions.
        Guard "guard",
        /// Populating in all its forms.
        Populate "populate",
        /// Files that shrink and grow under their mappings, SIGBUS.
        Truncate "truncate",
        /// Eviction, major faults and readahead.
        Readahead "readahead",
        /// Where mappings of all sizes are placed.
        Placement "placement",
        /// Merging and splitting of mappings.
        Merge "merge",
        /// smaps, status, pagemap and mincore after every few calls.
        Views "views",
        /// Arguments that are refused, and what stays behind.
        Errors "errors",
        /// mseal, and what it refuses.
        Seal "seal",
        /// Long writes to files, and the large folios that they leave in the page cache.
        Folios "folios",
    ;
    Malloc:
        /// Small blocks only: tcache and fastbins.
        MallocSmall "malloc-small",
        /// Sizes as programs have them.
        MallocMixed "malloc-mixed",
        /// Around the thresholds: mmap, trim, large bins.
        MallocThreshold "malloc-threshold",
        /// Mostly realloc.
        MallocRealloc "malloc-realloc",
        /// The memalign family.
        MallocAligned "malloc-aligned",
        /// Blocks are freed last in, first out.
        MallocLifo "malloc-lifo",
        /// Blocks are freed first in, first out.
        MallocFifo "malloc-fifo",
        /// Blocks are freed in random order.
        MallocRandom "malloc-random",
        /// Several threads, and processes.
        MallocThreads "malloc-threads",
        /// mallopt in between.
        MallocMallopt "malloc-mallopt",
        /// Memory runs out.
        MallocLimits "malloc-limits",
        /// Processes with copies of a heap.
        MallocFork "malloc-fork",
        /// Double frees, foreign pointers and overwritten headers.
        MallocAbort "malloc-abort",
        /// Other users of the break and of the mmap area.
        MallocForeign "malloc-foreign",
    ;
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of [`Profile::ALL`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no profile is named {0:?}")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .iter()
            .copied()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}
