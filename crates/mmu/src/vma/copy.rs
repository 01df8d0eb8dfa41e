//! The mapping at mremap's new place (Linux: `copy_vma`, mm/vma.c).

use super::{Proposal, Vma};
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    /// Makes `len` bytes at the free range `to` a mapping of what mapping `id` shows from `from` on: the old mapping and the
    /// new one.
    ///
    /// A private mapping without pages takes its offset from its new place. It may then merge with the old mapping, which is
    /// why that is given back, too.
    pub fn copy_vma(
        &mut self,
        mm: MmId,
        id: VmaId,
        from: VirtAddr,
        to: VirtAddr,
        len: u64,
    ) -> (VmaId, VmaId) {
        let old = *self.mm(mm).vmas.get(id);
        let shift = self.page_shift();
        let untouched = old.is_anonymous() && old.anon_vma.is_none();
        let pgoff = if untouched { to.get() >> shift } else { old.page_index(from, shift) };
        let range = Proposal {
            start: to,
            end: to + len,
            flags: old.flags,
            pgoff,
            file: old.file,
            anon_vma: old.anon_vma,
        };
        match self.merge_new_range(mm, &range, Some(id)) {
            Some(new) if self.mm(mm).vmas.get(new).contains(old.start) => (new, new),
            Some(new) => (id, new),
            None => (id, self.insert_copy(mm, &old, &range)),
        }
    }

    fn insert_copy(&mut self, mm: MmId, old: &Vma, range: &Proposal) -> VmaId {
        let (start, end, pgoff) = (range.start, range.end, range.pgoff);
        let copy = self.link_vma(mm, Vma { start, end, pgoff, anon_vma: None, chain: 0, ..*old });
        self.clone_families(mm, copy, old);
        copy
    }
}
