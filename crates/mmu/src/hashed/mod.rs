//! Page tables by hash: what the hardware of PowerPC, PA-RISC and IA-64 searched instead of a tree.
//!
//! The kernel keeps its own tables (here of x86-64's shape, as Linux does on PowerPC), which know of every page, swap slot and marker; the
//! hardware never reads them. It searches the hashed table, in which the kernel enters a page when the search fails (Linux:
//! `hash_page`): a refill, which is no page fault. What a flush takes out of the TLB it takes out of the hashed table, too.
//!
//! Four kinds: `inverted` has an entry a frame, `clustered` one for 16 pages side by side, `power` groups of eight as PowerPC, `ia64` one
//! entry that the hardware reads and a chain behind it that only the kernel does. Left
//! out: accessed and dirty bits as the hardware sets them in the hashed table: they are set in the kernel's entry. Huge pages are
//! not used.

mod chains;
mod clustered;
mod ia64;
mod inverted;
mod place;
mod power;

pub use chains::Chains;

use crate::paging::{FormatName, Pte, PteFlags};
use crate::phys::{OutOfFrames, Phys};
use crate::{Machine, MmId, Pfn, VirtAddr};
use clustered::Clustered;
use ia64::Ia64;
use inverted::Inverted;
use power::Power;
use serde::{Deserialize, Serialize};

/// A page of an address space, by this one's never repeated number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) context: u64,
    pub(crate) page: u64,
}

impl Key {
    /// Its place among 2^n buckets: the page number, scattered by the address space (PowerPC: VSID xor page index).
    fn hash(self) -> u64 {
        const SCATTER: u64 = 0x0bf6_e61b;
        self.page ^ self.context.wrapping_mul(SCATTER)
    }

    /// What an entry is told by: never 0.
    fn tag(self) -> u64 {
        const PAGE_BITS: u32 = 36;
        1 << 63 | self.context << PAGE_BITS | self.page
    }
}

/// What hashed tables count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedStats {
    /// Searches by the hardware.
    pub searches: u64,
    /// Memory references during them.
    pub references: u64,
    /// Entries made by the kernel after a search that failed.
    pub refills: u64,
    /// Entries changed by the kernel after a search that found fewer rights than there are.
    pub updates: u64,
    /// Entries that a refill took from another address of the same frame.
    pub alias_evictions: u64,
    /// Entries given up because both groups that another could be in were full.
    pub overflows: u64,
    /// Entries that the kernel found on a chain which the hardware does not search (IA-64).
    pub chain_walks: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Store {
    Inverted(Inverted),
    Clustered(Clustered),
    Power(Power),
    Ia64(Ia64),
}

/// The hashed table of a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hashed {
    store: Store,
    /// What was counted so far.
    pub stats: HashedStats,
}

/// The bits of an entry that the hardware goes by.
const RIGHTS: PteFlags =
    PteFlags::PRESENT.union(PteFlags::WRITABLE).union(PteFlags::USER).union(PteFlags::NO_EXECUTE);

/// An entry as the hashed table has it.
fn cached(pte: Pte) -> Pte {
    Pte::new(pte.pfn(), pte.flags() & RIGHTS)
}

impl Hashed {
    /// The table that a format has, if it is a hashed one.
    ///
    /// # Errors
    /// Without frames for it.
    pub(crate) fn of(format: FormatName, phys: &mut Phys) -> Result<Option<Box<Hashed>>, OutOfFrames> {
        let store = match format {
            FormatName::Inverted => Store::Inverted(Inverted::new(phys)?),
            FormatName::Clustered => Store::Clustered(Clustered::new(phys)?),
            FormatName::Power => Store::Power(Power::new(phys)?),
            FormatName::Ia64 => Store::Ia64(Ia64::new(phys)?),
            _ => return Ok(None),
        };
        Ok(Some(Box::new(Hashed { store, stats: HashedStats::default() })))
    }

    /// The entry for a page, as the hardware searches it.
    fn search(&mut self, phys: &mut Phys, key: Key) -> Option<Pte> {
        let (found, references) = match &self.store {
            Store::Inverted(table) => table.search(phys, key),
            Store::Clustered(table) => table.search(phys, key),
            Store::Power(table) => table.search(phys, key),
            Store::Ia64(table) => table.search(phys, key),
        };
        self.stats.searches += 1;
        self.stats.references += references;
        if let Store::Ia64(table) = &mut self.store
            && references > 1
            && found.is_some()
        {
            self.stats.chain_walks += u64::from(table.promote(phys, key));
        }
        found
    }

    /// Makes or changes the entry for a page. Without a frame for it there is none.
    fn enter(&mut self, phys: &mut Phys, key: Key, pte: Pte) {
        match &mut self.store {
            Store::Inverted(table) => self.stats.alias_evictions += u64::from(table.enter(phys, key, pte)),
            Store::Clustered(table) => table.enter(phys, key, pte),
            Store::Power(table) => self.stats.overflows += u64::from(table.enter(phys, key, pte)),
            Store::Ia64(table) => table.enter(phys, key, pte),
        }
    }

    /// Takes the entries of `pages` of an address space out.
    pub(crate) fn remove(&mut self, phys: &mut Phys, context: u64, pages: std::ops::Range<u64>) {
        match &mut self.store {
            Store::Inverted(table) => table.remove(phys, context, pages),
            Store::Clustered(table) => table.remove(phys, context, pages),
            Store::Power(table) => table.remove(phys, context, pages),
            Store::Ia64(table) => table.remove(phys, context, pages),
        }
    }

    /// The frames it stands in.
    pub(crate) fn frames(&self) -> Vec<Pfn> {
        match &self.store {
            Store::Inverted(table) => table.frames(),
            Store::Clustered(table) => table.frames(),
            Store::Power(table) => table.frames(),
            Store::Ia64(table) => table.frames(),
        }
    }

    /// All entries, in the order of address spaces and pages.
    pub(crate) fn entries<'h>(&'h self, phys: &'h Phys) -> Vec<(Key, Option<Pte>)> {
        match &self.store {
            Store::Inverted(table) => table.keys().map(|key| (key, table.search(phys, key).0)).collect(),
            Store::Clustered(table) => table.keys().map(|key| (key, table.search(phys, key).0)).collect(),
            Store::Power(table) => table.keys().map(|key| (key, table.search(phys, key).0)).collect(),
            Store::Ia64(table) => table.keys().map(|key| (key, table.search(phys, key).0)).collect(),
        }
    }

    /// How long its chains are now.
    pub fn chains(&self) -> Chains {
        match &self.store {
            Store::Inverted(table) => table.chains(),
            Store::Clustered(table) => table.chains(),
            Store::Power(table) => table.chains(),
            Store::Ia64(table) => table.chains(),
        }
    }
}

impl Machine {
    /// The hashed table, if the machine has one.
    pub fn hashed(&self) -> Option<&Hashed> {
        self.hashed.as_deref()
    }

    /// Bytes of the hashed table; 0 without one.
    pub fn hashed_bytes(&self) -> u64 {
        self.hashed.as_ref().map_or(0, |hashed| hashed.frames().len() as u64 * self.page_size())
    }

    /// The hardware's search for `addr`, and the kernel's refill where it fails though the kernel has a page there: `pte`. The access is
    /// then tried again, with a search more.
    pub(crate) fn hash_walk(&mut self, mm: MmId, addr: VirtAddr, pte: Pte) {
        let key = Key { context: self.mm(mm).tables.context, page: addr.get() >> self.page_shift() };
        let Some(hashed) = &mut self.hashed else { return };
        let found = hashed.search(&mut self.phys, key);
        if !pte.is_present() || found == Some(cached(pte)) {
            return;
        }
        match found {
            Some(_) => hashed.stats.updates += 1,
            None => hashed.stats.refills += 1,
        }
        hashed.enter(&mut self.phys, key, cached(pte));
        hashed.search(&mut self.phys, key);
    }

    /// Takes out of the hashed table what a flush of `start..end` takes out of the TLB.
    #[cold]
    pub(crate) fn flush_hashed(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) {
        let shift = self.page_shift();
        let last = end.get().wrapping_sub(1) >> shift;
        let Some(context) = self.mms[mm.index()].as_ref().map(|mm| mm.tables.context) else { return };
        if let Some(hashed) = &mut self.hashed {
            hashed.remove(&mut self.phys, context, start.get() >> shift..last + 1);
        }
    }
}

#[cfg(test)]
mod tests;
