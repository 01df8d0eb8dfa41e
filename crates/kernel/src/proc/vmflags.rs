//! The line `VmFlags` of smaps (Linux: `show_smap_vma_flags`) and whether a mapping may have huge pages.

use memtwin_mmu::{ThpEnabled, VmFlags, Vma};

/// The flags in the order of their bits in Linux, with the kernel's two letters.
const LETTERS: [(VmFlags, &str); 28] = [
    (VmFlags::READ, "rd"),
    (VmFlags::WRITE, "wr"),
    (VmFlags::EXEC, "ex"),
    (VmFlags::SHARED, "sh"),
    (VmFlags::MAYREAD, "mr"),
    (VmFlags::MAYWRITE, "mw"),
    (VmFlags::MAYEXEC, "me"),
    (VmFlags::MAYSHARE, "ms"),
    (VmFlags::GROWSDOWN, "gd"),
    (VmFlags::PFNMAP, "pf"),
    (VmFlags::MAYBE_GUARD, "gu"),
    (VmFlags::LOCKED, "lo"),
    (VmFlags::SEQ_READ, "sr"),
    (VmFlags::RAND_READ, "rr"),
    (VmFlags::DONTCOPY, "dc"),
    (VmFlags::DONTEXPAND, "de"),
    (VmFlags::LOCKONFAULT, "lf"),
    (VmFlags::ACCOUNT, "ac"),
    (VmFlags::NORESERVE, "nr"),
    (VmFlags::HUGETLB, "ht"),
    (VmFlags::SYNC, "sf"),
    (VmFlags::WIPEONFORK, "wf"),
    (VmFlags::DONTDUMP, "dd"),
    (VmFlags::HUGEPAGE, "hg"),
    (VmFlags::NOHUGEPAGE, "nh"),
    (VmFlags::MERGEABLE, "mg"),
    (VmFlags::DROPPABLE, "dp"),
    (VmFlags::SEALED, "sl"),
];

const HUGE_BYTES: u64 = 2 << 20;

/// The flags as the kernel prints them.
pub(super) fn letters(flags: VmFlags) -> String {
    LETTERS
        .iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, letters)| format!("{letters} "))
        .collect()
}

/// Whether a fault could put a huge page into it: private memory that the policy means and that holds an aligned 2 MiB.
pub(super) fn thp_eligible(vma: &Vma, enabled: ThpEnabled) -> bool {
    let first = vma.start.align_up(HUGE_BYTES);
    vma.is_anonymous()
        && (enabled == ThpEnabled::Always || vma.flags.contains(VmFlags::HUGEPAGE))
        && enabled != ThpEnabled::Never
        && !vma.flags.contains(VmFlags::NOHUGEPAGE)
        && first >= vma.start
        && first.get().checked_add(HUGE_BYTES).is_some_and(|end| end <= vma.end.get())
}
