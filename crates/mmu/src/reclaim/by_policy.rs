//! Reclaim by a policy of the literature ([`policy`](crate::policy)) with all else as Linux has it beneath: reverse mapping,
//! accessed bits, swap, the page cache. Anonymous pages and files' pages are one memory.
//!
//! A page that the policy names is looked at: if it was used since, the policy is told and asked again; else it goes. So a policy
//! learns of uses late and of many as one, and the access that brought a page in counts as a use when its turn comes. With
//! [`PolicySees::References`] the policy sees what it would in the literature instead.

use super::inactive::SCAN_NS;
use super::numbers::{Identity, Numbers};
use super::page::{Tally, Verdict};
use super::{LruList, PolicySees, ReclaimKind};
use crate::paging::table::Lookup;
use crate::phys::{Frame, FrameFlags};
use crate::policy::{AnyPolicy, OwnPolicy, Policy, PolicyKind};
use crate::{InodeId, Machine, MmId, Pfn, VirtAddr};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A policy and the pages that it knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ByPolicy {
    policy: AnyPolicy,
    numbers: Numbers,
    sees: PolicySees,
    /// The page that is being reclaimed: when it is freed, it has not ceased to be.
    leaving: Option<Pfn>,
    /// References foretold so far.
    now: u64,
}

impl ByPolicy {
    /// The policy for a memory of `pages` pages. The optimal one can only go by references.
    fn new(kind: PolicyKind, pages: usize, seed: u64, sees: PolicySees) -> ByPolicy {
        let sees = if kind == PolicyKind::Opt { PolicySees::References } else { sees };
        ByPolicy::by(AnyPolicy::new(kind, pages, seed), sees)
    }

    fn by(policy: AnyPolicy, sees: PolicySees) -> ByPolicy {
        ByPolicy { policy, numbers: Numbers::default(), sees, leaving: None, now: 0 }
    }

    /// A page is to go on a list.
    pub(super) fn insert(&mut self, pfn: Pfn, frame: &Frame) {
        if self.numbers.get(pfn).is_none() {
            let number = self.numbers.enter(pfn, Identity::of(frame));
            self.policy.miss(number);
            self.policy.insert(number);
        }
    }

    /// A page is free, or not to be reclaimed for a while.
    pub(super) fn forget(&mut self, pfn: Pfn) {
        if self.leaving != Some(pfn)
            && let Some(number) = self.numbers.forget(pfn)
        {
            self.policy.forget(number);
        }
    }

    /// A page has moved to another frame.
    pub(super) fn rename(&mut self, from: Pfn, to: Pfn) {
        self.numbers.rename(from, to);
    }

    fn touch(&mut self, pfn: Pfn) {
        if let Some(number) = self.numbers.get(pfn) {
            self.policy.touch(number);
        }
    }

    fn candidate(&mut self) -> Option<Pfn> {
        let number = self.policy.candidate(None)?;
        self.numbers.frame(number)
    }

    /// The policy does not see a page for a while.
    fn set_aside(&mut self, pfn: Pfn) {
        if let Some(number) = self.numbers.get(pfn) {
            self.policy.forget(number);
        }
    }

    /// It sees a page again that was set aside.
    fn take_back(&mut self, pfn: Pfn) {
        if let Some(number) = self.numbers.get(pfn) {
            self.policy.insert(number);
        }
    }

    fn evicted(&mut self, pfn: Pfn, identity: Identity) {
        if let Some(number) = self.numbers.leave(pfn, identity) {
            self.policy.evict(number);
        }
    }

    /// The pages that the policy holds, and whether it says so itself.
    pub(crate) fn resident(&self) -> impl Iterator<Item = (Pfn, bool)> {
        self.numbers.resident().map(|(pfn, number)| (pfn, self.policy.holds(number)))
    }
}

impl Machine {
    /// The configured policy for what the group may have, or is free or holds the `pages` pages that there are; none where Linux's lists
    /// decide.
    pub(super) fn new_policy(&self, pages: usize) -> Option<Arc<ByPolicy>> {
        let ReclaimKind::Policy(kind) = self.config.reclaim else { return None };
        let free = u64::from(self.phys.total() - self.phys.used()) + pages as u64;
        let limit = self.config.memcg_bytes.map_or(u64::MAX, |bytes| bytes >> self.config.format.page_shift);
        let pages = self.config.policy_pages.unwrap_or(free.min(limit)) as usize;
        Some(Arc::new(ByPolicy::new(kind, pages, self.config.seed, self.config.policy_sees)))
    }

    /// Lets a policy of one's own decide from now on which page goes; it is told of those that are there. It sees uses as
    /// [`Config::policy_sees`](crate::Config::policy_sees) says. The machine is cloned with it, but cannot be written to a checkpoint.
    pub fn reclaim_by(&mut self, policy: impl Policy + Sync + Clone + 'static) {
        match self.config.memcg_bytes.is_some() || self.swap.total() > 0 {
            true => self.begin_lists(),
            false => self.keep_lists(),
        }
        self.lru_add_drain();
        let by = ByPolicy::by(AnyPolicy::Own(OwnPolicy::new(policy)), self.config.policy_sees);
        let lruvec = self.lruvec();
        lruvec.by_policy = Some(Arc::new(by));
        let oldest_first =
            [LruList::InactiveAnon, LruList::InactiveFile, LruList::ActiveAnon, LruList::ActiveFile];
        let pages: Vec<Pfn> = oldest_first.iter().flat_map(|list| lruvec.lists.pages(*list)).collect();
        pages.into_iter().for_each(|pfn| self.phys.policy_insert(pfn));
    }

    fn by_policy(&mut self) -> Option<&mut ByPolicy> {
        self.phys.lruvec.as_mut()?.by_policy_mut()
    }

    /// Frees `pages` pages as the policy says, or less: how many. If only dirty pages of files are in the way they are written first.
    pub(super) fn reclaim_by_policy(&mut self, pages: u64) -> u64 {
        let mut tally = Tally::default();
        let freed = self.reclaim_candidates(pages, &mut tally);
        if freed > 0 || tally.unqueued_dirty == 0 {
            return freed;
        }
        self.wake_flusher();
        self.reclaim_candidates(pages, &mut tally)
    }

    /// The same for pages that need no flusher. Those that will not go are set aside meanwhile.
    fn reclaim_candidates(&mut self, pages: u64, tally: &mut Tally) -> u64 {
        self.end_writes();
        self.lru_add_drain();
        let (mut freed, mut set_aside) = (0, Vec::new());
        while freed < pages
            && let Some(pfn) = self.unused_candidate()
        {
            freed += self.reclaim_candidate(pfn, tally, &mut set_aside);
        }
        if let Some(by) = self.by_policy() {
            set_aside.into_iter().for_each(|pfn| by.take_back(pfn));
        }
        freed
    }

    /// The policy's candidate that was not used since it was last looked at.
    fn unused_candidate(&mut self) -> Option<Pfn> {
        loop {
            let pfn = self.by_policy()?.candidate()?;
            if !self.was_used(pfn) {
                return Some(pfn);
            }
            self.by_policy()?.touch(pfn);
        }
    }

    /// Whether an entry or a call has used the page, as far as the policy may see; that is forgotten by it.
    fn was_used(&mut self, pfn: Pfn) -> bool {
        const USED: FrameFlags = FrameFlags::REFERENCED.union(FrameFlags::ACTIVE);
        let by_entry = self.page_referenced(pfn).entries > 0;
        let frame = self.phys.frame_mut(pfn);
        let by_call = frame.flags().intersects(USED) && frame.has(FrameFlags::FILE);
        frame.remove(USED);
        self.phys.lru_move(pfn);
        (by_entry || by_call) && !self.policy_sees_references()
    }

    /// Frees the folio if it can, and waits for its write if need be: how many pages are free; what is left is set aside. The pages of
    /// one that is taken apart take their chance with it; the policy learns of those that stay.
    fn reclaim_candidate(&mut self, head: Pfn, tally: &mut Tally, set_aside: &mut Vec<Pfn>) -> u64 {
        self.clock.advance(SCAN_NS);
        let identity = Identity::of(self.phys.frame(head));
        self.lruvec().lists.remove(head);
        if let Some(by) = self.by_policy() {
            by.leaving = Some(head);
        }
        let mut isolated = Vec::new();
        let verdict = self.shrink_and_wait(head, tally, &mut isolated);
        if let Some(by) = self.by_policy() {
            by.leaving = None;
            match verdict {
                Verdict::Freed(_) => by.evicted(head, identity),
                Verdict::Gone => by.forget(head),
                Verdict::Keep | Verdict::Activate => by.set_aside(head),
            }
        }
        let mut freed = 0;
        match verdict {
            Verdict::Freed(pages) => freed += pages,
            Verdict::Gone => {}
            Verdict::Keep | Verdict::Activate => {
                self.put_back(head);
                set_aside.push(head);
            }
        }
        while let Some(pfn) = isolated.pop() {
            match self.shrink_and_wait(pfn, tally, &mut isolated) {
                Verdict::Freed(pages) => freed += pages,
                Verdict::Gone => {}
                Verdict::Keep | Verdict::Activate => {
                    self.put_back(pfn);
                    self.phys.policy_insert(pfn);
                }
            }
        }
        freed
    }

    /// Looks at an isolated page, and once more if it is being written then.
    fn shrink_and_wait(&mut self, pfn: Pfn, tally: &mut Tally, rest: &mut Vec<Pfn>) -> Verdict {
        match self.shrink_page(pfn, tally, rest) {
            Verdict::Keep if self.phys.frame(pfn).has(FrameFlags::WRITEBACK) => {
                self.shrink_page(pfn, tally, rest)
            }
            verdict => verdict,
        }
    }

    /// Whether the policy wants to be told of each reference.
    pub fn policy_sees_references(&self) -> bool {
        let by = self.phys.lruvec.as_ref().and_then(|lruvec| lruvec.by_policy());
        by.is_some_and(|by| by.sees == PolicySees::References)
    }

    /// The page at `addr` in the running address space is about to be referenced: tells a policy that sees references.
    pub fn note_reference_at(&mut self, addr: VirtAddr) {
        if self.policy_sees_references()
            && let Some(mm) = self.current
            && let Some(pfn) = self.resident_at(mm, addr)
        {
            self.note_page_reference(pfn);
        }
    }

    /// Page `index` of a file is about to be read or written: tells a policy that sees references.
    pub fn note_reference_in(&mut self, inode: InodeId, index: u64) {
        if self.policy_sees_references()
            && let Some(pfn) = self.find_page(inode, index)
        {
            self.note_page_reference(pfn);
        }
    }

    /// The frame that an access to `addr` would find in memory: mapped, in the swap cache or in the page cache.
    fn resident_at(&self, mm: MmId, addr: VirtAddr) -> Option<Pfn> {
        let mm = self.mm(mm);
        if let Lookup::Base(_, pte) = mm.tables.lookup(&self.phys, addr) {
            if pte.is_mapped() {
                return (!pte.is_special()).then_some(pte.pfn());
            }
            if let Some((slot, _)) = pte.swap_slot() {
                return self.swap.cached(slot);
            }
        }
        let vma = mm.vmas.get(mm.vmas.at(addr)?);
        self.find_page(vma.inode?, vma.page_index(addr, mm.tables.format.page_shift))
    }

    fn note_page_reference(&mut self, pfn: Pfn) {
        if let Some(by) = self.by_policy() {
            by.touch(pfn);
        }
    }

    /// The next reference's page is used again `distance` references after it; None: not that anybody knows.
    pub fn foretell(&mut self, distance: Option<u64>) {
        if let Some(by) = self.by_policy() {
            let next = distance.map_or(crate::policy::NEVER, |distance| by.now + distance);
            by.policy.foretell(next);
            by.now += 1;
        }
    }
}
