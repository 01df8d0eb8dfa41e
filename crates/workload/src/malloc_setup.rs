//! Which C library's malloc the processes of a twin have, and how it is set.

use memtwin_alloc::{AnyMalloc, GlibcConfig, GlibcConfigError, GlibcVersion, MallocKind};
use memtwin_kernel::mmu::Config;
use serde::{Deserialize, Serialize};

/// The malloc of a twin's processes; those of one machine all have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MallocSetup {
    /// Which one.
    pub kind: MallocKind,
    /// The release, if it is glibc's.
    pub glibc: GlibcVersion,
    /// The environment's GLIBC_TUNABLES, if it is glibc's.
    pub tunables: String,
}

impl From<MallocKind> for MallocSetup {
    fn from(kind: MallocKind) -> Self {
        Self { kind, ..Self::default() }
    }
}

impl MallocSetup {
    /// The malloc of a new process on a machine of `config`.
    ///
    /// # Errors
    /// A release that is not modelled, tunables that glibc would not take.
    pub fn build(&self, config: &Config) -> Result<AnyMalloc, GlibcConfigError> {
        let config = GlibcConfig {
            version: self.glibc,
            cpus: config.cpus,
            seed: config.seed,
            overcommit_memory: config.overcommit_memory,
            tunables: self.tunables.clone(),
        };
        AnyMalloc::new(self.kind, config)
    }
}
