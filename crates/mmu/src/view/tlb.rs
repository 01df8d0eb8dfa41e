//! The TLB as text: its counts, then a line an entry, by level and address.

use crate::tlb::Cached;
use crate::{Machine, MmId};
use std::fmt;

/// The counts of all TLBs, then the running processor's: `accesses … L1 misses … L2 misses …`, then `L1 mm0 ADDRESS pfn N rwx D`
/// for each entry, `L1I` one for fetches, `large` before a page of level 1 and `huge` before one of level 2, `stale` after what will be flushed before its address space runs again.
#[derive(Clone, Copy, Debug)]
pub struct TlbView<'m> {
    pub(super) machine: &'m Machine,
}

impl fmt::Display for TlbView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = self.machine.tlb_stats();
        writeln!(
            f,
            "accesses {} L1 misses {} L2 misses {} rewalks {} page flushes {} flushes {}",
            stats.accesses,
            stats.l1_misses,
            stats.l2_misses,
            stats.rewalks,
            stats.page_flushes,
            stats.asid_flushes
        )?;
        let mut entries: Vec<Cached> = self.machine.tlb.iter().collect();
        entries.sort_by_key(|entry| (entry.level, entry.code, entry.context, entry.addr, entry.size));
        entries.iter().try_for_each(|entry| self.entry(f, entry))
    }
}

impl TlbView<'_> {
    fn entry(&self, f: &mut fmt::Formatter<'_>, entry: &Cached) -> fmt::Result {
        let owner = match entry.context {
            None => "global".to_owned(),
            Some(_) => match self.owner(entry) {
                Some((mm, _)) => format!("mm{}", mm.0),
                None => return Ok(()),
            },
        };
        let behind = self.owner(entry).is_some_and(|(_, generation)| generation != entry.generation);
        let addr = self.machine.config.format.sign_extend(entry.addr);
        let letter = |on, letter| if on { letter } else { '-' };
        write!(
            f,
            "L{}{} {owner} {}{addr:x} pfn {} r{}{} {}",
            entry.level,
            if entry.code { "I" } else { "" },
            ["", "large ", "huge "][entry.size.min(2) as usize],
            entry.pfn.0,
            letter(entry.writable, 'w'),
            letter(entry.executable, 'x'),
            letter(entry.dirty, 'D'),
        )?;
        writeln!(f, "{}", if behind { " stale" } else { "" })
    }

    /// The address space an entry belongs to, and the generation it is at, if it lives.
    fn owner(&self, entry: &Cached) -> Option<(MmId, u64)> {
        let found = self.machine.mms.iter().enumerate().find_map(|(at, mm)| {
            let tables = &mm.as_ref()?.tables;
            (Some(tables.context) == entry.context).then_some((at, tables.generation))
        })?;
        Some((MmId(found.0 as u32), found.1))
    }
}
