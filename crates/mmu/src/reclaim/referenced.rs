//! Was a page used? Every entry that maps it is asked, through reverse mapping (Linux: `folio_referenced`).

use crate::ids::{AnonVmaId, InodeId};
use crate::paging::PteFlags;
use crate::paging::table::Lookup;
use crate::phys::FrameFlags;
use crate::rmap::is_large;
use crate::rmap::walk::Mapped;
use crate::tlb::FlushOwed;
use crate::vma::RmapMember;
use crate::{Machine, MmId, Pfn, VirtAddr, VmFlags};

/// How a page was used since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    /// Mappings with an entry whose accessed bit was set.
    pub(super) entries: u32,
    /// One of them in executable memory.
    pub(super) executable: bool,
    /// A mapping holds it locked.
    pub(super) locked: bool,
}

/// A place where a page is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) mm: MmId,
    pub(super) addr: VirtAddr,
    pub(super) flags: VmFlags,
}

impl Machine {
    /// Counts the mappings through which the folio of `pfn`, its first page, was used, and clears the accessed bits of the entries. A
    /// mapping that is read in sequence or at random says nothing about future use (`vma_has_recency`).
    pub(super) fn page_referenced(&mut self, pfn: Pfn) -> Use {
        if is_large(self.phys.frame(pfn)) {
            return self.folio_referenced(pfn);
        }
        let mut used = Use::default();
        for site in self.rmap_sites(pfn) {
            used.locked |= site.flags.contains(VmFlags::LOCKED);
            if has_recency(site.flags) && self.clear_young(&site) {
                used.entries += 1;
                used.executable |= site.flags.contains(VmFlags::EXEC);
            }
        }
        used
    }

    /// The same for a large one: entries of one mapping count as one.
    fn folio_referenced(&mut self, head: Pfn) -> Use {
        let (mut used, mut counted) = (Use::default(), None);
        for Mapped { mm, vma, addr, at, pte, .. } in self.folio_entries(head) {
            used.locked |= vma.flags.contains(VmFlags::LOCKED);
            if !has_recency(vma.flags) || !pte.is_young() {
                continue;
            }
            self.set_entry(at, pte.without(PteFlags::ACCESSED));
            self.flush(FlushOwed::page(mm, addr));
            if counted.replace((mm, vma.start)) != Some((mm, vma.start)) {
                used.entries += 1;
                used.executable |= vma.flags.contains(VmFlags::EXEC);
            }
        }
        used
    }

    /// Where `pfn` is mapped, in the order of reverse mapping.
    pub(super) fn rmap_sites(&self, pfn: Pfn) -> Vec<Site> {
        let frame = self.phys.frame(pfn);
        if frame.mapcount() == 0 {
            return Vec::new();
        }
        let (index, mut members) = (frame.index(), Vec::new());
        if frame.has(FrameFlags::ANON) {
            self.anon.mappings(AnonVmaId(frame.mapping), index, index, &mut members);
        } else {
            self.i_mmap.mappings(InodeId(frame.mapping), index, index, &mut members);
        }
        members.iter().filter_map(|member| self.site(member, pfn)).collect()
    }

    fn site(&self, member: &RmapMember, pfn: Pfn) -> Option<Site> {
        let mm = self.mm(member.mm);
        let vma = mm.vmas.get(member.vma);
        let pages = self.phys.frame(pfn).index().checked_sub(vma.pgoff)?;
        let addr = vma.start + (pages << mm.tables.format.page_shift);
        let Lookup::Base(_, pte) = mm.tables.lookup(&self.phys, addr) else { return None };
        (vma.contains(addr) && pte.is_mapped() && !pte.is_special() && pte.pfn() == pfn).then_some(Site {
            mm: member.mm,
            addr,
            flags: vma.flags,
        })
    }

    fn clear_young(&mut self, site: &Site) -> bool {
        let Lookup::Base(at, pte) = self.mm(site.mm).tables.lookup(&self.phys, site.addr) else {
            return false;
        };
        if !pte.is_young() {
            return false;
        }
        self.set_entry(at, pte.without(PteFlags::ACCESSED));
        self.flush(FlushOwed::page(site.mm, site.addr));
        true
    }
}

fn has_recency(flags: VmFlags) -> bool {
    !flags.intersects(VmFlags::SEQ_READ | VmFlags::RAND_READ)
}
