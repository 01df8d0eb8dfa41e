//! Stores that the processor tries before their turn.
//!
//! In a loop that writes to page after page a processor looks up the translations of the next rounds before the fault of the
//! first one is handled. Where a huge page is read-only at that time and the fault makes it writable without a flush (it is
//! taken over after a fork), the entries looked up early stay read-only in the TLB, and each is a spurious fault when its
//! turn comes. The machines of the recorded logs do so for three rounds.

use crate::{FaultCause, Machine, MappingKind, VirtAddr};

/// Rounds of a loop that are under way at once, but for the first.
const ROUNDS_AHEAD: u64 = 3;

impl Machine {
    /// A loop of stores, one to each page, begins.
    pub fn begin_touch(&mut self) {
        self.read_only_ahead = VirtAddr::new(0)..VirtAddr::new(0);
    }

    /// The loop's store to `addr` has its turn: if it was tried before it could be done, that is a fault of its own.
    pub fn touch_turn(&mut self, addr: VirtAddr) {
        if self.read_only_ahead.contains(&addr) {
            self.ledger.record(FaultCause::Spurious, MappingKind::Anonymous, false);
        }
    }

    /// The huge page up to `end` has become writable by a store to `page`, without a flush.
    pub(crate) fn writable_without_flush(&mut self, page: VirtAddr, end: VirtAddr) {
        let next = page + self.page_size();
        self.read_only_ahead = next..end.min(next + ROUNDS_AHEAD * self.page_size());
    }
}
