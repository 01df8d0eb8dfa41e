//! mmap, munmap and brk as most calls are: memory that nobody has touched, beside nothing that it could join.
//!
//! Nothing is decided here: what takes more than a look (a limit that is near, neighbours alike, tables to free) goes the long
//! way, and comes to the same.

use super::brk::BRK_FLAGS;
use crate::mm::Mm;
use crate::paging::table::PageTables;
use crate::paging::{Format, FormatName};
use crate::phys::Phys;
use crate::vma::tree::Gap;
use crate::vma::{AnonVmas, Branched, Vma, VmaTree};
use crate::walk::Slot;
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

impl Machine {
    /// Maps `len` bytes, whole pages, of private anonymous memory with the rights `access` wherever there is room, if that is all
    /// there is to it: where.
    pub fn quick_mmap(&mut self, mm: MmId, len: u64, access: VmFlags) -> Option<u64> {
        let low = self.page_size().max(self.lowest_hint());
        let huge = self.huge_page_size();
        let (most_pages, most_mappings) = (self.most_promised()?, self.config.max_map_count);
        let space = self.mms.get_mut(mm.index())?.as_mut()?;
        if space.vmas.is_shared() || !space.def_flags.is_empty() || len & (huge - 1) == 0 {
            return None;
        }
        let (vmas, base) = (space.vmas.own_or_empty(), space.mmap_base);
        if vmas.len() > most_mappings {
            return None;
        }
        let gap = free_place(vmas, base, low, len)?;
        let mut flags = access | VmFlags::MAYREAD | VmFlags::MAYWRITE | VmFlags::MAYEXEC;
        let shift = space.tables.format.page_shift;
        let pages = len >> shift;
        if !space.may_expand_vm(flags, pages) {
            return None;
        }
        if flags.is_accountable() {
            flags |= VmFlags::ACCOUNT;
            (pages <= most_pages).then_some(())?;
            self.commit.pages += pages;
        }
        let start = gap.end - len;
        let vma = Vma::new(VirtAddr::new(start), VirtAddr::new(gap.end), shift);
        space.vmas.own_or_empty().insert_in_gap(&gap, Vma { flags, page_prot: flags.page_prot(), ..vma });
        space.stats.account_vm(flags, pages as i64);
        Some(start)
    }

    /// Unmaps `start..end` if that is one mapping that never had a page, nor tables of its own: whether it did.
    #[inline(always)]
    pub(super) fn quick_unmap(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) -> bool {
        let Some(Some(space)) = self.mms.get_mut(mm.index()) else { return false };
        let vmas = space.vmas.own_or_empty();
        let Some(id) = vmas.find(start) else { return false };
        let vma = vmas.get(id);
        let long_way = VmFlags::HUGETLB | VmFlags::SEALED;
        let own = vma.is_anonymous() && vma.anon_vma.is_none() && !vma.flags.intersects(long_way);
        if vma.start != start || vma.end != end || !own {
            return false;
        }
        let (flags, pages) = (vma.flags, vma.pages());
        if !lacks_tables(vmas, &mut space.tables, &self.phys, id, (start, end)) {
            return false;
        }
        vmas.drop_mapping(id);
        space.stats.account_vm(flags, -(pages as i64));
        if flags.contains(VmFlags::ACCOUNT) {
            self.uncharge_commit(pages);
        }
        true
    }

    /// Moves the break up to `brk` if that only lets the mapping below it grow, which has no pages yet or one family: whether it did.
    #[inline(always)]
    pub(super) fn quick_brk(&mut self, mm: MmId, brk: u64) -> bool {
        let (most_pages, most_mappings) = (self.most_promised(), self.config.max_map_count);
        let Some(Some(space)) = self.mms.get_mut(mm.index()) else { return false };
        let Some((room, new)) = rises(space, &self.anon, brk) else { return false };
        let pages = (new - room.end) >> space.tables.format.page_shift;
        let fits = space.vmas.own_or_empty().len() <= most_mappings
            && space.may_expand_vm(BRK_FLAGS, pages)
            && most_pages.is_some_and(|most| pages <= most);
        if !fits {
            return false;
        }
        self.commit.pages += pages;
        space.stats.account_vm(BRK_FLAGS, pages as i64);
        self.breaks.grow(brk - space.brk);
        space.brk = brk;
        if room.has_family {
            self.grow_in_family(mm, room.id, new);
        } else {
            space.vmas.own_or_empty().grow(room.id, VirtAddr::new(new));
            space.note_growth(new);
        }
        true
    }

    #[inline(never)]
    fn grow_in_family(&mut self, mm: MmId, id: VmaId, end: u64) {
        let start = self.mm(mm).vmas.get(id).start;
        self.set_vma_range(mm, id, start, VirtAddr::new(end));
        self.mm_mut(mm).note_growth(end);
    }
}

/// Where the break can go without meeting anything, while no mapping changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrkRoom {
    /// [`VmaTree::changes`](crate::VmaTree::changes) when that was seen.
    changes: u64,
    /// The mapping below the break.
    id: VmaId,
    /// Whether it belongs to a family.
    has_family: bool,
    /// Where it ends, and the highest end it may have.
    end: u64,
    most: u64,
}

/// Whether the mapping `id` of `start..end` has no table of base pages, and shares with its neighbours those above that it has.
#[inline(always)]
fn lacks_tables(
    vmas: &VmaTree,
    tables: &mut PageTables,
    phys: &Phys,
    id: VmaId,
    (start, end): (VirtAddr, VirtAddr),
) -> bool {
    const SPAN: u64 = Format::X86_64.span(2);
    const TABLE_SPAN: u64 = Format::X86_64.span(1);
    let base = start.align_down(SPAN);
    let shares_next = vmas.next(id).is_some_and(|next| vmas.get(next).start.align_down(SPAN) == base);
    let shares =
        shares_next || vmas.prev(id).is_some_and(|prev| (vmas.get(prev).end - 1).align_down(SPAN) == base);
    let one = (end - 1).align_down(SPAN) == base && tables.format.name == FormatName::X86_64;
    if !one || !shares {
        return false;
    }
    if start.align_down(TABLE_SPAN) == (end - 1).align_down(TABLE_SPAN) {
        return tables.is_bare(phys, start);
    }
    tables.slot(phys, start, end) == (Slot::Empty, end)
}

impl Mm {
    /// The mapping below the break was let grow to `end`.
    #[inline(always)]
    fn note_growth(&mut self, end: u64) {
        if let Some(room) = &mut self.brk_room {
            (room.changes, room.end) = (self.vmas.own_or_empty().changes(), end);
        }
    }
}

/// The highest place for `len` bytes, at its end, if it is clear of its neighbours.
#[inline(always)]
fn free_place(vmas: &VmaTree, base: u64, low: u64, len: u64) -> Option<Gap> {
    let gap = vmas.highest_gap(low, base, len)?;
    let below = match gap.above {
        Some(above) if vmas.get(above).start_gap() <= gap.end => return None,
        Some(above) => vmas.prev(above),
        None => vmas.last(),
    };
    match below {
        Some(below) if vmas.get(below).end.get() == gap.end - len => None,
        _ => Some(gap),
    }
}

/// The room in which a break at `brk` is, and where the mapping below it is to end.
#[inline(always)]
fn rises(space: &mut Mm, anon: &Branched<AnonVmas>, brk: u64) -> Option<(BrkRoom, u64)> {
    let page = space.tables.format.page_size();
    let (old, new) = (align_up(space.brk, page), align_up(brk, page));
    // Of mappings that are shared none was seen to change so often.
    let changes = space.vmas.own_or_empty().changes();
    let seen = |room: &BrkRoom| room.changes == changes && room.end == old;
    if !space.brk_room.as_ref().is_some_and(seen) {
        look_for_room(space, anon, old);
    }
    let room = space.brk_room?;
    let plain = space.def_flags.is_empty() && brk.checked_sub(space.start_brk)? <= space.limits.data.soft;
    (plain && new > old && new <= room.most).then_some((room, new))
}

#[inline(never)]
fn look_for_room(space: &mut Mm, anon: &Branched<AnonVmas>, old: u64) {
    space.brk_room = if space.vmas.is_shared() { None } else { brk_room(space, anon, old) };
}

/// The room above `old`, up to which the break area goes, if that is one mapping that can grow.
fn brk_room(space: &Mm, anon: &AnonVmas, old: u64) -> Option<BrkRoom> {
    let vmas = &space.vmas;
    let id = vmas.find(VirtAddr::new(old.checked_sub(1)?))?;
    let vma = vmas.get(id);
    let goes_on = old > space.start_brk
        && vma.end.get() == old
        && vma.flags == BRK_FLAGS
        && vma.is_anonymous()
        && vma.pgoff == vma.start.get() >> vma.page_shift
        && (vma.anon_vma.is_none() || anon.is_singular(vma));
    let next = vmas.get(vmas.next(id)?);
    let most = next.start_gap().checked_sub(space.tables.format.page_size())?;
    let has_family = vma.anon_vma.is_some();
    goes_on.then_some(BrkRoom { changes: vmas.changes(), id, has_family, end: old, most })
}

fn align_up(addr: u64, page: u64) -> u64 {
    VirtAddr::new(addr).align_up(page).get()
}

#[cfg(test)]
mod tests;
