//! Taking pages out of a range of a mapping (Linux: `zap_page_range_single`, `unmap_page_range`, `zap_pte_range`).
//!
//! Goes table by table; counters and the TLB are settled once for the range.

use crate::account::RssDelta;
use crate::file::OpenMode;
use crate::paging::{Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::rmap::is_large;
use crate::rmap::runs::remove_small_anon;
use crate::vma::Vma;
use crate::walk::{FEW_ENTRIES, Run, Slot, folio_batch};
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

/// What a zap takes (Linux: `struct zap_details`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ZapDetails {
    /// Private copies of file pages, too.
    pub(crate) even_cows: bool,
    /// Guard markers, too (ZAP_FLAG_DROP_MARKER).
    pub(crate) drop_markers: bool,
    /// A table whose whole range is zapped is freed (`reclaim_pt`, CONFIG_PT_RECLAIM).
    pub(crate) reclaim_tables: bool,
}

impl ZapDetails {
    /// As munmap and exit zap.
    pub(crate) const UNMAP: ZapDetails =
        ZapDetails { even_cows: true, drop_markers: true, reclaim_tables: false };
    /// As MADV_DONTNEED zaps.
    pub(crate) const DONTNEED: ZapDetails =
        ZapDetails { even_cows: true, drop_markers: false, reclaim_tables: true };
    /// As MADV_GUARD_INSTALL zaps.
    pub(crate) const KEEP_MARKERS: ZapDetails =
        ZapDetails { even_cows: true, drop_markers: false, reclaim_tables: false };
}

impl Machine {
    /// Unmaps `start..end`, a part of mapping `id`, which is going away or being replaced there.
    pub fn zap_range(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let vma = *self.mm(mm).vmas.get(id);
        self.zap(mm, &vma, start, end, ZapDetails::UNMAP);
    }

    /// Takes all pages and tables away, but for the root (the page work of Linux's `exit_mmap`).
    pub(crate) fn unmap_all(&mut self, mm: MmId) {
        let all: Vec<Vma> = self.mm(mm).vmas.iter().map(|(_, vma)| *vma).collect();
        for vma in &all {
            self.zap(mm, vma, vma.start, vma.end, ZapDetails::UNMAP);
        }
        if let (Some(first), Some(last)) = (all.first(), all.last()) {
            let none = VirtAddr::new(0);
            self.free_pgtables(mm, first.start, last.end, none, none);
        }
    }

    /// Zaps `start..end` of `vma` as `details` say. The tables stay, but for `reclaim_tables`.
    pub(crate) fn zap(&mut self, mm: MmId, vma: &Vma, start: VirtAddr, end: VirtAddr, details: ZapDetails) {
        if let Some(level) = vma.hugetlb_level() {
            return self.hugetlb_zap(mm, vma, level, start, end);
        }
        let mut rss = RssDelta::default();
        let mut addr = start;
        let mut met = false;
        while addr < end {
            let tables = &self.mm(mm).tables;
            let whole = tables.format.span(1);
            let (slot, next) = tables.slot(&self.phys, addr, end);
            met |= !matches!(slot, Slot::Empty);
            match slot {
                Slot::Empty => {}
                Slot::Huge(at, pte) if next - addr == whole => self.zap_huge(mm, vma, at, pte, &mut rss),
                Slot::Huge(at, pte) => {
                    self.split_huge(mm, vma, at, pte, addr);
                    continue;
                }
                Slot::Table(table) => self.zap_table(mm, vma, table, addr..next, details, &mut rss),
            }
            addr = next;
        }
        if met {
            self.account_rss(mm, rss);
            self.flush(FlushOwed::range(mm, start, end));
        }
    }

    fn zap_table(
        &mut self,
        mm: MmId,
        vma: &Vma,
        table: Pfn,
        range: std::ops::Range<VirtAddr>,
        details: ZapDetails,
        rss: &mut RssDelta,
    ) {
        let run = self.mm(mm).tables.run(table, range.start, range.end);
        let kept = match run.len {
            len @ 0..=FEW_ENTRIES => {
                let mut words = [Pte::NONE.0; FEW_ENTRIES];
                self.phys.read_run(run, &mut words[..len]);
                self.zap_run(mm, vma, run, &mut words[..len], details, rss)
            }
            len => self.zap_run(mm, vma, run, &mut self.phys.entries(run)[..len], details, rss),
        };
        if details.reclaim_tables && !kept && run.len == self.mm(mm).tables.format.entries() {
            self.free_base_table(mm, range.start);
        }
    }

    /// Zaps the entries `words` of `run`; whether one is kept.
    fn zap_run(
        &mut self,
        mm: MmId,
        vma: &Vma,
        run: Run,
        words: &mut [u64],
        details: ZapDetails,
        rss: &mut RssDelta,
    ) -> bool {
        let mut kept = false;
        let mut traced = 0;
        let plain = details.even_cows && !vma.flags.contains(VmFlags::LOCKED);
        let mut next = 0;
        while next < run.len {
            let i = next;
            next += 1;
            if words[i] == Pte::NONE.0 {
                continue;
            }
            let pages = if plain { remove_small_anon(&mut self.phys, &mut words[i..]) } else { 0 };
            if pages > 0 {
                next = i + pages;
                rss.anon -= pages as i64;
                continue;
            }
            if i >= traced {
                traced = i + self.leave_traces_of(vma, &words[i..]);
            }
            if self.zap_entry(mm, vma, Pte(words[i]), details, rss) {
                words[i] = Pte::NONE.0;
            } else {
                kept = true;
            }
        }
        self.phys.write_run(run, words);
        kept
    }

    /// Lets go of what an entry maps: whether the entry is to be cleared.
    fn zap_entry(&mut self, mm: MmId, vma: &Vma, pte: Pte, details: ZapDetails, rss: &mut RssDelta) -> bool {
        if !pte.is_mapped() {
            return self.zap_unmapped(pte, details, rss);
        }
        if pte.is_special() {
            return true;
        }
        let frame = self.phys.frame(pte.pfn());
        if frame.has(FrameFlags::ANON) && !details.even_cows {
            return false;
        }
        rss.add(frame, -1);
        if !is_large(frame) {
            self.munlock_folio(vma, pte.pfn());
        }
        self.rmap_remove(mm, pte.pfn());
        true
    }

    /// The same of an entry that maps nothing: a swap slot or a marker.
    fn zap_unmapped(&mut self, pte: Pte, details: ZapDetails, rss: &mut RssDelta) -> bool {
        let Some((slot, _)) = pte.swap_slot() else { return details.drop_markers };
        if details.even_cows {
            self.drop_swap_entry(slot);
            rss.swap -= 1;
        }
        details.even_cows
    }

    /// What the entries of one folio at the start of `words` knew of it goes to it, if it is a file's: how many they are.
    fn leave_traces_of(&mut self, vma: &Vma, words: &[u64]) -> usize {
        let pte = Pte(words[0]);
        if !pte.is_mapped() || pte.is_special() || self.phys.frame(pte.pfn()).has(FrameFlags::ANON) {
            return 1;
        }
        let (entries, merged) = folio_batch(&self.phys, words, PteFlags::WRITABLE);
        self.leave_traces(vma, merged);
        if is_large(self.phys.frame(pte.pfn())) {
            self.munlock_folio(vma, pte.pfn());
        }
        entries
    }

    /// What the entry knew of a file's page goes to the page: stored to, and used unless the mapping says its use tells nothing.
    pub(crate) fn leave_traces(&mut self, vma: &Vma, pte: Pte) {
        if pte.is_dirty() {
            self.folio_mark_dirty(pte.pfn());
        }
        if pte.is_young() && self.vma_has_recency(vma) {
            self.folio_mark_accessed(pte.pfn());
        }
    }

    fn vma_has_recency(&self, vma: &Vma) -> bool {
        let noreuse = |id| self.files.file(id).mode.contains(OpenMode::NOREUSE);
        !vma.flags.intersects(VmFlags::SEQ_READ | VmFlags::RAND_READ) && !vma.file.is_some_and(noreuse)
    }

    /// Frees the empty table of base pages for `addr`.
    pub(crate) fn free_base_table(&mut self, mm: MmId, addr: VirtAddr) {
        let (tables, phys) = self.tables_mut(mm);
        if let Some(above) = tables.entry(phys, addr, 1) {
            tables.free_table(phys, above);
        }
    }
}
