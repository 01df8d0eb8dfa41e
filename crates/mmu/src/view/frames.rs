//! What the frames are used for, as a count a kind.

use crate::phys::{Frame, FrameFlags};
use crate::{Machine, Pfn};
use std::fmt;

/// The frames of a machine by use: `NAME COUNT` a line, of what there is.
#[derive(Clone, Copy, Debug)]
pub struct FramesView<'m> {
    pub(super) machine: &'m Machine,
}

/// The uses, in the order of the lines.
const USES: [&str; 6] =
    ["page tables", "anonymous, exclusive", "anonymous, shared", "shared memory", "page cache", "reserved"];

impl fmt::Display for FramesView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phys = &self.machine.phys;
        writeln!(f, "frames {}", phys.total())?;
        writeln!(f, "free {}", phys.total() - phys.used())?;
        let mut counts = [0_u32; USES.len()];
        for pfn in (0..phys.described()).map(Pfn) {
            if let Some(at) = usage(phys.frame(pfn)) {
                counts[at] += 1;
            }
        }
        for (name, count) in USES.iter().zip(counts).filter(|&(_, count)| count > 0) {
            writeln!(f, "{name} {count}")?;
        }
        writeln!(f, "with host bytes {}", phys.host().used_slots())
    }
}

/// Which of [`USES`]; none for a frame that is free or the rest of a large page.
fn usage(frame: &Frame) -> Option<usize> {
    let is = |flag| frame.has(flag);
    Some(match () {
        () if is(FrameFlags::TABLE) => 0,
        () if is(FrameFlags::ANON) && is(FrameFlags::ANON_EXCLUSIVE) => 1,
        () if is(FrameFlags::ANON) => 2,
        () if is(FrameFlags::FILE) && is(FrameFlags::SWAPBACKED) => 3,
        () if is(FrameFlags::FILE) => 4,
        () if is(FrameFlags::RESERVED) => 5,
        () => return None,
    })
}
