//! Stores that the processor tries before their turn.
//!
//! In a loop that writes to page after page a processor looks up the translations of the next rounds before the fault of the
//! first one is handled. Where a huge page is read-only at that time and the fault makes it writable without a flush (it is
//! taken over after a fork), the entries looked up early stay read-only in the TLB, and each is a spurious fault when its
//! turn comes. (Where the accessed bit is clear no entry is kept.) How many there are is the machine's matter, no rule of Linux: measured on the machine of the recorded logs, three
//! rounds where the loop has just begun, and 28 where it has run for long. In between it varies.

use crate::{FaultCause, Machine, MappingKind, VirtAddr};
use serde::{Deserialize, Serialize};
use std::ops::Range;

const ROUNDS_AHEAD: u64 = 3;
const ROUNDS_AHEAD_AT_SPEED: u64 = 28;
/// Rounds after which the loop has run for long.
const ROUNDS_TO_SPEED: u64 = 200;

/// A loop of stores, one to each page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TouchLoop {
    /// The pages whose read-only translations are looked up early.
    read_only: Range<u64>,
    /// Rounds so far.
    rounds: u64,
}

impl Machine {
    /// A loop of stores, one to each page, begins.
    pub fn begin_touch(&mut self) {
        self.touch_loop = TouchLoop::default();
    }

    /// The loop's store to `addr` has its turn: if it was tried before it could be done, that is a fault of its own.
    pub fn touch_turn(&mut self, addr: VirtAddr) {
        self.touch_loop.rounds += 1;
        if self.touch_loop.read_only.contains(&addr.get()) {
            self.ledger.record(FaultCause::Spurious, MappingKind::Anonymous, false);
        }
    }

    /// The huge page up to `end` has become writable by a store to `page`, without a flush.
    pub(crate) fn writable_without_flush(&mut self, page: VirtAddr, end: VirtAddr) {
        let at_speed = self.touch_loop.rounds >= ROUNDS_TO_SPEED;
        let rounds = if at_speed { ROUNDS_AHEAD_AT_SPEED } else { ROUNDS_AHEAD };
        let next = page + self.page_size();
        self.touch_loop.read_only = next.get()..end.min(next + rounds * self.page_size()).get();
    }
}
