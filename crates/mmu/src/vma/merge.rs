//! When two neighbouring ranges may be one mapping (Linux: `can_vma_merge_before`, `can_vma_merge_after`, mm/vma.c).
//!
//! They need the same file, the same flags and offsets that go on. Private memory also needs families that agree: one of the
//! two may have none, but then the other must not be a fork's child, whose pages live in several families.
//! [`new`](super::merge_new) and [`existing`](super::merge_existing) ranges decide what becomes of whom.
//! Left out: NUMA policies, userfaultfd and names of anonymous memory, which the modelled kernel does not have.

use super::{AnonVmas, VmFlags, Vma};
use crate::{AnonVmaId, FileId, VirtAddr};

/// A range with what it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// First byte; page aligned.
    pub start: VirtAddr,
    /// One past the last byte; page aligned.
    pub end: VirtAddr,
    /// Rights and treatment.
    pub flags: VmFlags,
    /// Offset of `start` in its backing, in pages.
    pub pgoff: u64,
    /// The open file behind it.
    pub file: Option<FileId>,
    /// The family of pages that it brings along.
    pub anon_vma: Option<AnonVmaId>,
}

impl Proposal {
    /// New private anonymous memory.
    pub fn anonymous(range: (VirtAddr, VirtAddr), flags: VmFlags, pgoff: u64) -> Proposal {
        Proposal { start: range.0, end: range.1, flags, pgoff, file: None, anon_vma: None }
    }

    /// The part `start..end` of a mapping with other flags.
    pub(super) fn part_of(vma: &Vma, start: VirtAddr, end: VirtAddr, flags: VmFlags) -> Proposal {
        let pgoff = vma.page_index(start, vma.page_shift.into());
        Proposal { start, end, flags, pgoff, file: vma.file, anon_vma: vma.anon_vma }
    }

    /// Whether mappings with its flags never merge (Linux: `VM_SPECIAL`).
    pub(super) fn is_special(&self) -> bool {
        self.flags.intersects(VmFlags::DONTEXPAND | VmFlags::PFNMAP)
    }

    fn pages(&self, page_shift: u8) -> u64 {
        (self.end - self.start) >> page_shift
    }
}

/// Flags that may differ in a merge; the merged mapping has them if a part had (Linux: `VM_IGNORE_MERGE`, `VM_STICKY`).
pub(super) const STICKY: VmFlags = VmFlags::MAYBE_GUARD;

/// A range looking for neighbours to merge with, and whether the pages it brings are a fork's child's.
pub(super) struct Candidate<'m> {
    pub(super) anon: &'m AnonVmas,
    pub(super) range: &'m Proposal,
    pub(super) from_child: bool,
}

impl Candidate<'_> {
    /// Whether the range may go on behind `prev`, which ends where it begins.
    pub(super) fn may_follow(&self, prev: &Vma) -> bool {
        prev.end == self.range.start && self.is_like(prev) && prev.pgoff + prev.pages() == self.range.pgoff
    }

    /// Whether `next`, which begins where it ends, may go on behind it.
    pub(super) fn may_precede(&self, next: &Vma) -> bool {
        next.start == self.range.end
            && self.is_like(next)
            && next.pgoff == self.range.pgoff + self.range.pages(next.page_shift)
    }

    fn is_like(&self, vma: &Vma) -> bool {
        (vma.flags ^ self.range.flags) - STICKY == VmFlags::empty()
            && vma.file == self.range.file
            && self.families_agree(vma)
    }

    /// Linux: `is_mergeable_anon_vma`.
    fn families_agree(&self, vma: &Vma) -> bool {
        match (vma.anon_vma, self.range.anon_vma) {
            (None, Some(_)) => !self.from_child,
            (Some(_), None) => !self.anon.is_fork_child(vma),
            (its, ours) => its == ours,
        }
    }
}

/// Whether two mappings could both join what lies between them.
pub(super) fn families_compatible(prev: &Vma, next: &Vma) -> bool {
    prev.anon_vma.is_none() || next.anon_vma.is_none() || prev.anon_vma == next.anon_vma
}

impl AnonVmas {
    /// Whether a mapping came out of a fork with families of its parent (Linux: `vma_is_fork_child`).
    pub(super) fn is_fork_child(&self, vma: &Vma) -> bool {
        vma.anon_vma.is_some() && !self.is_singular(vma)
    }
}
