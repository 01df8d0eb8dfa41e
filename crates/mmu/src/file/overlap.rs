//! Copies between a file's page and a mapping of that very page. The kernel copies upwards byte by byte (`rep movsb`), so that a
//! copy to a higher place in the page repeats what lies between. Left out: to less than 64 bytes above, processors differ from their manual
//! (a Xeon moves 64 bytes at a time, and the last ones in ways of its own).

use crate::paging::table::Lookup;
use crate::{Machine, Pfn, VirtAddr};

impl Machine {
    /// The frame that the current address space has at `addr`, if it is present.
    pub(super) fn user_frame(&self, addr: u64) -> Option<Pfn> {
        let tables = &self.mm(self.current_mm()?).tables;
        if addr >= tables.format.task_size {
            return None;
        }
        match tables.lookup(&self.phys, VirtAddr::new(addr)) {
            Lookup::Base(_, pte) if pte.is_present() => Some(pte.pfn()),
            Lookup::Huge(level, _, pte) if pte.is_present() => {
                let within = addr % tables.format.span(level);
                Some(pte.pfn() + (within >> tables.format.page_shift) as u32)
            }
            _ => None,
        }
    }
}

/// How many of `part` bytes may be copied at once from offset `from` of frame `source` to offset `to` of frame `target`.
pub(super) fn copy_length(source: Option<Pfn>, from: u64, target: Option<Pfn>, to: u64, part: u64) -> u64 {
    let same = source.is_some() && source == target;
    if same && to > from { part.min(to - from) } else { part }
}
