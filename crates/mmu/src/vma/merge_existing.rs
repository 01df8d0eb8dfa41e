//! A part of a mapping whose flags change joins its neighbours, or is split off (Linux: `vma_merge_existing_range`,
//! `vma_modify`, mm/vma.c).
//!
//! A part that ends within its mapping can only join on the side where it touches another one. What is left of the mapping
//! shrinks, or goes if nothing is left.

use super::TooManyMappings;
use super::merge::{Candidate, Proposal, STICKY, families_compatible};
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

/// Which neighbours take the part over.
enum Joined {
    Both(VmaId, VmaId),
    Left(VmaId),
    Right(VmaId),
}

impl Machine {
    /// Gives the part `start..end` of mapping `id` the flags `flags`: the mapping that holds the part then. It may reach
    /// further. Counts and page-table entries are the caller's.
    ///
    /// # Errors
    /// If a split would exceed `max_map_count`; the part below may be split off already.
    pub fn vma_modify(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        flags: VmFlags,
    ) -> Result<VmaId, TooManyMappings> {
        if let Some(merged) = self.merge_existing_range(mm, id, start, end, flags) {
            return Ok(merged);
        }
        let mut id = id;
        if self.mm(mm).vmas.get(id).start < start {
            id = self.split_vma_checked(mm, id, start)?.1;
        }
        if self.mm(mm).vmas.get(id).end > end {
            id = self.split_vma_checked(mm, id, end)?.0;
        }
        self.set_vma_flags(mm, id, flags);
        Ok(id)
    }

    fn merge_existing_range(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        flags: VmFlags,
    ) -> Option<VmaId> {
        let range = Proposal::part_of(self.mm(mm).vmas.get(id), start, end, flags);
        let target = match self.neighbours_joined(mm, id, &range)? {
            Joined::Both(prev, next) => self.join_both(mm, prev, id, next),
            Joined::Left(prev) => self.join_left(mm, prev, id, end),
            Joined::Right(next) => self.join_right(mm, id, next, start),
        };
        self.mm_mut(mm).vmas.get_mut(target).flags |= flags & STICKY;
        Some(target)
    }

    fn neighbours_joined(&self, mm: MmId, id: VmaId, range: &Proposal) -> Option<Joined> {
        let vmas = &self.mm(mm).vmas;
        let middle = vmas.get(id);
        if range.is_special() {
            return None;
        }
        let candidate = Candidate { anon: &self.anon, range, from_child: self.anon.is_fork_child(middle) };
        let prev =
            vmas.prev(id).filter(|prev| range.start == middle.start && candidate.may_follow(vmas.get(*prev)));
        let next =
            vmas.next(id).filter(|next| range.end == middle.end && candidate.may_precede(vmas.get(*next)));
        match (prev, next) {
            (Some(prev), Some(next)) if families_compatible(vmas.get(prev), vmas.get(next)) => {
                Some(Joined::Both(prev, next))
            }
            (Some(prev), _) => Some(Joined::Left(prev)),
            (None, Some(next)) => Some(Joined::Right(next)),
            (None, None) => None,
        }
    }

    /// The lower mapping swallows the whole mapping and the higher one.
    fn join_both(&mut self, mm: MmId, prev: VmaId, id: VmaId, next: VmaId) -> VmaId {
        let next_has_family = self.mm(mm).vmas.get(next).anon_vma.is_some();
        self.dup_anon_vma(mm, prev, if next_has_family { next } else { id });
        self.remove_vma(mm, id);
        let gone = self.remove_vma(mm, next);
        let start = self.mm(mm).vmas.get(prev).start;
        self.set_vma_range(mm, prev, start, gone.end);
        self.mm_mut(mm).vmas.get_mut(prev).flags |= gone.flags & STICKY;
        prev
    }

    /// The lower mapping grows over the mapping as far as `end`.
    fn join_left(&mut self, mm: MmId, prev: VmaId, id: VmaId, end: VirtAddr) -> VmaId {
        self.dup_anon_vma(mm, prev, id);
        let middle = *self.mm(mm).vmas.get(id);
        if end == middle.end {
            self.remove_vma(mm, id);
        } else {
            self.split_huge_at(mm, &middle, end);
            self.set_vma_range(mm, id, end, middle.end);
        }
        let start = self.mm(mm).vmas.get(prev).start;
        self.set_vma_range(mm, prev, start, end);
        prev
    }

    /// The higher mapping grows over the mapping down to `start`.
    fn join_right(&mut self, mm: MmId, id: VmaId, next: VmaId, start: VirtAddr) -> VmaId {
        self.dup_anon_vma(mm, next, id);
        let middle = *self.mm(mm).vmas.get(id);
        if start == middle.start {
            self.remove_vma(mm, id);
        } else {
            self.split_huge_at(mm, &middle, start);
            self.set_vma_range(mm, id, middle.start, start);
        }
        let end = self.mm(mm).vmas.get(next).end;
        self.set_vma_range(mm, next, start, end);
        next
    }
}
