//! Walking, growing and reading the tables of one address space.
//!
//! An [`EntryRef`] names one entry of one table; it stays good until that table is freed. Which tables exist follows Linux:
//! they are made by the first fault below them and freed by `free_pgtables` or when a whole table's range is dropped.

use super::{Format, Pte, PteFlags};
use crate::phys::{FrameFlags, OutOfFrames, Phys};
use crate::{Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// Where an entry stands: which table (its frame), which index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRef {
    /// The table's frame.
    pub table: Pfn,
    /// The index in it.
    pub index: u32,
}

/// What a look-up met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The entry of a base page, present or not.
    Base(EntryRef, Pte),
    /// A leaf above level 0: the level, its entry.
    Huge(u32, EntryRef, Pte),
    /// No table below the entry at this level.
    NoTable(u32),
}

pub(crate) const TABLE_BITS: PteFlags = PteFlags::PRESENT
    .union(PteFlags::WRITABLE)
    .union(PteFlags::USER)
    .union(PteFlags::ACCESSED)
    .union(PteFlags::DIRTY);

/// The page tables of one address space.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageTables {
    /// The format.
    pub format: Format,
    /// The root table (Linux: `pgd`; x86: CR3).
    pub root: Pfn,
    /// Bytes in tables that VmPTE counts: all but the root.
    pub table_bytes: u64,
    /// Which address space this is, of all that ever were (Linux: `ctx_id`).
    pub(crate) context: u64,
    /// How many flushes were owed so far (Linux: `tlb_gen`).
    pub(crate) generation: u64,
    /// Empty tables in reserve for huge pages.
    pub(super) deposits: Vec<Pfn>,
}

impl PageTables {
    /// An empty root.
    pub fn new(phys: &mut Phys, format: Format) -> Result<PageTables, OutOfFrames> {
        let root = alloc_table(phys)?;
        let context = phys.new_context();
        Ok(PageTables { format, root, table_bytes: 0, context, generation: 0, deposits: Vec::new() })
    }

    /// Reads an entry.
    #[inline]
    pub fn read(&self, phys: &Phys, at: EntryRef) -> Pte {
        Pte(phys.host().word(at.table, at.index as usize * 8))
    }

    /// Writes an entry. The TLB does not notice: the flush is the caller's.
    #[inline]
    pub fn write(&self, phys: &mut Phys, at: EntryRef, pte: Pte) {
        phys.host_mut().set_word(at.table, at.index as usize * 8, pte.0);
    }

    /// The entry of `addr`, without making tables.
    pub fn lookup(&self, phys: &Phys, addr: VirtAddr) -> Lookup {
        let (at, level, pte) = self.leaf(phys, addr);
        match level {
            0 => Lookup::Base(at, pte),
            level if pte.is_none() => Lookup::NoTable(level),
            level => Lookup::Huge(level, at, pte),
        }
    }

    /// The lowest entry there is for `addr`, with its level: it points to no table.
    #[inline(always)]
    pub(crate) fn leaf(&self, phys: &Phys, addr: VirtAddr) -> (EntryRef, u32, Pte) {
        // The same walk with its format known to the compiler, for the format there is most of.
        if self.format == Format::X86_64 {
            self.leaf_in(Format::X86_64, phys, addr)
        } else {
            self.leaf_in(self.format, phys, addr)
        }
    }

    #[inline(always)]
    fn leaf_in(&self, format: Format, phys: &Phys, addr: VirtAddr) -> (EntryRef, u32, Pte) {
        const TABLE: u64 = PteFlags::PRESENT.bits();
        const KIND: u64 = PteFlags::PRESENT.union(PteFlags::HUGE).bits();
        let mut table = self.root;
        for level in (1..format.levels).rev() {
            let at = EntryRef { table, index: format.index(addr.get(), level) as u32 };
            let pte = self.read(phys, at);
            if pte.0 & KIND != TABLE {
                return (at, level, pte);
            }
            table = pte.pfn();
        }
        let at = EntryRef { table, index: format.index(addr.get(), 0) as u32 };
        (at, 0, self.read(phys, at))
    }

    /// The entry at `level` for `addr`, with the tables above it made where missing. The caller has seen that no huge leaf
    /// is in the way.
    #[inline]
    pub fn ensure(&mut self, phys: &mut Phys, addr: VirtAddr, level: u32) -> Result<EntryRef, OutOfFrames> {
        let mask = (1 << self.format.index_bits) - 1;
        let lowest = self.format.shift(level);
        let mut shift = self.format.shift(self.format.levels - 1);
        let mut at = EntryRef { table: self.root, index: (addr.get() >> shift & mask) as u32 };
        while shift > lowest {
            let mut pte = self.read(phys, at);
            if !pte.is_present() {
                pte = self.add_table(phys, at)?;
            }
            shift -= self.format.index_bits;
            at = EntryRef { table: pte.pfn(), index: (addr.get() >> shift & mask) as u32 };
        }
        Ok(at)
    }

    #[cold]
    fn add_table(&mut self, phys: &mut Phys, at: EntryRef) -> Result<Pte, OutOfFrames> {
        let pte = Pte::new(alloc_table(phys)?, TABLE_BITS);
        self.table_bytes += self.format.page_size();
        self.write(phys, at, pte);
        Ok(pte)
    }

    /// The entry at `level` for `addr` if the tables down to it are there.
    pub fn entry(&self, phys: &Phys, addr: VirtAddr, level: u32) -> Option<EntryRef> {
        let mut table = self.root;
        for above in (level + 1..self.format.levels).rev() {
            let pte = self.read(phys, EntryRef { table, index: self.format.index(addr.get(), above) as u32 });
            if !pte.is_present() || pte.has(PteFlags::HUGE) {
                return None;
            }
            table = pte.pfn();
        }
        Some(EntryRef { table, index: self.format.index(addr.get(), level) as u32 })
    }

    /// The entries of the level-0 table for `addr`, for loops over a range; none if that table is missing.
    pub fn leaf_words<'p>(&self, phys: &'p Phys, addr: VirtAddr) -> Option<&'p [u64]> {
        let table = self.entry(phys, addr, 0)?.table;
        Some(phys.host().words(table))
    }

    /// The same, to change. The TLB does not notice: the flush is the caller's.
    pub fn leaf_words_mut<'p>(&self, phys: &'p mut Phys, addr: VirtAddr) -> Option<&'p mut [u64]> {
        let table = self.entry(phys, addr, 0)?.table;
        Some(phys.host_mut().words_mut(table))
    }

    /// Frees the table that the entry at `at` points to (its own entries are empty) and clears the entry.
    pub fn free_table(&mut self, phys: &mut Phys, at: EntryRef) {
        let pte = self.read(phys, at);
        self.write(phys, at, Pte::NONE);
        phys.free_table(pte.pfn());
        self.table_bytes -= self.format.page_size();
    }
}

pub(super) fn alloc_table(phys: &mut Phys) -> Result<Pfn, OutOfFrames> {
    let pfn = phys.alloc()?;
    phys.frame_mut(pfn).insert(FrameFlags::TABLE);
    Ok(pfn)
}
