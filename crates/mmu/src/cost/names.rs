//! The names of the costs that a model has.

use crate::FaultCause;

/// A cost by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostName {
    /// The name.
    pub name: &'static str,
    /// What it is the cost of.
    pub meaning: &'static str,
}

const fn named(name: &'static str, meaning: &'static str) -> CostName {
    CostName { name, meaning }
}

/// Costs that each model has. Besides, `fault.CAUSE` of each [`FaultCause`] and `call.NAME` of each system call may be given;
/// where they are not, `fault` and `call` stand for them.
const NAMES: &[CostName] = &[
    named("access", "a load or store whose translation is in the first-level TLB and whose bytes are near"),
    named("tlb.l2_hit", "what a hit of the second-level TLB adds"),
    named("walk.l1", "a page-walk reference answered by the first-level data cache"),
    named("walk.l2", "a page-walk reference answered by the second-level cache"),
    named("walk.l3", "a page-walk reference answered by the last-level cache"),
    named("walk.memory", "a page-walk reference answered by memory"),
    named("flush.page", "taking one page out of the TLB (INVLPG)"),
    named("flush.space", "taking an address space out of the TLB (CR3 or INVPCID)"),
    named("shootdown", "asking one other processor to flush, and its answer (IPI)"),
    named("switch", "making another address space the running one"),
    named("fault", "a page fault without zeroing, copying and input"),
    named("zero.page", "zeroing 4 KiB"),
    named("copy.page", "copying 4 KiB"),
    named("call", "a system call without the faults during it"),
    named("io.file_read", "reading a page of a file from its device"),
    named("io.zram_read", "reading a page from swap on zram"),
    named("io.zram_write", "writing a page to swap on zram"),
    named("io.ssd_read", "reading a page from swap on an SSD"),
    named("io.ssd_write", "writing a page to swap on an SSD"),
    named("io.disk_read", "reading a page from swap on a disk"),
    named("io.disk_write", "writing a page to swap on a disk"),
];

/// The costs that each model has.
pub fn names() -> &'static [CostName] {
    NAMES
}

pub(super) fn is_known(name: &str) -> bool {
    let mandatory = NAMES.iter().any(|known| known.name == name);
    mandatory
        || name.strip_prefix("call.").is_some_and(|call| !call.is_empty())
        || name
            .strip_prefix("fault.")
            .is_some_and(|cause| FaultCause::ALL.iter().any(|known| format!("{known:?}") == cause))
}
