//! A new range joins its neighbours (Linux: `vma_merge_new_range`, `vma_merge_extend`, `vma_expand`).
//!
//! With both sides alike the lower mapping swallows the range and the higher mapping. Two sides that each fit but do not fit
//! each other leave the range to the lower one.

use super::merge::{Candidate, Proposal, STICKY, families_compatible};
use crate::{Machine, MmId, VmaId};

impl Machine {
    /// Lets an adjacent mapping grow over a free range that fits it; the mapping then, or None if there is none. Counts are the
    /// caller's.
    pub fn vma_merge_new(&mut self, mm: MmId, new: &Proposal) -> Option<VmaId> {
        self.merge_new_range(mm, new, None)
    }

    /// The same for the range a mapping is copied to, whose pages come from `copied_from`
    /// (Linux: `vma_merge_copied_range`).
    pub(super) fn merge_new_range(
        &mut self,
        mm: MmId,
        new: &Proposal,
        copied_from: Option<VmaId>,
    ) -> Option<VmaId> {
        if new.is_special() {
            return None;
        }
        let vmas = &self.mm(mm).vmas;
        let above = vmas.find(new.start);
        let below = above.map_or(vmas.last(), |above| vmas.prev(above));
        let from_child = copied_from.is_some_and(|id| self.anon.is_fork_child(vmas.get(id)));
        let candidate = Candidate { anon: &self.anon, range: new, from_child };
        let prev = below.filter(|id| candidate.may_follow(vmas.get(*id)));
        let next = above.filter(|id| candidate.may_precede(vmas.get(*id)));
        let both = |prev, next| families_compatible(vmas.get(prev), vmas.get(next));
        let (target, swallowed) = match (prev, next) {
            (Some(prev), Some(next)) if both(prev, next) => (prev, Some(next)),
            (Some(id), _) | (None, Some(id)) => (id, None),
            (None, None) => return None,
        };
        if let Some(next) = swallowed {
            self.dup_anon_vma(mm, target, next);
        }
        if let Some(source) = copied_from {
            self.dup_anon_vma(mm, target, source);
        }
        self.expand_over(mm, target, new, swallowed);
        Some(target)
    }

    /// Lets `target` grow over the range beside it, and over `swallowed` behind that.
    fn expand_over(&mut self, mm: MmId, target: VmaId, new: &Proposal, swallowed: Option<VmaId>) {
        let (mut end, mut sticky) = (new.end, new.flags & STICKY);
        if let Some(swallowed) = swallowed {
            let gone = self.remove_vma(mm, swallowed);
            end = gone.end;
            sticky |= gone.flags & STICKY;
        }
        let vma = self.mm_mut(mm).vmas.get_mut(target);
        vma.flags |= sticky;
        let (start, end) = (vma.start.min(new.start), vma.end.max(end));
        self.set_vma_range(mm, target, start, end);
    }
}
