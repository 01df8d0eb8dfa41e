//! What a machine looks like, as text that is stable enough for snapshots: page tables, TLB, frames. Mappings show themselves
//! ([`VmaTree`](crate::VmaTree)); none of it is a format of Linux's.

mod frames;
mod tables;
#[cfg(test)]
mod tests;
mod tlb;

pub use frames::FramesView;
pub use tables::TablesView;
pub use tlb::TlbView;

use crate::reclaim::Lists;
use crate::{Machine, MmId};

impl Machine {
    /// The page tables of an address space as a tree.
    pub fn view_tables(&self, mm: MmId) -> TablesView<'_> {
        TablesView { machine: self, mm }
    }

    /// The TLB's entries and counts.
    pub fn view_tlb(&self) -> TlbView<'_> {
        TlbView { machine: self }
    }

    /// What the frames are used for.
    pub fn view_frames(&self) -> FramesView<'_> {
        FramesView { machine: self }
    }

    /// The lists of the pool of pages that can run short; `None` on a machine without one.
    pub fn view_lru(&self) -> Option<&Lists> {
        self.phys.lruvec.as_ref().map(|lruvec| &lruvec.lists)
    }
}
