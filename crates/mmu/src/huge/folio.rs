//! The frames of huge pages (Linux: `vma_alloc_anon_folio_pmd`, `mm_get_huge_zero_folio`).

use crate::ids::AnonVmaId;
use crate::phys::FrameFlags;
use crate::vma::Vma;
use crate::{Machine, MmId, Pfn};

const ANON: FrameFlags = FrameFlags::ANON.union(FrameFlags::SWAPBACKED);
const HEAD: FrameFlags = ANON
    .union(FrameFlags::HEAD)
    .union(FrameFlags::HUGE)
    .union(FrameFlags::ANON_EXCLUSIVE)
    .union(FrameFlags::LRU);

impl Machine {
    /// Makes a fresh block a huge page, exclusive and not mapped yet, whose first base page has `index` in the family.
    pub(super) fn make_anon_folio(&mut self, head: Pfn, family: AnonVmaId, index: u64) {
        let order = self.huge_order();
        for i in 0..1 << order {
            let frame = self.phys.frame_mut(head + i);
            frame.insert(if i == 0 { HEAD } else { ANON | FrameFlags::TAIL });
            frame.set_order(order);
            frame.mapping = family.0;
            frame.set_index(index + u64::from(i));
        }
    }

    /// One entry of `mm` in `vma`, the first of all, maps the huge page from now on: it goes on a list, and is locked as the mapping is
    /// (Linux: `folio_add_lru_vma`).
    pub(super) fn add_new_huge_rmap(&mut self, mm: MmId, vma: &Vma, head: Pfn) {
        self.folios.add_entire(head, mm);
        self.phys.lru_add(head);
        self.mlock_folio(vma, head, self.folio_nr_pages(head));
    }

    /// Makes `family` the family of all pages of the folio (Linux: `folio_move_anon_rmap`).
    pub(crate) fn set_folio_family(&mut self, head: Pfn, family: AnonVmaId) {
        for i in 0..1 << self.phys.frame(head).order() {
            self.phys.frame_mut(head + i).mapping = family.0;
        }
    }

    /// The huge zero page, made when first asked for.
    pub(crate) fn huge_zero(&mut self) -> Option<Pfn> {
        if self.huge_zero.is_none() {
            let head = self.phys.alloc_order(self.huge_order()).ok()?;
            for i in 0..1 << self.huge_order() {
                self.phys.frame_mut(head + i).insert(FrameFlags::RESERVED);
            }
            self.huge_zero = Some(head);
            self.phys.vmstat.thp_zero_page_alloc += 1;
        }
        self.huge_zero
    }
}
