//! Address space identifiers (x86: PCID) and their reuse (Linux: `arch/x86/mm/tlb.c`).
//!
//! Few address spaces have an identifier at a time; another one takes the place that was given out longest ago. An
//! identifier remembers up to which generation of its address space it was flushed, so that the flush of one that does not
//! run is only noted, and done when it runs next.

use serde::{Deserialize, Serialize};

/// Identifiers in use at a time (Linux: `TLB_NR_DYN_ASIDS`).
pub(super) const ASIDS: usize = 6;

const SLOT_BITS: u32 = 3;
/// A tag: the slot, counted from 1, and how often it was emptied. Entries with another count are dead.
pub(super) const TAG_BITS: u32 = 16;
/// The tag of global entries: no slot has it, and it never dies.
pub(super) const GLOBAL_TAG: u64 = ASIDS as u64 + 1;
const TAG_MAX: u32 = (1 << TAG_BITS) - 1;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Slot {
    /// The address space, by its never repeated number; 0: none.
    context: u64,
    /// The generation it was flushed up to.
    generation: u64,
    tag: u32,
}

/// All identifiers of a processor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asids {
    slots: [Slot; ASIDS],
    current: usize,
    next: usize,
    /// The tag of the current slot.
    running_tag: u64,
}

/// That a tag was given up, whose entries are dead now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retired {
    /// Nothing died.
    None,
    /// The entries of one tag died.
    Tag,
    /// Tags are used up and start again: all entries must go.
    All,
}

impl Asids {
    pub(super) fn new() -> Asids {
        let mut slots = [Slot::default(); ASIDS];
        for (slot, number) in slots.iter_mut().zip(1..) {
            slot.tag = number;
        }
        Asids { slots, current: 0, next: 0, running_tag: 1 }
    }

    /// The running tag: at least 1, below 2^[`TAG_BITS`].
    #[inline]
    pub(super) fn tag(&self) -> u64 {
        self.running_tag
    }

    /// The running address space's number; 0: none.
    pub(super) fn running(&self) -> u64 {
        self.slots[self.current].context
    }

    /// Whether the entry with this key is alive: a key ends in its tag.
    #[inline]
    pub(super) fn is_live(&self, key: u64) -> bool {
        let tag = key & u64::from(TAG_MAX);
        if tag == GLOBAL_TAG {
            return true;
        }
        let slot = (tag as usize & ((1 << SLOT_BITS) - 1)).wrapping_sub(1);
        self.slots.get(slot).is_some_and(|s| u64::from(s.tag) == tag)
    }

    /// The address space behind a live tag and the generation it is flushed up to.
    pub(super) fn context(&self, tag: u64) -> Option<(u64, u64)> {
        let slot = self.slots.iter().find(|s| u64::from(s.tag) == tag)?;
        (slot.context != 0).then_some((slot.context, slot.generation))
    }

    /// Makes the address space `context` the running one (Linux: `choose_new_asid`).
    pub(super) fn switch(&mut self, context: u64, generation: u64) -> Retired {
        if let Some(slot) = self.slots.iter().position(|s| s.context == context) {
            self.current = slot;
            self.running_tag = self.slots[slot].tag.into();
            return if self.slots[slot].generation == generation {
                Retired::None
            } else {
                self.flush(generation)
            };
        }
        self.current = self.next;
        self.next = (self.next + 1) % ASIDS;
        self.slots[self.current].context = context;
        self.flush(generation)
    }

    /// Kills all entries of the running tag.
    pub(super) fn flush(&mut self, generation: u64) -> Retired {
        self.slots[self.current].generation = generation;
        let retired = self.retire_tag();
        self.running_tag = self.slots[self.current].tag.into();
        retired
    }

    fn retire_tag(&mut self) -> Retired {
        let slot = &mut self.slots[self.current];
        if slot.tag + (1 << SLOT_BITS) <= TAG_MAX {
            slot.tag += 1 << SLOT_BITS;
            return Retired::Tag;
        }
        for (slot, number) in self.slots.iter_mut().zip(1..) {
            slot.tag = number;
        }
        Retired::All
    }

    /// Notes that the running address space is flushed up to `generation`.
    pub(super) fn reached(&mut self, generation: u64) {
        self.slots[self.current].generation = generation;
    }
}
