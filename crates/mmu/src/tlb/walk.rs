//! Page walks that begin where the paging-structure caches know a table.

use super::Tlb;
use super::array::Life;
use super::walk_cache::CachedTable;
use crate::paging::Format;
use crate::{Pfn, VirtAddr};

impl Tlb {
    /// Whether there are paging-structure caches.
    #[inline]
    pub(crate) fn has_walk_caches(&self) -> bool {
        self.walk.is_any()
    }

    /// The lowest entry that the caches have for `addr`: its level, and the table that it points to.
    pub(crate) fn cached_table(&mut self, addr: VirtAddr, format: &Format) -> Option<(u32, Pfn)> {
        let life = Life { epoch: self.epoch, asids: &self.asids };
        self.walk.lookup(addr.get(), self.asids.tag(), format, life)
    }

    /// A walk for `addr` met an entry at `level` that points to `table`.
    pub(crate) fn note_table(&mut self, addr: VirtAddr, level: u32, table: Pfn, format: &Format) {
        let life = Life { epoch: self.epoch, asids: &self.asids };
        self.walk.enter((addr.get(), self.asids.tag()), (level, table), format, life, &mut self.random);
    }

    /// A page fault at `addr`: the caches forget what led there (SDM volume 3, section 4.10.4.1).
    pub(crate) fn forget_tables(&mut self, addr: VirtAddr, format: &Format) {
        if self.walk.is_any() {
            self.walk.forget_addr(addr.get(), self.asids.tag(), format);
        }
    }

    /// All live entries of the paging-structure caches.
    pub(crate) fn tables<'a>(&'a self, format: &'a Format) -> impl Iterator<Item = CachedTable> + 'a {
        self.walk.iter().filter_map(move |(level, page, tag, table)| {
            let (context, generation) = self.asids.context(tag)?;
            let bits = format.address_bits();
            let addr = page << format.shift(level) & (u64::MAX >> (64 - bits));
            Some(CachedTable { level, context, generation, addr, table })
        })
    }
}
