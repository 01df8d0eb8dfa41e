//! Recounting from scratch what is kept as a running count, and comparing what is kept twice.
//!
//! Each room checks its own part; [`Machine::check`] runs them all. It is slow, and meant for tests: after every step.

mod dirty;
mod frames;
mod hashed;
mod rmap;
mod swap;
mod tlb;
mod zones;

use crate::file::check::FileCheckError;
use crate::vma::VmaCheckError;
use crate::{Machine, Mm, MmId, Pfn, VirtAddr};

/// What does not agree with what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The TLB holds what the page tables no longer say, and no flush is owed.
    #[error("the TLB has {addr} of {mm:?} as {cached}, the page tables as {actual}")]
    StaleTlb {
        /// The address space.
        mm: MmId,
        /// The page.
        addr: VirtAddr,
        /// The TLB's entry.
        cached: String,
        /// The page table's.
        actual: String,
    },
    /// A frame's count is not that of the entries that map it.
    #[error("{pfn:?} is mapped by {found} entries and says {kept}")]
    Mapcount {
        /// The frame.
        pfn: Pfn,
        /// The frame's own count.
        kept: u32,
        /// The entries found.
        found: u32,
    },
    /// A frame is in use and free, or is used twice in ways that exclude each other.
    #[error("{pfn:?} is {what}")]
    Frame {
        /// The frame.
        pfn: Pfn,
        /// In what state it should not be.
        what: &'static str,
    },
    /// A counter of an address space or of the machine.
    #[error("{what} of {mm:?} is {kept}, counted {found}")]
    Count {
        /// The address space; none for the machine's.
        mm: Option<MmId>,
        /// The counter's name.
        what: &'static str,
        /// What is kept.
        kept: u64,
        /// What was counted.
        found: u64,
    },
    /// The mappings and what refers to them.
    #[error(transparent)]
    Vmas(#[from] VmaCheckError),
    /// The files and their page caches.
    #[error(transparent)]
    Files(#[from] FileCheckError),
}

impl Machine {
    /// Checks everything.
    ///
    /// # Errors
    /// The first disagreement found: a bug of the twin's.
    pub fn check(&self) -> Result<(), CheckError> {
        self.check_vmas()?;
        self.check_files()?;
        self.check_frames()?;
        self.check_rmap()?;
        self.check_swap()?;
        self.check_hashed()?;
        self.check_hugetlb()?;
        self.check_dirty()?;
        self.check_sums()?;
        self.check_zones()?;
        self.check_tlb()
    }

    /// What is kept of all address spaces together.
    fn check_sums(&self) -> Result<(), CheckError> {
        let sum = |of: fn(&Mm) -> u64| self.mms.iter().flatten().map(of).sum();
        let sums = [
            ("breaks", self.breaks, sum(|mm| mm.brk - mm.start_brk)),
            ("rss", self.rss, sum(|mm| mm.stats.rss_pages())),
            ("tables", self.phys.table_bytes, sum(|mm| mm.tables.table_bytes)),
        ];
        match sums.iter().find(|(_, kept, found)| kept.now() != *found) {
            None => Ok(()),
            Some(&(what, kept, found)) => Err(CheckError::Count { mm: None, what, kept: kept.now(), found }),
        }
    }
}
