//! Pages come onto the lists, and are activated by use (Linux: `mm/swap.c`: `folio_add_lru`, `folio_activate`,
//! `lru_add_drain`).

use super::inactive::CHANGES_A_PAGE;
use super::lists::BATCH;
use super::{LruList, Lruvec};
use crate::phys::{Frame, FrameFlags, Phys};
use crate::rmap::is_large;
use crate::{Machine, Pfn};

/// What a reference costs on the modelled clock.
const REFERENCE_NS: u64 = 100;

impl Machine {
    /// The pool; only called where there is one.
    ///
    /// # Panics
    /// Where there is none.
    pub(super) fn lruvec(&mut self) -> &mut Lruvec {
        self.phys.lruvec.as_mut().expect("reclaim runs only where there is a pool")
    }

    /// Empties the batches of pages on their way to a list.
    pub fn lru_add_drain(&mut self) {
        self.phys.lru_add_drain();
    }

    /// Empties the batches if `pfn` waits in one.
    pub(crate) fn drain_if_waiting(&mut self, pfn: Pfn) {
        if self.phys.lruvec.as_ref().is_some_and(|lruvec| lruvec.lists.is_waiting(pfn)) {
            self.lru_add_drain();
        }
    }

    /// The program made a reference: time passes.
    pub fn note_reference(&mut self) {
        self.clock.advance(REFERENCE_NS);
        if self.flusher_is_due() {
            self.flush_old();
        }
        let now_ns = self.clock.now_ns();
        if let Some(lruvec) = &mut self.phys.lruvec {
            lruvec.note_reference(now_ns);
            if lruvec.flusher_is_due(now_ns) {
                self.run_flusher();
            }
        }
    }
}

/// The list that a page's state says.
pub(crate) fn list_of(frame: &Frame) -> LruList {
    if frame.has(FrameFlags::MLOCKED) {
        return LruList::Unevictable;
    }
    LruList::of(!frame.has(FrameFlags::SWAPBACKED), frame.has(FrameFlags::ACTIVE))
}

impl Phys {
    /// A new folio, whose first page is `pfn`, is to go on a list; a large one waits for no others.
    #[inline]
    pub(crate) fn lru_add(&mut self, pfn: Pfn) {
        let Some(lruvec) = &mut self.lruvec else { return };
        let order = self.frames.get(pfn).order();
        lruvec.refresher.note_changes(CHANGES_A_PAGE << order);
        let full = lruvec.lists.batch_add(pfn) || order > 0;
        if lruvec.by_policy.is_some() {
            self.policy_insert(pfn);
        }
        if full {
            self.lru_add_drain();
        }
    }

    /// Lets the policy know of a page, if there is one and the page may go.
    pub(super) fn policy_insert(&mut self, pfn: Pfn) {
        let Some(by) = self.lruvec.as_mut().and_then(|lruvec| lruvec.by_policy_mut()) else { return };
        let frame = self.frames.get(pfn);
        match frame.has(FrameFlags::MLOCKED) {
            true => by.forget(pfn),
            false => by.insert(pfn, frame),
        }
    }

    /// A page's state has changed: it goes to the list that the state says, if it is on one.
    pub(crate) fn lru_move(&mut self, pfn: Pfn) {
        let Some(lruvec) = &mut self.lruvec else { return };
        if lruvec.lists.list_of(pfn).is_some() {
            lruvec.lists.remove(pfn);
            let frame = self.frames.get(pfn);
            lruvec.lists.add(list_of(frame), pfn, frame.order());
            self.policy_insert(pfn);
        }
    }

    /// The folios in this range, aligned to its size, were one: they go on its list, if it was on one.
    pub(crate) fn lru_split(&mut self, range: std::ops::Range<Pfn>) {
        let Some(lruvec) = &mut self.lruvec else { return };
        let frames = &self.frames;
        let next = |pfn: &Pfn| Some(*pfn + (1 << frames.get(*pfn).order())).filter(|next| *next < range.end);
        let parts: Vec<Pfn> = std::iter::successors(Some(range.start), next).collect();
        let orders = parts.iter().map(|pfn| (*pfn, frames.get(*pfn).order()));
        if lruvec.lists.split(range.start, orders) {
            parts.iter().skip(1).for_each(|pfn| self.policy_insert(*pfn));
        }
    }

    /// Empties the batches. Pages that wait in them are on no list.
    pub(crate) fn lru_add_drain(&mut self) {
        let Some(lruvec) = &mut self.lruvec else { return };
        for pfn in lruvec.lists.take_added() {
            let frame = self.frames.get(pfn);
            lruvec.lists.add(list_of(frame), pfn, frame.order());
        }
        self.drain_activations();
    }

    /// Pages that wait for their activation are active from now on, where no lists are kept (Linux: `lru_add_drain`).
    #[inline]
    pub(crate) fn activate_waiting(&mut self) {
        while let Some(pfn) = self.activations.pop() {
            let frame = self.frame_mut(pfn);
            let lives = frame.flags().intersects(FrameFlags::FILE | FrameFlags::ANON);
            frame.set(FrameFlags::ACTIVE, lives && !frame.has(FrameFlags::MLOCKED));
        }
    }

    /// The inactive page `pfn` becomes active: at once where it waits for a list, else with the next batch. A large folio waits
    /// in no batch.
    pub(crate) fn activate(&mut self, pfn: Pfn) {
        let Some(lruvec) = &mut self.lruvec else {
            self.activations.push(pfn);
            if self.activations.len() == BATCH || is_large(self.frame(pfn)) {
                self.activate_waiting();
            }
            return;
        };
        let order = self.frames.get(pfn).order();
        lruvec.age.advance(1 << order);
        if lruvec.lists.is_waiting(pfn) {
            self.frame_mut(pfn).insert(FrameFlags::ACTIVE);
        } else if lruvec.lists.batch_activate(pfn) || order > 0 {
            self.drain_activations();
        }
    }

    fn drain_activations(&mut self) {
        let Some(lruvec) = &mut self.lruvec else { return };
        for pfn in lruvec.lists.take_activated() {
            let frame = self.frames.get_mut(pfn);
            let inactive = lruvec.lists.list_of(pfn).is_some_and(|list| !list.is_active());
            if inactive && !frame.has(FrameFlags::MLOCKED) {
                lruvec.lists.remove(pfn);
                frame.insert(FrameFlags::ACTIVE);
                self.vmstat.pgactivate += 1 << frame.order();
                lruvec.lists.add(list_of(frame), pfn, frame.order());
            }
        }
    }
}
