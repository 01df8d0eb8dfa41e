//! From an address to a frame: TLB, page walk and page fault.

use super::{Access, AccessError, AccessErrorKind};
use crate::paging::{EntryRef, Format, FormatName, Pte, PteFlags};
use crate::phys::{Slot, ZERO_PFN};
use crate::tlb::{Entry, Mapped};
use crate::{Machine, MmId, Pfn, VirtAddr};

/// How often an access is restarted after a fault that was resolved. Linux sets no limit; few are met in a row.
const RESTARTS: u32 = 16;

/// The lowest entry for an address: where it stands, its level, what is in it.
type Leaf = (EntryRef, u32, Pte);

/// Where an access goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// The frame.
    pub(super) pfn: Pfn,
    /// The byte in it.
    pub(super) offset: usize,
    page: Mapped,
}

impl Machine {
    /// The frame and the offset in it that an access at `addr` goes to, with rights checked, faults taken, and the accessed
    /// and dirty bits set.
    pub(super) fn resolve(&mut self, addr: VirtAddr, access: Access) -> Result<Target, AccessError> {
        let mm = self.current.ok_or(AccessError::new(AccessErrorKind::MapErr, addr))?;
        self.check_address(addr, access)?;
        match self.probe(addr, access) {
            Some(page) => Ok(self.target(addr, page)),
            None => self.resolve_missed(mm, addr, access),
        }
    }

    /// Where in the host's arena an access to `len` bytes at `addr` goes, which are in one page; with `fill`, they are the frame's
    /// own. Further accesses to the page take the short way.
    #[inline(always)]
    pub(super) fn place(
        &mut self,
        addr: VirtAddr,
        access: Access,
        len: usize,
        fill: bool,
    ) -> Result<usize, AccessError> {
        let mm = self.current.ok_or(AccessError::new(AccessErrorKind::MapErr, addr))?;
        self.check_address(addr, access)?;
        if !self.tlb.is_plain() {
            return self.place_any(addr, access, (len, fill));
        }
        match self.tlb.lookup_base(addr, &mut self.phys.host.windows) {
            Some(entry) if Mapped::small(entry).allows(access) => {
                self.tlb.stats.accesses += 1;
                Ok(self.show_base(addr, entry, len, fill))
            }
            Some(_) => {
                self.tlb.stats.accesses += 1;
                self.drop_entry(addr);
                self.place_missed(mm, addr, access, (len, fill))
            }
            None => {
                self.tlb.stats.count_miss();
                self.place_missed(mm, addr, access, (len, fill))
            }
        }
    }

    /// The same where the TLB holds more than base pages.
    #[cold]
    #[inline(never)]
    fn place_any(
        &mut self,
        addr: VirtAddr,
        access: Access,
        bytes: (usize, bool),
    ) -> Result<usize, AccessError> {
        let target = self.resolve(addr, access)?;
        Ok(self.open_window(addr, target, bytes))
    }

    /// The same where the TLB does not have the page. (Not by way of [`resolve_missed`](Self::resolve_missed), whose answer would be made
    /// and taken apart again: 15 of 420 instructions of a walk.)
    #[inline(always)]
    fn place_missed(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        access: Access,
        bytes: (usize, bool),
    ) -> Result<usize, AccessError> {
        let target = match self.near_entry(mm, addr) {
            Some((at, slot)) => {
                let pte = self.phys.pte_in(slot, at);
                if let Some(page) = self.enter(addr, access, (at, 0, pte)) {
                    return Ok(self.open_window(addr, self.target(addr, page), bytes));
                }
                self.resolve_fault(mm, addr, access, at, pte)?
            }
            None => self.resolve_walk(mm, addr, access)?,
        };
        Ok(self.open_window(addr, target, bytes))
    }

    /// Lets accesses to the base page take the short way.
    #[inline(always)]
    pub(super) fn show_base(&mut self, addr: VirtAddr, entry: Entry, len: usize, fill: bool) -> usize {
        let page = Mapped::small(entry);
        let target = Target { pfn: page.first_frame(), offset: self.tlb.offset(addr), page };
        self.open_window(addr, target, (len, fill))
    }

    /// The same as [`resolve`](Self::resolve) where the TLB does not have the page.
    #[inline(never)]
    fn resolve_missed(&mut self, mm: MmId, addr: VirtAddr, access: Access) -> Result<Target, AccessError> {
        let Some((at, slot)) = self.near_entry(mm, addr) else { return self.resolve_walk(mm, addr, access) };
        let pte = self.phys.pte_in(slot, at);
        match self.enter(addr, access, (at, 0, pte)) {
            Some(page) => Ok(self.target(addr, page)),
            None => self.resolve_fault(mm, addr, access, at, pte),
        }
    }

    /// The entry of the base page at `addr`, if the walk to its table is not needed. (Apart from [`leaf`](Self::leaf), whose answer
    /// stands in the host's memory: written in parts and read as one word there, it would have to wait until all stores before it
    /// are done, that to a cold page among them.)
    #[inline(always)]
    fn near_entry(&self, mm: MmId, addr: VirtAddr) -> Option<(EntryRef, Slot)> {
        let context = self.mms[mm.index()].as_ref()?.tables.context;
        if self.tlb.has_walk_caches() { None } else { self.phys.near_tables.entry(addr, context) }
    }

    /// The same by a walk.
    #[inline(never)]
    fn resolve_walk(&mut self, mm: MmId, addr: VirtAddr, access: Access) -> Result<Target, AccessError> {
        let leaf = self.leaf(mm, addr);
        match self.enter(addr, access, leaf) {
            Some(page) => Ok(self.target(addr, page)),
            None => self.resolve_fault(mm, addr, access, leaf.0, leaf.2),
        }
    }

    /// The same where the walk ended at the entry `at`, which does not allow the access.
    #[inline(never)]
    fn resolve_fault(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        access: Access,
        at: EntryRef,
        pte: Pte,
    ) -> Result<Target, AccessError> {
        let mut leaf = (at, at.level.into(), pte);
        if let Some(page) = self.resolve_quickly(mm, addr, access, leaf) {
            return Ok(self.target(addr, page));
        }
        for _ in 0..RESTARTS {
            let tables_freed = self.phys.tables_freed();
            self.tlb.forget_tables(addr, &self.config.format);
            self.handle_page_fault(mm, addr, access)?;
            // A fault leaves nothing of the page in the TLB: the restarted access is sure to miss.
            self.tlb.stats.count_miss();
            // Where there was a table of base pages, it is there still, unless tables were freed.
            leaf = match leaf {
                (at, 0, _)
                    if tables_freed == self.phys.tables_freed()
                        && !self.tlb.has_walk_caches()
                        && self.hashed.is_none() =>
                {
                    (at, 0, self.read_entry(at))
                }
                _ => self.leaf(mm, addr),
            };
            if let Some(page) = self.enter(addr, access, leaf) {
                return Ok(self.target(addr, page));
            }
        }
        Err(AccessError::new(AccessErrorKind::Killed, addr))
    }

    /// The same for the faults there are most of: the page, if it is one.
    #[inline(always)]
    fn resolve_quickly(&mut self, mm: MmId, addr: VirtAddr, access: Access, leaf: Leaf) -> Option<Mapped> {
        let (at, 0, Pte::NONE) = leaf else { return None };
        if !self.phys.has_plain_entries() || self.tlb.has_walk_caches() || self.hashed.is_some() {
            return None;
        }
        let entry = self.quick_fault(mm, addr, access, at)?;
        self.tlb.stats.count_miss();
        Some(self.tlb.fill(addr, 0, entry, &mut self.phys.host.windows))
    }

    #[inline(always)]
    fn target(&self, addr: VirtAddr, page: Mapped) -> Target {
        Target { pfn: self.tlb.frame(page, addr), offset: self.tlb.offset(addr), page }
    }

    /// Lets further accesses to the page take the short way, `len` bytes from the target on at least; with `fill`, they are the
    /// frame's own. Where in the host's arena the target is.
    #[inline(always)]
    pub(super) fn open_window(
        &mut self,
        addr: VirtAddr,
        target: Target,
        (len, fill): (usize, bool),
    ) -> usize {
        let bytes = target.offset..target.offset + len;
        let slot = self.phys.host.slot_for(target.pfn, bytes.end, fill);
        self.phys.host.show(addr, slot, bytes.start, target.page.is_dirty(), target.page.large_set)
    }

    /// What stands before paging: an address that exists, and a segment that it is in.
    #[inline(always)]
    fn check_address(&mut self, addr: VirtAddr, access: Access) -> Result<(), AccessError> {
        self.check_canonical(addr)?;
        if self.config.format.name != FormatName::X86_64 && self.segments.is_some() {
            self.check_segment(addr, access)?;
        }
        Ok(())
    }

    #[inline]
    pub(super) fn check_canonical(&self, addr: VirtAddr) -> Result<(), AccessError> {
        let format = &self.config.format;
        let canonical = match format.name {
            FormatName::X86_64 => Format::X86_64.is_canonical(addr),
            _ => format.is_canonical(addr),
        };
        match canonical {
            true => Ok(()),
            false => Err(AccessError::new(AccessErrorKind::NonCanonical, addr)),
        }
    }

    /// The page if the TLB has it and allows the access; what the TLB holds of it is dropped otherwise, as a page fault does
    /// (SDM volume 3, section 4.10.4.1).
    fn probe(&mut self, addr: VirtAddr, access: Access) -> Option<Mapped> {
        self.tlb.stats.accesses += 1;
        let windows = &mut self.phys.host.windows;
        let page = match access {
            Access::Fetch => self.tlb.lookup_code(addr, windows)?,
            Access::Read | Access::Write => self.tlb.lookup(addr, windows)?,
        };
        if page.allows(access) {
            return Some(page);
        }
        self.drop_entry(addr);
        None
    }

    /// Drops what the TLB holds of a page whose rights do not suffice.
    #[inline(never)]
    fn drop_entry(&mut self, addr: VirtAddr) {
        self.tlb.stats.rewalks += 1;
        self.tlb.forget(addr, &mut self.phys.host.windows);
    }

    /// The page walk: the lowest entry for `addr`, with its level.
    #[inline(always)]
    fn leaf(&mut self, mm: MmId, addr: VirtAddr) -> Leaf {
        let leaf = match &self.mms[mm.index()] {
            Some(_) if self.tlb.has_walk_caches() => return self.leaf_from_caches(mm, addr),
            // The walk with its format known to the compiler, for the format there is most of.
            Some(space) if space.tables.format.name == FormatName::X86_64 => {
                let leaf = space.tables.leaf_in(Format::X86_64, &self.phys, addr);
                let slot = self.phys.host.slot(leaf.0.table);
                if leaf.1 == 0 && slot.is_whole() {
                    self.phys.near_tables.note(addr, (leaf.0.table, slot), space.tables.context);
                }
                leaf
            }
            Some(_) => self.other_leaf(mm, addr),
            None => (EntryRef::base(ZERO_PFN, 0), 0, Pte::NONE),
        };
        self.tlb.stats.references_saved += u64::from(leaf.1);
        leaf
    }

    /// The same from the lowest table that the paging-structure caches know.
    #[inline(never)]
    fn leaf_from_caches(&mut self, mm: MmId, addr: VirtAddr) -> Leaf {
        if self.hashed.is_some() {
            return self.other_leaf(mm, addr);
        }
        let tables = &self.mms[mm.index()].as_ref().expect("a live MmId").tables;
        let format = tables.format;
        let (mut level, mut table) =
            self.tlb.cached_table(addr, &format).unwrap_or((format.levels, tables.root));
        self.tlb.stats.references_saved += u64::from(format.levels - level);
        loop {
            level -= 1;
            let at = tables.entry_in(table, addr, level);
            let pte = tables.read(&self.phys, at);
            if level == 0 || !pte.is_present() || pte.has(PteFlags::HUGE) {
                self.tlb.stats.references_saved += u64::from(level);
                return (at, level, pte);
            }
            table = pte.pfn();
            self.tlb.note_table(addr, level, table, &format);
        }
    }

    /// The same in another format; where that has a hashed table, the hardware searches this, and the kernel its own.
    #[inline(never)]
    fn other_leaf(&mut self, mm: MmId, addr: VirtAddr) -> Leaf {
        let leaf = self.mm(mm).tables.leaf(&self.phys, addr);
        if self.hashed.is_some() {
            self.hash_walk(mm, addr, leaf.2);
        }
        leaf
    }

    /// References to page-table entries, or to the hashed table, that all walks made so far.
    pub fn walk_references(&self) -> u64 {
        if let Some(hashed) = &self.hashed {
            return hashed.stats.references;
        }
        if !self.config.format.name.is_paged() {
            return 0;
        }
        let stats = self.tlb_stats();
        stats.walks() * u64::from(self.config.format.levels) - stats.references_saved
    }

    #[inline]
    fn read_entry(&self, at: EntryRef) -> Pte {
        self.phys.pte(at)
    }

    /// Enters a leaf into the TLB, with the accessed bit set, and the dirty bit by a write; not where the access faults.
    #[inline(always)]
    fn enter(&mut self, addr: VirtAddr, access: Access, (at, level, pte): Leaf) -> Option<Mapped> {
        if !pte.is_present() || !allows(pte, access) {
            return None;
        }
        let used = pte.with(used_bits(access));
        if used != pte {
            self.phys.set_pte(at, used);
        }
        let windows = &mut self.phys.host.windows;
        Some(match access {
            Access::Fetch => self.tlb.fill_code(addr, level, used, windows),
            Access::Read | Access::Write => self.tlb.fill(addr, level, used, windows),
        })
    }
}

#[inline]
fn allows(pte: Pte, access: Access) -> bool {
    match access {
        Access::Read => true,
        Access::Write => pte.has(PteFlags::WRITABLE),
        Access::Fetch => !pte.has(PteFlags::NO_EXECUTE),
    }
}

#[inline]
fn used_bits(access: Access) -> PteFlags {
    match access {
        Access::Write => PteFlags::ACCESSED.union(PteFlags::DIRTY),
        Access::Read | Access::Fetch => PteFlags::ACCESSED,
    }
}
