//! Who maps a frame, as counts: mapcounts, anonymous exclusivity and the end of an anonymous page with its last mapping
//! (Linux: `mm/rmap.c`, the counting half).
//!
//! An anonymous page lives as long as it is mapped; so the reference count that Linux compares with 1 is its mapcount.
//! Pages of files live in their page cache. Large folios keep more counts: [`large`].

pub(crate) mod large;
pub(crate) mod runs;
pub(crate) mod walk;

use crate::ids::AnonVmaId;
use crate::phys::{Frame, FrameFlags, Phys};
use crate::{Machine, MmId, Pfn};

pub(crate) const NEW_ANON: FrameFlags =
    FrameFlags::ANON.union(FrameFlags::SWAPBACKED).union(FrameFlags::ANON_EXCLUSIVE).union(FrameFlags::LRU);

/// Makes the fresh frame `pfn` an anonymous page mapped once (Linux: `folio_add_new_anon_rmap`, RMAP_EXCLUSIVE).
pub(crate) fn add_new_anon(phys: &mut Phys, pfn: Pfn, family: AnonVmaId, index: u64) {
    *phys.frame_mut(pfn) = Frame::mapped_once(NEW_ANON, family.0, index);
    phys.lru_add(pfn);
}

/// Whether the frame is an anonymous page of its own.
#[inline]
fn is_small_anon(frame: &Frame) -> bool {
    const KIND: FrameFlags = FrameFlags::ANON.union(FrameFlags::HEAD).union(FrameFlags::TAIL);
    frame.flags().intersection(KIND) == FrameFlags::ANON
}

/// Whether the frame is part of a large folio.
pub(crate) fn is_large(frame: &Frame) -> bool {
    frame.flags().intersects(FrameFlags::HEAD.union(FrameFlags::TAIL))
}

/// The first frame of the folio that `pfn` is in.
pub(crate) fn head_of(phys: &Phys, pfn: Pfn) -> Pfn {
    let frame = phys.frame(pfn);
    if is_large(frame) { Pfn(pfn.0 >> frame.order() << frame.order()) } else { pfn }
}

impl Machine {
    /// One entry of `mm` more maps the base page `pfn` (Linux: `folio_add_file_rmap_pte`, `folio_add_anon_rmap_pte`).
    pub(crate) fn rmap_add(&mut self, mm: MmId, pfn: Pfn) {
        let frame = self.phys.frame_mut(pfn);
        frame.inc_mapcount();
        if is_large(frame) {
            self.folios.add(head_of(&self.phys, pfn), mm, 1);
        }
    }

    /// A forked entry of `mm` maps the base page `pfn` too; an anonymous page is exclusive no more (Linux:
    /// `folio_try_dup_anon_rmap_pte`).
    pub(crate) fn rmap_dup(&mut self, mm: MmId, pfn: Pfn) {
        self.phys.frame_mut(pfn).remove(FrameFlags::ANON_EXCLUSIVE);
        self.rmap_add(mm, pfn);
    }

    /// One entry of `mm` less maps the base page `pfn`; an anonymous page that nobody maps is freed (Linux:
    /// `folio_remove_rmap_pte` and the `folio_put` after it).
    pub(crate) fn rmap_remove(&mut self, mm: MmId, pfn: Pfn) {
        let frame = self.phys.frame_mut(pfn);
        let count = frame.dec_mapcount();
        if is_large(frame) {
            self.large_remove(mm, pfn);
        } else if count == 0 && frame.has(FrameFlags::ANON) {
            self.free_unmapped_anon(pfn);
        }
    }

    fn large_remove(&mut self, mm: MmId, pfn: Pfn) {
        let head = head_of(&self.phys, pfn);
        if self.folios.remove(head, mm, 1) == 0 && self.phys.frame(head).has(FrameFlags::ANON) {
            self.free_folio(head);
        }
    }

    /// Gives all frames of an unmapped large folio back.
    pub(crate) fn free_folio(&mut self, head: Pfn) {
        for i in 0..1 << self.phys.frame(head).order() {
            self.phys.free(head + i);
        }
    }

    /// Whether a write may take the anonymous page over because nobody else has it (Linux: `wp_can_reuse_anon_folio`).
    pub(crate) fn can_reuse_anon(&self, mm: MmId, pfn: Pfn) -> bool {
        let frame = self.phys.frame(pfn);
        if is_large(frame) {
            return self.folios.mapped_only_by(head_of(&self.phys, pfn), mm);
        }
        frame.mapcount() == 1
    }
}
