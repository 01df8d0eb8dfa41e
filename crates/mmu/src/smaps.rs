//! What a mapping has in memory, page by page summed up (Linux: `smaps_account` and its callers, fs/proc/task_mmu.c).
//!
//! Left out: KSM, device memory.

use crate::paging::table::Lookup;
use crate::paging::{Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::rmap::head_of;
use crate::walk::Slot;
use crate::{Machine, MmId, Pfn, VirtAddr, VmFlags, Vma, VmaId};

/// A proportional share has so many bits behind the point (`PSS_SHIFT`).
const PSS_SHIFT: u32 = 12;

/// Sums over the pages of a mapping, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Smaps {
    /// Resident.
    pub rss: u64,
    /// Resident, each page divided by those who map it; times 2^12, as is each `pss_` figure.
    pub pss: u64,
    /// Of `pss`: dirty.
    pub pss_dirty: u64,
    /// Of `pss`: anonymous.
    pub pss_anon: u64,
    /// Of `pss`: files.
    pub pss_file: u64,
    /// Of `pss`: shared memory.
    pub pss_shmem: u64,
    /// Of `pss`: in locked mappings.
    pub pss_locked: u64,
    /// Clean pages that several entries map.
    pub shared_clean: u64,
    /// Dirty pages that several entries map.
    pub shared_dirty: u64,
    /// Clean pages that one entry maps.
    pub private_clean: u64,
    /// Dirty pages that one entry maps.
    pub private_dirty: u64,
    /// Used since their marks were cleared.
    pub referenced: u64,
    /// Anonymous.
    pub anonymous: u64,
    /// Given up by MADV_FREE and not written since.
    pub lazyfree: u64,
    /// In huge pages mapped as a whole.
    pub anon_huge: u64,
    /// Of tmpfs, in huge pages mapped as a whole.
    pub shmem_huge: u64,
    /// Of other files, in huge pages mapped as a whole.
    pub file_huge: u64,
    /// Of a pool, and mapped elsewhere, too; counts in nothing else.
    pub shared_hugetlb: u64,
    /// Of a pool, mapped here alone.
    pub private_hugetlb: u64,
    /// Swapped out.
    pub swap: u64,
    /// Swapped out, divided by those who have it; times 2^12.
    pub swap_pss: u64,
}

impl Smaps {
    /// Adds another mapping's figures.
    pub fn add(&mut self, other: &Smaps) {
        let fields = [
            (&mut self.rss, other.rss),
            (&mut self.pss, other.pss),
            (&mut self.pss_dirty, other.pss_dirty),
            (&mut self.pss_anon, other.pss_anon),
            (&mut self.pss_file, other.pss_file),
            (&mut self.pss_shmem, other.pss_shmem),
            (&mut self.pss_locked, other.pss_locked),
            (&mut self.shared_clean, other.shared_clean),
            (&mut self.shared_dirty, other.shared_dirty),
            (&mut self.private_clean, other.private_clean),
            (&mut self.private_dirty, other.private_dirty),
            (&mut self.referenced, other.referenced),
            (&mut self.anonymous, other.anonymous),
            (&mut self.lazyfree, other.lazyfree),
            (&mut self.anon_huge, other.anon_huge),
            (&mut self.shmem_huge, other.shmem_huge),
            (&mut self.file_huge, other.file_huge),
            (&mut self.shared_hugetlb, other.shared_hugetlb),
            (&mut self.private_hugetlb, other.private_hugetlb),
            (&mut self.swap, other.swap),
            (&mut self.swap_pss, other.swap_pss),
        ];
        fields.into_iter().for_each(|(sum, more)| *sum += more);
    }

    fn account(&mut self, page: &PageUse, locked: bool) {
        self.rss += page.bytes;
        if page.anon {
            self.anonymous += page.bytes;
        }
        if page.lazyfree {
            self.lazyfree += page.bytes;
        }
        if page.referenced {
            self.referenced += page.bytes;
        }
        let pss = (page.bytes << PSS_SHIFT) / u64::from(page.mapcount.max(1));
        self.pss += pss;
        if page.anon {
            self.pss_anon += pss;
        } else if page.shmem {
            self.pss_shmem += pss;
        } else {
            self.pss_file += pss;
        }
        if locked {
            self.pss_locked += pss;
        }
        if page.dirty {
            self.pss_dirty += pss;
        }
        *match (page.mapcount >= 2, page.dirty) {
            (true, true) => &mut self.shared_dirty,
            (true, false) => &mut self.shared_clean,
            (false, true) => &mut self.private_dirty,
            (false, false) => &mut self.private_clean,
        } += page.bytes;
    }
}

/// What one entry's page is counted as.
#[derive(Clone, Copy, Debug)]
struct PageUse {
    bytes: u64,
    mapcount: u32,
    anon: bool,
    shmem: bool,
    dirty: bool,
    referenced: bool,
    lazyfree: bool,
}

impl Machine {
    /// The figures of one mapping.
    pub fn smaps(&self, mm: MmId, id: VmaId) -> Smaps {
        let vma = self.mm(mm).vmas.get(id);
        if let Some(level) = vma.hugetlb_level() {
            return self.hugetlb_smaps(mm, vma, level);
        }
        let locked = vma.flags.contains(VmFlags::LOCKED);
        let mut sums = Smaps::default();
        let mut addr = vma.start;
        while addr < vma.end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, vma.end);
            match slot {
                Slot::Empty => {}
                Slot::Huge(_, pmd) => self.account_huge(&mut sums, pmd, addr, next, locked),
                Slot::Table(table) => self.account_table(&mut sums, mm, table, (addr, next), locked),
            }
            addr = next;
        }
        sums.swap += self.shmem_swapped_bytes(mm, vma);
        sums
    }

    /// Bytes of shared memory that are in swap: all of the mapped part, or, where the mapping may have pages of its own, those
    /// without an entry (Linux: `smap_gather_stats`, `smaps_pte_hole`).
    fn shmem_swapped_bytes(&self, mm: MmId, vma: &Vma) -> u64 {
        let own = !vma.flags.contains(VmFlags::SHARED) && vma.flags.contains(VmFlags::WRITE);
        let pages = self.shmem_swapped(vma, |page| {
            let addr = vma.start + (page << self.page_shift());
            own && match self.mm(mm).tables.lookup(&self.phys, addr) {
                Lookup::Base(_, pte) | Lookup::Huge(_, _, pte) => pte != Pte::NONE,
                Lookup::NoTable(_) => false,
            }
        });
        pages << self.page_shift()
    }

    /// Entries that map a page, alone or with its folio (Linux: `folio_precise_page_mapcount`).
    pub fn page_mapcount(&self, pfn: Pfn) -> u32 {
        self.phys.frame(pfn).mapcount() + self.folios.get(head_of(&self.phys, pfn)).entire
    }

    fn account_table(
        &self,
        sums: &mut Smaps,
        mm: MmId,
        table: Pfn,
        range: (VirtAddr, VirtAddr),
        locked: bool,
    ) {
        let run = self.mm(mm).tables.run(table, range.0, range.1);
        for i in 0..run.len {
            let pte = self.phys.pte(run.entry(i));
            if pte.is_mapped() && !pte.is_special() {
                sums.account(&self.page_use(pte, pte.pfn(), self.page_size()), locked);
            } else if let Some((slot, _)) = pte.swap_slot() {
                sums.swap += self.page_size();
                sums.swap_pss +=
                    (self.page_size() << PSS_SHIFT) / u64::from(self.swap.references(slot).max(1));
            }
        }
    }

    fn account_huge(&self, sums: &mut Smaps, pmd: Pte, start: VirtAddr, end: VirtAddr, locked: bool) {
        if pmd.is_special() || !pmd.is_mapped() {
            return;
        }
        let head = self.phys.frame(pmd.pfn());
        *if head.has(FrameFlags::ANON) {
            &mut sums.anon_huge
        } else if head.has(FrameFlags::SWAPBACKED) {
            &mut sums.shmem_huge
        } else {
            &mut sums.file_huge
        } += end - start;
        for i in 0..((end - start) >> self.page_shift()) as u32 {
            sums.account(&self.page_use(pmd, pmd.pfn() + i, self.page_size()), locked);
        }
    }

    fn page_use(&self, pte: Pte, pfn: Pfn, bytes: u64) -> PageUse {
        let head = head_of(&self.phys, pfn);
        let flags = self.phys.frame(head).flags();
        let anon = flags.contains(FrameFlags::ANON);
        let dirty = pte.has(PteFlags::DIRTY) || flags.contains(FrameFlags::DIRTY);
        let swapbacked = flags.contains(FrameFlags::SWAPBACKED);
        PageUse {
            bytes,
            mapcount: self.page_mapcount(pfn),
            anon,
            shmem: !anon && swapbacked,
            dirty,
            referenced: pte.is_young() || flags.contains(FrameFlags::REFERENCED),
            lazyfree: anon && !swapbacked && !dirty,
        }
    }
}
