//! Entering, finding and removing folios of a page cache (Linux: `mm/filemap.c`).
//!
//! A folio is one frame or 2^order contiguous ones, the first the HEAD. The cache owns them: a folio is freed when it leaves
//! the cache, which the callers do only once nothing maps it.

use super::Backing;
use super::inode::DirtyBlocks;
use crate::ids::InodeId;
use crate::phys::{FrameFlags, OutOfFrames};
use crate::{Machine, Pfn};

/// The largest folio of a page cache, as an order (Linux: `MAX_PAGECACHE_ORDER`, 2 MiB).
pub const MAX_PAGECACHE_ORDER: u32 = 9;

/// What the parts of a split folio take over from its head.
const SPLIT_STATE: FrameFlags =
    FrameFlags::DIRTY.union(FrameFlags::REFERENCED).union(FrameFlags::ACTIVE).union(FrameFlags::WORKINGSET);

/// Why a folio could not be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// One of its pages is there already.
    Exists,
    /// No memory.
    NoMemory,
}

impl From<OutOfFrames> for AddError {
    fn from(_: OutOfFrames) -> Self {
        AddError::NoMemory
    }
}

impl Machine {
    /// The frame of page `index`, up to date or not.
    pub fn find_page(&self, inode: InodeId, index: u64) -> Option<Pfn> {
        self.files.inode(inode).pages.get(&index).copied()
    }

    /// The first frame of the folio that `pfn` belongs to; a folio is aligned to its size.
    pub fn folio_head(&self, pfn: Pfn) -> Pfn {
        Pfn(pfn.0 >> self.folio_order(pfn) << self.folio_order(pfn))
    }

    /// log2 of the frames of the folio that `pfn` belongs to.
    pub fn folio_order(&self, pfn: Pfn) -> u32 {
        self.phys.frame(pfn).order()
    }

    /// Frames of the folio that begins with `head`.
    pub fn folio_nr_pages(&self, head: Pfn) -> u32 {
        1 << self.folio_order(head)
    }

    /// Whether any page of the folio that begins with `head` is mapped.
    pub fn folio_mapped(&self, head: Pfn) -> bool {
        self.folios.get(head).total > 0 || self.phys.frame(head).mapcount() > 0
    }

    /// Allocates a folio of 2^order pages and enters it at `index`, a multiple of its pages (Linux: `filemap_add_folio`). It is
    /// all zeroes, clean and not up to date.
    ///
    /// # Errors
    /// [`AddError`]; nothing has changed then.
    pub(crate) fn filemap_add_folio(&mut self, id: InodeId, index: u64, order: u32) -> Result<Pfn, AddError> {
        let end = index + (1 << order);
        if self.files.inode(id).pages.range(index..end).next().is_some() {
            return Err(AddError::Exists);
        }
        let head = self.alloc_or_reclaim(order)?;
        let state = match self.files.inode(id).backing {
            Backing::Ext4 => FrameFlags::NOT_UPTODATE,
            Backing::Shmem | Backing::Hugetlb => FrameFlags::NOT_UPTODATE | FrameFlags::SWAPBACKED,
        };
        for i in 0..1u32 << order {
            self.phys.set_file_page(head + i, id, index + u64::from(i));
            self.phys.frame_mut(head + i).insert(state);
            self.files.inode_mut(id).pages.insert(index + u64::from(i), head + i);
        }
        self.mark_compound(head, order);
        if let Some(shadow) = self.files.inode_mut(id).take_shadows(index, end) {
            self.workingset_refault(head, shadow);
        }
        self.phys.lru_add(head);
        Ok(head)
    }

    /// The frame of page `index`, entered now if it is not cached; it may not be up to date.
    pub(crate) fn grab_page(&mut self, id: InodeId, index: u64) -> Result<Pfn, OutOfFrames> {
        match self.find_page(id, index) {
            Some(pfn) => Ok(pfn),
            None => self.filemap_add_folio(id, index, 0).map_err(|_| OutOfFrames),
        }
    }

    fn mark_compound(&mut self, head: Pfn, order: u32) {
        if order == 0 {
            return;
        }
        for i in 0..1u32 << order {
            let frame = self.phys.frame_mut(head + i);
            frame.insert(if i == 0 { FrameFlags::HEAD } else { FrameFlags::TAIL });
            frame.set_order(order);
        }
    }

    /// Takes a folio that nothing maps out of the cache and frees it (Linux: `filemap_remove_folio`). What was dirty is lost.
    pub(crate) fn filemap_remove_folio(&mut self, id: InodeId, head: Pfn) {
        self.mlock_drain();
        // Linux's batch keeps the page until it is emptied; the frame here is free for others at once.
        self.phys.activations.retain(|waiting| *waiting != head);
        let index = self.phys.frame(head).index();
        let frames = self.folio_nr_pages(head);
        let inode = self.files.inode_mut(id);
        let was_dirty = inode.dirty.remove(&index).is_some() && inode.backing != Backing::Shmem;
        for i in 0..frames {
            inode.pages.remove(&(index + u64::from(i)));
        }
        if was_dirty {
            self.files.dirty.note_clean(frames.into());
        }
        for i in 0..frames {
            self.phys.free(head + i);
        }
    }

    /// Splits an unmapped large folio so that the page `at` in it stands alone, the rest in folios as large as can be
    /// (Linux: `folio_split`, non-uniform). Each part has the folio's state; what was known of a clean one's blocks is forgotten
    /// (`filemap_release_folio`).
    pub(crate) fn split_folio_at(&mut self, id: InodeId, at: Pfn) {
        let (head, mut order) = (self.folio_head(at), self.folio_order(at));
        let (mut low, end) = (head, head + (1 << order));
        self.phys.vmstat.thp_split_page += u64::from(order == self.huge_order());
        let state = self.phys.frame(low).flags() & SPLIT_STATE;
        while order > 0 {
            order -= 1;
            let high = low + (1 << order);
            if at >= high {
                self.make_folio(id, low, order, state);
                low = high;
            } else {
                self.make_folio(id, high, order, state);
            }
        }
        self.make_folio(id, low, 0, state);
        self.phys.lru_split(head..end);
    }

    /// Splits a large folio into single pages; all mappings of it go (Linux: `split_folio`). Those of one that is on no list are on
    /// none either.
    pub(crate) fn split_folio(&mut self, id: InodeId, head: Pfn) {
        self.unmap_folio(head);
        let pages = self.folio_nr_pages(head);
        self.phys.vmstat.thp_split_page += u64::from(pages == 1 << self.huge_order());
        let state = self.phys.frame(head).flags() & SPLIT_STATE;
        (0..pages).for_each(|i| self.make_folio(id, head + i, 0, state));
        self.phys.lru_split(head..head + pages);
    }

    fn make_folio(&mut self, id: InodeId, head: Pfn, order: u32, state: FrameFlags) {
        for i in 0..1u32 << order {
            let frame = self.phys.frame_mut(head + i);
            frame.remove(FrameFlags::HEAD | FrameFlags::TAIL);
            frame.set_order(0);
            if !state.contains(FrameFlags::DIRTY) {
                frame.remove(FrameFlags::BLOCK_RESERVED | FrameFlags::BLOCK_READ);
            }
        }
        self.mark_compound(head, order);
        self.phys.frame_mut(head).insert(state);
        if state.contains(FrameFlags::DIRTY) {
            let index = self.phys.frame(head).index();
            self.files.inode_mut(id).dirty.insert(index, DirtyBlocks::All);
        }
    }

    /// The folios that have pages from `start` to before `end`, by their first frames, in order.
    pub(crate) fn folios_in(&self, id: InodeId, start: u64, end: u64) -> Vec<Pfn> {
        let mut heads: Vec<Pfn> = self
            .files
            .inode(id)
            .pages
            .range(start..end.max(start))
            .map(|(_, pfn)| self.folio_head(*pfn))
            .collect();
        heads.dedup();
        heads
    }

    /// The inode of a page-cache frame.
    pub fn page_inode(&self, pfn: Pfn) -> InodeId {
        InodeId(self.phys.frame(pfn).mapping)
    }
}
