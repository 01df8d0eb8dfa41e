//! Walking, growing and reading the tables of one address space.
//!
//! An [`EntryRef`] names one entry of one table; it stays good until that table is freed. Which tables exist follows Linux:
//! they are made by the first fault below them and freed by `free_pgtables` or when a whole table's range is dropped.

pub(crate) use super::codec::TABLE_BITS;
use super::{Format, FormatName, Pte, PteFlags};
use crate::phys::{OutOfFrames, Phys};
use crate::{Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// Where an entry stands: which table (its frame), which index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRef {
    /// The table's frame.
    pub table: Pfn,
    /// The index in it.
    pub index: u16,
    /// The level, which decides how the entry is encoded.
    pub level: u8,
}

impl EntryRef {
    /// Entry `index` of the table `table`, whose entries are of `level`.
    #[inline(always)]
    pub const fn new(table: Pfn, index: usize, level: u32) -> EntryRef {
        EntryRef { table, index: index as u16, level: level as u8 }
    }

    /// The entry of a base page.
    #[inline(always)]
    pub const fn base(table: Pfn, index: usize) -> EntryRef {
        EntryRef::new(table, index, 0)
    }
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
    /// What level 1 was last seen to have nothing for: the first address, and the `upper_changes` then.
    #[serde(skip)]
    bare: Option<(VirtAddr, u64)>,
}

impl PageTables {
    /// An empty root.
    pub fn new(phys: &mut Phys, format: Format) -> Result<PageTables, OutOfFrames> {
        let root = alloc_root(phys, format.root_order())?;
        let context = phys.new_context();
        Ok(PageTables {
            format,
            root,
            table_bytes: 0,
            context,
            generation: 0,
            deposits: Vec::new(),
            bare: None,
        })
    }

    /// Reads an entry.
    #[inline]
    pub fn read(&self, phys: &Phys, at: EntryRef) -> Pte {
        phys.pte(at)
    }

    /// Writes an entry. The TLB does not notice: the flush is the caller's.
    #[inline]
    pub fn write(&self, phys: &mut Phys, at: EntryRef, pte: Pte) {
        phys.set_pte(at, pte);
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
    #[inline]
    pub(crate) fn leaf(&self, phys: &Phys, addr: VirtAddr) -> (EntryRef, u32, Pte) {
        // The same walk with its format known to the compiler, for the format there is most of.
        if self.format.name == FormatName::X86_64 {
            self.leaf_in(Format::X86_64, phys, addr)
        } else {
            self.leaf_in(self.format, phys, addr)
        }
    }

    #[inline(always)]
    pub(crate) fn leaf_in(&self, format: Format, phys: &Phys, addr: VirtAddr) -> (EntryRef, u32, Pte) {
        const TABLE: u64 = PteFlags::PRESENT.bits();
        const KIND: u64 = PteFlags::PRESENT.union(PteFlags::HUGE).bits();
        let mut table = self.root;
        for level in (1..format.levels).rev() {
            let at = EntryRef::new(table, format.index(addr.get(), level), level);
            let pte = read_in(format, phys, at);
            if pte.0 & KIND != TABLE {
                return (at, level, pte);
            }
            table = pte.pfn();
        }
        let at = base_entry(format, table, addr);
        (at, 0, read_in(format, phys, at))
    }

    /// The entry for `addr` in the table `table`, whose entries are of `level`.
    pub(crate) fn entry_in(&self, table: Pfn, addr: VirtAddr, level: u32) -> EntryRef {
        match level {
            0 => base_entry(self.format, table, addr),
            _ => EntryRef::new(table, self.format.index(addr.get(), level), level),
        }
    }

    /// The entry at `level` for `addr`, with the tables above it made where missing. The caller has seen that no huge leaf
    /// is in the way.
    #[inline]
    pub fn ensure(&mut self, phys: &mut Phys, addr: VirtAddr, level: u32) -> Result<EntryRef, OutOfFrames> {
        let top = self.format.levels - 1;
        if top == 0 {
            return Ok(base_entry(self.format, self.root, addr));
        }
        let mask = (1 << self.format.index_bits) - 1;
        let mut shift = self.format.shift(top);
        let mut at = EntryRef::new(self.root, (addr.get() >> shift & mask) as usize, top);
        for level in (level..top).rev() {
            let mut pte = self.read(phys, at);
            if !pte.is_present() {
                pte = self.add_table(phys, at)?;
            }
            shift -= self.format.index_bits;
            at = EntryRef::new(pte.pfn(), (addr.get() >> shift & mask) as usize, level);
        }
        Ok(at)
    }

    #[cold]
    fn add_table(&mut self, phys: &mut Phys, at: EntryRef) -> Result<Pte, OutOfFrames> {
        let pte = Pte::new(alloc_table(phys)?, TABLE_BITS);
        self.account_table(phys);
        self.write(phys, at, pte);
        Ok(pte)
    }

    /// One table more.
    pub(super) fn account_table(&mut self, phys: &mut Phys) {
        self.table_bytes += self.format.page_size();
        phys.table_bytes.grow(self.format.page_size());
    }

    /// One table less.
    pub(super) fn account_freed_table(&mut self, phys: &mut Phys) {
        self.table_bytes -= self.format.page_size();
        phys.table_bytes.change(self.format.page_size(), 0);
    }

    /// Whether no table of base pages and no huge page stands for `addr`, of which there was none to be seen last time, most likely.
    #[inline(always)]
    pub(crate) fn is_bare(&mut self, phys: &Phys, addr: VirtAddr) -> bool {
        let seen = (addr.align_down(self.format.span(1)), phys.upper_changes);
        self.bare == Some(seen) || self.looks_bare(phys, seen)
    }

    #[inline(never)]
    fn looks_bare(&mut self, phys: &Phys, seen: (VirtAddr, u64)) -> bool {
        let (_, level, pte) = self.leaf(phys, seen.0);
        let bare = level > 0 && pte.is_none();
        if bare {
            self.bare = Some(seen);
        }
        bare
    }

    /// The entry at `level` for `addr` if the tables down to it are there.
    pub fn entry(&self, phys: &Phys, addr: VirtAddr, level: u32) -> Option<EntryRef> {
        let mut table = self.root;
        for above in (level + 1..self.format.levels).rev() {
            let pte = self.read(phys, EntryRef::new(table, self.format.index(addr.get(), above), above));
            if !pte.is_present() || pte.has(PteFlags::HUGE) {
                return None;
            }
            table = pte.pfn();
        }
        match level {
            0 => Some(base_entry(self.format, table, addr)),
            level if level >= self.format.levels => None,
            level => Some(EntryRef::new(table, self.format.index(addr.get(), level), level)),
        }
    }

    /// Frees the root; nothing is below it any more.
    pub(crate) fn free_root(&self, phys: &mut Phys) {
        match self.format.root_order() {
            0 => phys.free(self.root),
            order => phys.free_order(self.root, order),
        }
    }

    /// Frees the table that the entry at `at` points to (its own entries are empty) and clears the entry.
    pub fn free_table(&mut self, phys: &mut Phys, at: EntryRef) {
        let pte = self.read(phys, at);
        self.write(phys, at, Pte::NONE);
        phys.free_table(pte.pfn());
        self.account_freed_table(phys);
    }
}

pub(super) fn alloc_table(phys: &mut Phys) -> Result<Pfn, OutOfFrames> {
    let pfn = phys.alloc()?;
    phys.make_table(pfn);
    Ok(pfn)
}

/// A root, which takes several frames where there is one level only.
fn alloc_root(phys: &mut Phys, order: u32) -> Result<Pfn, OutOfFrames> {
    if order == 0 {
        return alloc_table(phys);
    }
    let root = phys.alloc_order(order)?;
    (0..1 << order).for_each(|i| phys.make_table(root + i));
    Ok(root)
}

/// Reads an entry; where the compiler knows the format, without asking for it.
#[inline(always)]
pub(crate) fn read_in(format: Format, phys: &Phys, at: EntryRef) -> Pte {
    if format.is_plain() { phys.plain_pte(at) } else { phys.pte(at) }
}

/// The entry for `addr` in `table`, the lowest on the way there. A root of several frames is one table: the entry stands in one of
/// these.
#[inline(always)]
fn base_entry(format: Format, table: Pfn, addr: VirtAddr) -> EntryRef {
    let frame = if format.levels == 1 { table + (addr.get() >> format.shift(1)) as u32 } else { table };
    EntryRef::base(frame, format.index(addr.get(), 0))
}
