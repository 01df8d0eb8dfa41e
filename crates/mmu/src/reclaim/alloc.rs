//! Allocations that reclaim where memory is short (Linux: `try_charge_memcg`, `__alloc_pages_slowpath`).

use super::{OverLimit, Scope};
use crate::paging::table::PageTables;
use crate::paging::{EntryRef, Format};
use crate::phys::{OutOfFrames, Shortage};
use crate::{Machine, MmId, Pfn, VirtAddr};

/// Reclaims that free nothing before memory counts as out (Linux: `MAX_RECLAIM_RETRIES`).
pub(crate) const MAX_RECLAIM_RETRIES: u32 = 16;

impl Machine {
    /// A free frame, charged; reclaims as long as that helps (Linux: the retries of `try_charge_memcg`). For a block on a machine
    /// that is short of frames it tries only once more (`__GFP_NORETRY`).
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn alloc_or_reclaim(&mut self, order: u32) -> Result<Pfn, OutOfFrames> {
        if self.phys.zones.kswapd_woken() {
            self.run_kswapd();
        }
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match self.phys.alloc_order(order) {
                Err(OutOfFrames) if order > 0 && self.phys.short_of == Shortage::Machine => {
                    return self.alloc_block_again(order);
                }
                Err(OutOfFrames) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }

    /// Tells the group how many of its pages are only in swap; whether these are fewer than it thought.
    pub(crate) fn recount_swapped(&mut self) -> bool {
        let swapped = u64::from(self.swap.uncached());
        let Some(memcg) = &mut self.phys.memcg else { return false };
        memcg.set_swapped(swapped) > swapped
    }

    fn alloc_block_again(&mut self, order: u32) -> Result<Pfn, OutOfFrames> {
        self.reclaim_directly();
        self.phys.alloc_order(order)
    }

    /// Memory was not to be had: reclaims, and when that is vain kills. False where trying again makes no sense: the running
    /// process is to die itself.
    pub(crate) fn relieve(&mut self, retries: &mut u32) -> bool {
        match self.phys.short_of {
            Shortage::Group(over) => self.relieve_group(over, retries),
            Shortage::Machine => self.relieve_machine(retries),
        }
    }

    fn relieve_group(&mut self, over: OverLimit, retries: &mut u32) -> bool {
        if over == OverLimit::MemoryAndSwap && self.recount_swapped() {
            return true;
        }
        let may_swap = over == OverLimit::Memory;
        if *retries == 0 {
            *retries = MAX_RECLAIM_RETRIES;
            if may_swap && self.can_swap() && self.lruvec().see_clearly() {
                return true;
            }
            return self.out_of_memory(self.current, Scope::Group);
        }
        match self.stalled(|machine| machine.reclaim_pages(may_swap)) {
            0 => *retries -= 1,
            _ => self.lruvec().saw_clearly = false,
        }
        true
    }

    /// What `take` gets, which is tried again as long as reclaim or a kill helps.
    fn relieved<T>(
        &mut self,
        mut take: impl FnMut(&mut Machine) -> Result<T, OutOfFrames>,
    ) -> Result<T, OutOfFrames> {
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match take(self) {
                Err(OutOfFrames) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }

    /// The entry at `level` for `addr` in `mm`, with the tables above it made where missing ([`PageTables::ensure`]).
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn ensure_entry(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        level: u32,
    ) -> Result<EntryRef, OutOfFrames> {
        self.relieved(|machine| {
            let (tables, phys) = machine.tables_mut(mm);
            tables.ensure(phys, addr, level)
        })
    }

    /// A table in reserve for a huge page of `mm`.
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn deposit(&mut self, mm: MmId) -> Result<(), OutOfFrames> {
        self.relieved(|machine| {
            let (tables, phys) = machine.tables_mut(mm);
            tables.deposit(phys)
        })
    }

    /// An empty root table.
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn new_tables(&mut self, format: Format) -> Result<PageTables, OutOfFrames> {
        self.relieved(|machine| PageTables::new(&mut machine.phys, format))
    }
}
