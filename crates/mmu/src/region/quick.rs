//! mmap, munmap and brk as most calls are: memory that nobody has touched, beside nothing that it could join.
//!
//! Nothing is decided here: what takes more than a look (a limit that is near, neighbours alike, tables to free) goes the long
//! way, and comes to the same.

use super::brk::BRK_FLAGS;
use crate::mm::Mm;
use crate::paging::{Format, FormatName};
use crate::phys::Phys;
use crate::vma::{AnonVmas, Vma};
use crate::walk::Slot;
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

impl Machine {
    /// Maps `len` bytes, whole pages, of private anonymous memory with the rights `access` wherever there is room, if that is all
    /// there is to it: where.
    pub fn quick_mmap(&mut self, mm: MmId, len: u64, access: VmFlags) -> Option<u64> {
        let low = self.page_size().max(self.lowest_hint());
        let huge = self.huge_page_size();
        let space = self.mms[mm.index()].as_ref()?;
        if !space.def_flags.is_empty() || len & (huge - 1) == 0 || self.has_most_mappings(space) {
            return None;
        }
        let start = free_place(space, low, len)?;
        let mut flags = access | VmFlags::MAYREAD | VmFlags::MAYWRITE | VmFlags::MAYEXEC;
        let shift = space.tables.format.page_shift;
        let pages = len >> shift;
        if !space.may_expand_vm(flags, pages) {
            return None;
        }
        if flags.is_accountable() {
            flags |= VmFlags::ACCOUNT;
            self.may_commit(mm, pages).then_some(())?;
            self.commit.pages += pages;
        }
        let vma = Vma::new(VirtAddr::new(start), VirtAddr::new(start + len), shift);
        let space = self.mms[mm.index()].as_mut()?;
        space.vmas.insert(Vma { flags, page_prot: flags.page_prot(), ..vma });
        space.stats.account_vm(flags, pages as i64);
        Some(start)
    }

    /// Unmaps `start..end` if that is one mapping that never had a page, nor tables of its own: whether it did.
    #[inline(always)]
    pub(super) fn quick_unmap(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) -> bool {
        let Some(Some(space)) = self.mms.get_mut(mm.index()) else { return false };
        let Some(id) = space.vmas.find(start) else { return false };
        let vma = space.vmas.get(id);
        let long_way = VmFlags::HUGETLB | VmFlags::SEALED;
        let own = vma.is_anonymous() && vma.anon_vma.is_none() && !vma.flags.intersects(long_way);
        if vma.start != start || vma.end != end || !own {
            return false;
        }
        let (flags, pages) = (vma.flags, vma.pages());
        if !lacks_tables(space, &self.phys, id, start, end) {
            return false;
        }
        space.vmas.drop_mapping(id);
        space.stats.account_vm(flags, -(pages as i64));
        if flags.contains(VmFlags::ACCOUNT) {
            self.uncharge_commit(pages);
        }
        true
    }

    /// Moves the break up to `brk` if that only lets the mapping below it grow, which has no pages yet or one family: whether it did.
    #[inline(always)]
    pub(super) fn quick_brk(&mut self, mm: MmId, brk: u64) -> bool {
        let (most_pages, plain) = (self.total_pages(), self.config.overcommit_memory == 0);
        let Some(Some(space)) = self.mms.get_mut(mm.index()) else { return false };
        let Some((id, old, new)) = grows(space, &self.anon, brk) else { return false };
        let pages = (new - old) >> space.tables.format.page_shift;
        let fits = space.vmas.len() <= self.config.max_map_count
            && space.may_expand_vm(BRK_FLAGS, pages)
            && plain
            && pages <= most_pages;
        if !fits {
            return false;
        }
        self.commit.pages += pages;
        space.stats.account_vm(BRK_FLAGS, pages as i64);
        self.breaks.grow(brk - space.brk);
        space.brk = brk;
        let vma = space.vmas.get(id);
        let (start, end) = (vma.start, VirtAddr::new(new));
        match vma.anon_vma {
            None => space.vmas.grow(id, end),
            Some(_) => self.set_vma_range(mm, id, start, end),
        }
        true
    }

    #[inline]
    fn has_most_mappings(&self, space: &Mm) -> bool {
        space.vmas.len() > self.config.max_map_count
    }
}

/// Whether the mapping `id` of `start..end` has no table of base pages, and shares with its neighbours those above that it has.
#[inline(always)]
fn lacks_tables(space: &mut Mm, phys: &Phys, id: VmaId, start: VirtAddr, end: VirtAddr) -> bool {
    const SPAN: u64 = Format::X86_64.span(2);
    const TABLE_SPAN: u64 = Format::X86_64.span(1);
    let vmas = &space.vmas;
    let base = start.align_down(SPAN);
    let shares = |other: Option<VmaId>, at: fn(&Vma) -> VirtAddr| {
        other.is_some_and(|other| at(vmas.get(other)).align_down(SPAN) == base)
    };
    let one = (end - 1).align_down(SPAN) == base && space.tables.format.name == FormatName::X86_64;
    if !one || !(shares(vmas.next(id), |next| next.start) || shares(vmas.prev(id), |prev| prev.end - 1)) {
        return false;
    }
    if start.align_down(TABLE_SPAN) == (end - 1).align_down(TABLE_SPAN) {
        return space.tables.is_bare(phys, start);
    }
    space.tables.slot(phys, start, end) == (Slot::Empty, end)
}

/// The highest place for `len` bytes if it is clear of its neighbours.
#[inline(always)]
fn free_place(space: &Mm, low: u64, len: u64) -> Option<u64> {
    let vmas = &space.vmas;
    let gap = vmas.highest_gap(low, space.mmap_base, len)?;
    let start = gap.end - len;
    let below = gap.above.map_or(vmas.last(), |above| vmas.prev(above));
    let touches_above = gap.above.is_some_and(|above| vmas.get(above).start_gap() <= gap.end);
    let touches_below = below.is_some_and(|below| vmas.get(below).end.get() == start);
    (!touches_above && !touches_below).then_some(start)
}

/// The mapping that a break at `brk` lets grow without meeting the next one, where it ends, and where it is to end.
#[inline(always)]
fn grows(space: &Mm, anon: &AnonVmas, brk: u64) -> Option<(VmaId, u64, u64)> {
    let page = space.tables.format.page_size();
    let (old, new) = (align_up(space.brk, page), align_up(brk, page));
    let plain = space.def_flags.is_empty() && brk.checked_sub(space.start_brk)? <= space.limits.data.soft;
    if !plain || old <= space.start_brk || new <= old {
        return None;
    }
    let id = space.vmas.find(VirtAddr::new(old - 1))?;
    let vma = space.vmas.get(id);
    let goes_on = vma.end.get() == old
        && vma.flags == BRK_FLAGS
        && vma.is_anonymous()
        && vma.pgoff == vma.start.get() >> vma.page_shift
        && (vma.anon_vma.is_none() || anon.is_singular(vma));
    let next = space.vmas.get(space.vmas.next(id)?);
    (goes_on && new.checked_add(page)? <= next.start_gap()).then_some((id, old, new))
}

fn align_up(addr: u64, page: u64) -> u64 {
    VirtAddr::new(addr).align_up(page).get()
}
