//! What a forked address space gets of its parent's pages (Linux: `copy_page_range`).
//!
//! Only mappings with anonymous pages of their own or guard regions are copied; the rest the child faults in anew.

use crate::account::RssDelta;
use crate::paging::{Pte, PteFlags};
use crate::phys::OutOfFrames;
use crate::rmap::runs::dup_small_anon;
use crate::vma::Vma;
use crate::walk::{FEW_ENTRIES, Run, Slot};
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

/// Whether a write to the mapping's pages makes a private copy (Linux: `is_cow_mapping`).
pub(crate) fn is_cow_mapping(flags: VmFlags) -> bool {
    flags & (VmFlags::SHARED | VmFlags::MAYWRITE) == VmFlags::MAYWRITE
}

impl Machine {
    /// Gives `dst` the tables and pages of mapping `id` of `src`: the same pages, old, and in private mappings read-only on
    /// both sides.
    ///
    /// # Errors
    /// If there is no frame for a table; `dst` then has a part of it.
    pub fn copy_page_range(&mut self, dst: MmId, src: MmId, id: VmaId) -> Result<(), OutOfFrames> {
        let vma = *self.mm(src).vmas.get(id);
        if let Some(level) = vma.hugetlb_level() {
            return self.hugetlb_copy(dst, src, &vma, level);
        }
        if vma.anon_vma.is_none() && !vma.flags.contains(VmFlags::MAYBE_GUARD) {
            return Ok(());
        }
        let mut rss = RssDelta::default();
        let mut addr = vma.start;
        while addr < vma.end {
            let (slot, next) = self.mm(src).tables.slot(&self.phys, addr, vma.end);
            match slot {
                Slot::Empty => self.copy_upper_tables(dst, src, addr)?,
                Slot::Huge(at, pte) => {
                    if !self.copy_huge(dst, &vma, at, pte, addr, &mut rss)? {
                        continue;
                    }
                }
                Slot::Table(table) => {
                    self.copy_table((dst, src), &vma, table, addr..next, &mut rss)?;
                }
            }
            // At once: the next table may have to be reclaimed for.
            self.account_rss(dst, std::mem::take(&mut rss));
            addr = next;
        }
        self.flush(FlushOwed::range(src, vma.start, vma.end));
        Ok(())
    }

    /// Where the parent has a table of tables, the child gets one, though nothing hangs below it there.
    fn copy_upper_tables(&mut self, dst: MmId, src: MmId, addr: VirtAddr) -> Result<(), OutOfFrames> {
        let levels = self.mm(src).tables.format.levels;
        let lowest = (1..levels).find(|&level| self.mm(src).tables.entry(&self.phys, addr, level).is_some());
        if let Some(level) = lowest {
            self.ensure_entry(dst, addr, level)?;
        }
        Ok(())
    }

    fn copy_table(
        &mut self,
        (dst, src): (MmId, MmId),
        vma: &Vma,
        table: Pfn,
        range: std::ops::Range<VirtAddr>,
        rss: &mut RssDelta,
    ) -> Result<(), OutOfFrames> {
        let run = self.mm(src).tables.run(table, range.start, range.end);
        let to = Run { table: self.ensure_entry(dst, range.start, 0)?.table, ..run };
        if run.len <= FEW_ENTRIES {
            let mut parents = [Pte::NONE.0; FEW_ENTRIES];
            self.phys.read_run(run, &mut parents[..run.len]);
            let mut children = parents;
            self.copy_run(dst, vma, (run, &mut parents[..run.len]), (to, &mut children[..run.len]), rss);
        } else {
            let mut parents = self.phys.entries(run);
            let mut children = parents;
            self.copy_run(dst, vma, (run, &mut parents[..run.len]), (to, &mut children[..run.len]), rss);
        }
        Ok(())
    }

    /// Makes the entries `parents` of `run` what they are after the fork, and `children` the same of `to`.
    fn copy_run(
        &mut self,
        dst: MmId,
        vma: &Vma,
        (run, parents): (Run, &mut [u64]),
        (to, children): (Run, &mut [u64]),
        rss: &mut RssDelta,
    ) {
        let bits = SharedBits::of(vma);
        let mut next = 0;
        while next < run.len {
            let i = next;
            next += 1;
            if parents[i] == Pte::NONE.0 {
                continue;
            }
            let pages = dup_small_anon(&mut self.phys, &parents[i..]);
            if pages > 0 {
                next = i + pages;
                bits.share_all(&mut parents[i..next], &mut children[i..next]);
                rss.anon += pages as i64;
                continue;
            }
            let shared = self.share_entry(dst, Pte(parents[i]), bits, rss);
            (parents[i], children[i]) = (shared.parent.0, shared.child.0);
        }
        self.phys.write_run(run, parents);
        self.phys.write_run(to, children);
    }

    /// The two entries that one becomes.
    fn share_entry(&mut self, dst: MmId, pte: Pte, bits: SharedBits, rss: &mut RssDelta) -> Shared {
        if let Some((slot, _)) = pte.swap_slot() {
            self.swap.add_reference(slot);
            rss.swap += 1;
            return Shared { parent: pte.swap_shared(), child: pte.swap_shared() };
        }
        if !pte.is_mapped() {
            return Shared { parent: pte, child: pte };
        }
        if !pte.is_special() {
            rss.add(self.phys.frame(pte.pfn()), 1);
            self.rmap_dup(dst, pte.pfn());
        }
        bits.share(pte)
    }
}

/// An entry after fork, on both sides.
pub(crate) struct Shared {
    /// The parent's.
    pub(crate) parent: Pte,
    /// The child's.
    pub(crate) child: Pte,
}

/// Private: read-only on both sides. The child's is old, and clean if the mapping is shared.
pub(crate) fn share_bits(vma: &Vma, pte: Pte) -> Shared {
    SharedBits::of(vma).share(pte)
}

/// What a mapping's entries lose in a fork.
#[derive(Clone, Copy)]
struct SharedBits {
    parent: PteFlags,
    child: PteFlags,
}

impl SharedBits {
    fn of(vma: &Vma) -> SharedBits {
        let parent = if is_cow_mapping(vma.flags) { PteFlags::WRITABLE } else { PteFlags::empty() };
        let shared = vma.flags.contains(VmFlags::SHARED);
        let clean = if shared { PteFlags::DIRTY } else { PteFlags::empty() };
        SharedBits { parent, child: parent | clean | PteFlags::ACCESSED }
    }

    fn share(self, pte: Pte) -> Shared {
        Shared { parent: pte.without(self.parent), child: pte.without(self.child) }
    }

    fn share_all(self, parents: &mut [u64], children: &mut [u64]) {
        for (parent, child) in parents.iter_mut().zip(children) {
            *child = *parent & !self.child.bits();
            *parent &= !self.parent.bits();
        }
    }
}
