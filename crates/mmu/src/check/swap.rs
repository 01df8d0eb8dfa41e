//! Swap slots against the entries that name them, the swap cache against frames, the group's charge against its pages.

use super::CheckError;
use crate::paging::Visit;
use crate::phys::FrameFlags;
use crate::swap::SlotId;
use crate::{Machine, MmId, Pfn};
use std::collections::BTreeMap;

impl Machine {
    /// Recounts swap and the pool.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_swap(&self) -> Result<(), CheckError> {
        self.check_swap_entries()?;
        (0..self.phys.described()).map(Pfn).try_for_each(|pfn| self.check_swap_cache(pfn))?;
        self.check_policy()?;
        self.check_writes()?;
        self.check_charge()
    }

    /// The policy that reclaims holds the pages that it has numbers for, and these are in use.
    fn check_policy(&self) -> Result<(), CheckError> {
        let by = self.phys.lruvec.as_ref().and_then(|lruvec| lruvec.by_policy());
        for (pfn, held) in by.iter().flat_map(|by| by.resident()) {
            if !held || !self.phys.frame(pfn).flags().intersects(FrameFlags::ANON | FrameFlags::FILE) {
                return Err(CheckError::Frame { pfn, what: "known to the policy by number only, or free" });
            }
        }
        Ok(())
    }

    /// Pages marked as being written are those that a device has or is to have.
    fn check_writes(&self) -> Result<(), CheckError> {
        let Some(lruvec) = &self.phys.lruvec else { return Ok(()) };
        let mut written: Vec<Pfn> = lruvec.written().collect();
        written.sort_unstable();
        let marked = (0..self.phys.described())
            .map(Pfn)
            .filter(|&pfn| self.phys.frame(pfn).has(FrameFlags::WRITEBACK));
        match marked.eq(written.iter().copied()) {
            true => Ok(()),
            false => agree(None, "pages being written", written.len() as u64, u64::MAX),
        }
    }

    fn check_swap_entries(&self) -> Result<(), CheckError> {
        let mut named = BTreeMap::<SlotId, u32>::new();
        for (id, mm) in (0u32..).map(MmId).zip(&self.mms) {
            let Some(mm) = mm else { continue };
            let mut entries = 0;
            mm.tables.visit(&self.phys, &mut |visit| {
                if let Visit::Leaf { pte, .. } = visit
                    && let Some((slot, _)) = pte.swap_slot()
                {
                    entries += 1;
                    *named.entry(slot).or_default() += 1;
                }
            });
            agree(Some(id), "swap_pages", mm.stats.swap_pages, entries)?;
        }
        for (_, inode) in self.files.inodes() {
            for (&index, &slot) in &inode.swapped {
                *named.entry(slot).or_default() += 1;
                let twice = inode.pages.contains_key(&index);
                agree(None, "pages both in a page cache and in swap", 0, u64::from(twice))?;
            }
        }
        for slot in self.swap.slots_in_use() {
            let found = named.get(&slot).copied().unwrap_or_default();
            agree(None, "the references of a swap slot", self.swap.references(slot).into(), found.into())?;
        }
        let uncached =
            self.swap.slots_in_use().filter(|&slot| self.swap.cached(slot).is_none()).count() as u64;
        agree(None, "swap slots out of the swap cache", self.swap.uncached().into(), uncached)?;
        agree(None, "used swap slots", self.swap.used().into(), self.swap.slots_in_use().count() as u64)
    }

    fn check_swap_cache(&self, pfn: Pfn) -> Result<(), CheckError> {
        let flagged = self.phys.frame(pfn).has(FrameFlags::SWAPCACHE);
        let cached = self.swap.slot_of(pfn).is_some_and(|slot| self.swap.cached(slot) == Some(pfn));
        match flagged == cached {
            true => Ok(()),
            false => Err(CheckError::Frame { pfn, what: "in the swap cache by one account only" }),
        }
    }

    /// Pages that are charged, and those charged ahead of their start, are what the group has used.
    fn check_charge(&self) -> Result<(), CheckError> {
        let Some(memcg) = &self.phys.memcg else { return Ok(()) };
        let charged = (0..self.phys.described()).filter(|&pfn| memcg.is_charged(Pfn(pfn))).count() as u64;
        agree(None, "the group's charge", memcg.used_pages(), charged + memcg.charged_ahead())
    }
}

fn agree(mm: Option<MmId>, what: &'static str, kept: u64, found: u64) -> Result<(), CheckError> {
    match kept == found {
        true => Ok(()),
        false => Err(CheckError::Count { mm, what, kept, found }),
    }
}
