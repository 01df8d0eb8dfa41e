//! Which table of base pages stands for an address, as the walks of the running address space found it last.
//!
//! This is the host's own short cut, nothing that a processor has: it changes no count and never goes stale. An answer is
//! good while no table was taken from its place; whoever does that has all answers forgotten.

use super::{EntryRef, Format};
use crate::phys::Slot;
use crate::{Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// Answers kept: with 4 KiB pages, for a GiB.
const PLACES: usize = 512;
/// Of a tag, from bit 0: the epoch; above, the address less what a table maps.
const EPOCH_BITS: u32 = 20;
const FIRST_EPOCH: u64 = 1;

#[derive(Clone, Copy, Debug, Default)]
struct Near {
    tag: u64,
    table: Pfn,
    /// Where the host has it.
    slot: Slot,
}

/// Tables found by address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NearTables {
    #[serde(skip, default = "nothing")]
    places: Box<[Near; PLACES]>,
    /// Whose tables they are (`PageTables::context`).
    context: u64,
    /// Answers of earlier epochs are forgotten.
    epoch: u64,
    page_shift: u32,
    index_bits: u32,
}

fn nothing() -> Box<[Near; PLACES]> {
    Box::new([Near::default(); PLACES])
}

impl NearTables {
    pub(crate) fn new(format: &Format) -> NearTables {
        let Format { page_shift, index_bits, .. } = *format;
        NearTables { places: nothing(), context: 0, epoch: FIRST_EPOCH, page_shift, index_bits }
    }

    /// The base page's entry for `addr` in the address space `context`, if its table is known, and where the host has the table.
    #[inline(always)]
    pub(crate) fn entry(&self, addr: VirtAddr, context: u64) -> Option<(EntryRef, Slot)> {
        let page = addr.get() >> self.page_shift;
        let region = page >> self.index_bits;
        let near = &self.places[region as usize % PLACES];
        let known = near.tag == self.tag(region) && context == self.context;
        known.then(|| (EntryRef::base(near.table, (page & ((1 << self.index_bits) - 1)) as usize), near.slot))
    }

    /// A walk in the address space `context` found the entries of base pages around `addr` in `table`, which the host has in `slot`: a
    /// slot of its own, which it keeps as long as it is a table.
    pub(crate) fn note(&mut self, addr: VirtAddr, (table, slot): (Pfn, Slot), context: u64) {
        if self.context != context {
            self.forget();
            self.context = context;
        }
        let region = addr.get() >> self.page_shift >> self.index_bits;
        let tag = self.tag(region);
        self.places[region as usize % PLACES] = Near { tag, table, slot };
    }

    /// Forgets all: a table is about to leave its place.
    #[inline]
    pub(crate) fn forget(&mut self) {
        self.epoch += 1;
        if self.epoch >> EPOCH_BITS != 0 {
            self.epoch = FIRST_EPOCH;
            self.places = nothing();
        }
    }

    /// What is known of the address space `context`, as (address, table, its slot).
    pub(crate) fn iter(&self, context: u64) -> impl Iterator<Item = (VirtAddr, Pfn, Slot)> {
        let places: &[Near] = if context == self.context { &self.places[..] } else { &[] };
        let known = places.iter().filter(|near| near.tag & ((1 << EPOCH_BITS) - 1) == self.epoch);
        known.map(|near| {
            let region = near.tag >> EPOCH_BITS;
            (VirtAddr::new(region << self.index_bits << self.page_shift), near.table, near.slot)
        })
    }

    #[inline(always)]
    fn tag(&self, region: u64) -> u64 {
        region << EPOCH_BITS | self.epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_until_it_is_told_to_forget() {
        let mut near = NearTables::new(&Format::X86_64);
        let at = VirtAddr::new(0x7fff_1234_5678);
        assert_eq!(near.entry(VirtAddr::new(0), 0), None);
        near.note(at, (Pfn(7), Slot::ZERO), 1);
        assert_eq!(near.entry(at, 1), Some((EntryRef::base(Pfn(7), 0x145), Slot::ZERO)));
        assert_eq!((near.entry(at + (1 << 30), 1), near.entry(at, 2)), (None, None));
        for _ in 0..1 << EPOCH_BITS {
            near.forget();
            assert_eq!(near.entry(at, 1), None);
        }
    }
}
