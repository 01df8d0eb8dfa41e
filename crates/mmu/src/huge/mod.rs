//! Transparent huge pages of anonymous memory (Linux: `mm/huge_memory.c`; no other size than 2 MiB is on).
//!
//! A huge page is a folio of `2^9` frames mapped by one entry of level 1. The entry may be split into a table of base-page
//! entries while the folio stays whole. Reclaim sends it to swap as one or takes it apart (`swap::out`). Where no block is free,
//! [`ThpDefrag`] says who makes one. Not modelled: the queue of partly mapped ones that a shrinker takes apart (reclaim does when it
//! comes upon one).

mod collapse;
mod collapse_file;
mod compact;
mod defrag;
mod fault;
mod file;
mod folio;
mod fork;
mod khugepaged;
mod split;
mod split_folio;
mod usage;
mod zap;

pub use defrag::ThpDefrag;
pub(crate) use khugepaged::Khugepaged;
pub use usage::PageSizes;

use crate::phys::MAX_ORDER;
use crate::vma::Vma;
use crate::{Machine, VirtAddr, VmFlags};
use serde::{Deserialize, Serialize};

/// Which anonymous mappings get huge pages (`transparent_hugepage/enabled`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ThpEnabled {
    /// All that hold a whole one.
    Always,
    /// Those advised so (MADV_HUGEPAGE).
    #[default]
    Madvise,
    /// None, but for MADV_COLLAPSE.
    Never,
}

impl Machine {
    /// log2 of the base pages in a huge page.
    pub(crate) fn huge_order(&self) -> u32 {
        self.config.format.index_bits
    }

    /// Whether the machine has huge pages of one entry of level 1.
    pub(crate) fn has_huge_pages(&self) -> bool {
        self.config.format.huge_pages && self.huge_order() <= MAX_ORDER
    }

    /// Whether faults of the mapping may make huge pages (Linux: `thp_vma_allowable_order`, TVA_PAGEFAULT).
    pub(crate) fn thp_allowed(&self, vma: &Vma) -> bool {
        self.has_huge_pages()
            && vma.is_anonymous()
            && match self.config.thp_enabled {
                ThpEnabled::Always => true,
                ThpEnabled::Madvise => vma.flags.contains(VmFlags::HUGEPAGE),
                ThpEnabled::Never => false,
            }
            && !vma.flags.contains(VmFlags::NOHUGEPAGE)
    }
}

/// The huge page's range around `addr`, `span` bytes long, if the mapping holds all of it (Linux: `thp_vma_suitable_order`).
pub(crate) fn huge_range(vma: &Vma, addr: VirtAddr, span: u64) -> Option<VirtAddr> {
    let start = addr.align_down(span);
    (start >= vma.start && start.get().checked_add(span)? <= vma.end.get()).then_some(start)
}
