//! What is read before it is asked for (Linux 6.18: `mm/readahead.c`, and the mapped side in `mm/filemap.c`).
//!
//! The window of a file is in its [`FileRa`]; its last part carries a mark, and who reaches the mark starts the next window.
//! Input is done at once. Left out: congestion, DAX.

use super::cache::{AddError, MAX_PAGECACHE_ORDER};
use super::open::{FileRa, OpenMode};
use crate::ids::{FileId, InodeId};
use crate::phys::FrameFlags;
use crate::{Machine, Pfn, VmFlags, Vma};

/// Misses of a mapped file beyond its hits after which its faults read no more than their page (`MMAP_LOTSAMISS`).
const MMAP_LOTSAMISS: u32 = 100;
/// Pages that one step of forced readahead takes (2 MiB).
const FORCED_CHUNK: u64 = 512;

impl Machine {
    /// Readahead for a mapped page that is not cached (`do_sync_mmap_readahead`). Gives whether the lock was dropped.
    pub(super) fn sync_mmap_readahead(&mut self, file: FileId, vma: &Vma, index: u64) -> bool {
        let flags = vma.flags;
        if flags.contains(VmFlags::HUGEPAGE) {
            self.files.file_mut(file).ra.huge(index, flags);
            self.page_cache_ra_order(file);
            return true;
        }
        if flags.contains(VmFlags::RAND_READ) && !flags.contains(VmFlags::EXEC) {
            return false;
        }
        let ra = &mut self.files.file_mut(file).ra;
        if ra.ra_pages == 0 {
            return false;
        }
        if flags.contains(VmFlags::SEQ_READ) {
            let pages = u64::from(ra.ra_pages);
            self.page_cache_sync_ra(file, index, pages);
            return true;
        }
        ra.mmap_miss = (ra.mmap_miss + 1).min(MMAP_LOTSAMISS * 10);
        if ra.mmap_miss > MMAP_LOTSAMISS {
            return false;
        }
        if flags.contains(VmFlags::EXEC) {
            ra.within_mapping(vma, index);
        } else {
            ra.around(index);
        }
        self.page_cache_ra_order(file);
        true
    }

    /// Readahead for a mapped page that is cached (`do_async_mmap_readahead`): only its mark starts any.
    pub(super) fn async_mmap_readahead(
        &mut self,
        file: FileId,
        flags: VmFlags,
        pfn: Pfn,
        index: u64,
    ) -> bool {
        let head = self.folio_head(pfn);
        let ra = &mut self.files.file_mut(file).ra;
        if flags.contains(VmFlags::RAND_READ) || ra.ra_pages == 0 {
            return false;
        }
        ra.mmap_miss = ra.mmap_miss.saturating_sub(1);
        if !self.phys.frame(head).has(FrameFlags::READAHEAD) {
            return false;
        }
        let pages = u64::from(self.files.file(file).ra.ra_pages);
        self.page_cache_async_ra(file, head, index, pages);
        true
    }

    /// Readahead for `req` pages from `index`, the first of which is not cached (`page_cache_sync_ra`).
    pub(super) fn page_cache_sync_ra(&mut self, file: FileId, index: u64, req: u64) {
        let open = self.files.file(file);
        let (inode, ra) = (open.inode, open.ra);
        if ra.ra_pages == 0 {
            return self.force_page_cache_ra(file, index, 1);
        }
        if open.mode.contains(OpenMode::RANDOM) {
            return self.force_page_cache_ra(file, index, req);
        }
        let max = max_pages(&ra, req);
        let prev = (ra.prev_pos >> self.page_shift()) as u64;
        let (size, async_size) = if index == 0 || req > max || index.wrapping_sub(prev) <= 1 {
            let size = init_ra_size(req, max);
            (size, if size > req { size - req } else { size >> 1 })
        } else {
            let (history, from_start) = self.cached_up_to(inode, index - 1, max);
            if history <= req {
                return self.do_page_cache_ra(inode, index, req, 0);
            }
            ((if from_start { 2 * history } else { history } + req).min(max), 1)
        };
        let ra = &mut self.files.file_mut(file).ra;
        (ra.start, ra.size, ra.async_size, ra.order) = (index, size as u32, async_size as u32, 0);
        self.page_cache_ra_order(file);
    }

    /// The mark on folio `head` was reached at `index` (`page_cache_async_ra`).
    pub(super) fn page_cache_async_ra(&mut self, file: FileId, head: Pfn, index: u64, req: u64) {
        let mut ra = self.files.file(file).ra;
        if ra.ra_pages == 0 {
            return;
        }
        self.phys.frame_mut(head).remove(FrameFlags::READAHEAD);
        let max = max_pages(&ra, req);
        let folio = u64::from(self.folio_nr_pages(head));
        let expected = (ra.start + u64::from(ra.size) - u64::from(ra.async_size)) / folio * folio;
        if index == expected {
            ra.start += u64::from(ra.size);
            ra.size = ra.size.max(next_ra_size(ra.size, max));
        } else {
            let inode = self.files.file(file).inode;
            let start = self.next_miss(inode, index + 1, max);
            if start - index > max {
                return;
            }
            ra.start = start;
            ra.size = next_ra_size((start - index + req) as u32, max);
        }
        ra.order += 2;
        ra.align_end(max);
        ra.async_size = ra.size;
        self.files.file_mut(file).ra = ra;
        self.page_cache_ra_order(file);
    }

    /// Reads `pages` from `index` whatever the state (`force_page_cache_ra`): MADV_WILLNEED, POSIX_FADV_WILLNEED.
    pub fn force_page_cache_ra(&mut self, file: FileId, index: u64, pages: u64) {
        let open = self.files.file(file);
        let (inode, ra) = (open.inode, open.ra);
        let mut left = pages.min(u64::from(ra.io_pages.max(ra.ra_pages)));
        let mut index = index;
        while left > 0 {
            let chunk = left.min(FORCED_CHUNK);
            self.do_page_cache_ra(inode, index, chunk, 0);
            index += chunk;
            left -= chunk;
        }
    }

    /// Reads the window of `file` in folios of its order (`page_cache_ra_order`), and page by page where some of it is cached.
    fn page_cache_ra_order(&mut self, file: FileId) {
        let open = self.files.file(file);
        let (inode, mut ra) = (open.inode, open.ra);
        let size = self.files.inode(inode).size;
        if size == 0 || ra.size == 0 {
            return;
        }
        ra.order = ra.order.min(MAX_PAGECACHE_ORDER).min(ra.size.ilog2());
        self.files.file_mut(file).ra.order = ra.order;
        let limit = ((size - 1) >> self.page_shift()).min(ra.start + u64::from(ra.size) - 1);
        let mark = ra.start + u64::from(ra.size) - u64::from(ra.async_size);
        let mut index = ra.start;
        while index <= limit {
            let order = folio_order_at(index, limit, ra.order);
            if self.ra_alloc_folio(inode, index, mark, order).is_err() {
                let done = (index - ra.start) as u32;
                if ra.size > done {
                    let (left, ahead) = (u64::from(ra.size - done), u64::from(ra.async_size));
                    self.do_page_cache_ra(inode, index, left, ahead);
                }
                return;
            }
            index += 1 << order;
        }
    }

    fn ra_alloc_folio(&mut self, inode: InodeId, index: u64, mark: u64, order: u32) -> Result<(), AddError> {
        let head = self.filemap_add_folio(inode, index, order)?;
        self.read_folio(head);
        if index == mark >> order << order {
            self.phys.frame_mut(head).insert(FrameFlags::READAHEAD);
        }
        Ok(())
    }

    /// Reads single pages, those cached left as they are, and marks the one `lookahead` pages before the end.
    fn do_page_cache_ra(&mut self, inode: InodeId, index: u64, pages: u64, lookahead: u64) {
        let size = self.files.inode(inode).size;
        if size == 0 || index > (size - 1) >> self.page_shift() {
            return;
        }
        let pages = pages.min(((size - 1) >> self.page_shift()) - index + 1);
        let mark = pages.checked_sub(lookahead).map(|ahead| index + ahead);
        for at in index..index + pages {
            match self.filemap_add_folio(inode, at, 0) {
                Err(AddError::Exists) => continue,
                Err(AddError::NoMemory) => return,
                Ok(pfn) => {
                    self.read_folio(pfn);
                    if Some(at) == mark {
                        self.phys.frame_mut(pfn).insert(FrameFlags::READAHEAD);
                    }
                }
            }
        }
    }
}

impl FileRa {
    /// The window around a page that a mapped access missed.
    fn around(&mut self, index: u64) {
        self.start = index.saturating_sub(u64::from(self.ra_pages / 2));
        self.size = self.ra_pages;
        self.async_size = self.ra_pages / 4;
        self.order = 0;
    }

    /// The window of a mapping advised for huge pages: the huge folio around the page, and one more unless access is random.
    fn huge(&mut self, index: u64, flags: VmFlags) {
        const HUGE_PAGES: u32 = 1 << MAX_PAGECACHE_ORDER;
        self.start = index & !u64::from(HUGE_PAGES - 1);
        self.size = if flags.contains(VmFlags::RAND_READ) { HUGE_PAGES } else { 2 * HUGE_PAGES };
        self.async_size = HUGE_PAGES;
        self.order = MAX_PAGECACHE_ORDER;
    }

    /// The window of an executable mapping: from the page on, not past the mapping, nothing in advance.
    fn within_mapping(&mut self, vma: &Vma, index: u64) {
        let end = vma.pgoff + vma.pages();
        self.start = index;
        self.size = (index + u64::from(self.ra_pages)).min(end).saturating_sub(index) as u32;
        self.async_size = 0;
        self.order = 0;
    }

    /// Ends the window at a multiple of the folios it is read in, if that leaves any of it.
    fn align_end(&mut self, max: u64) {
        let align = 1u64 << self.order.min(max.trailing_zeros());
        let end = self.start + u64::from(self.size);
        let aligned = end / align * align;
        if aligned > self.start {
            self.size -= (end - aligned) as u32;
        }
    }
}

/// The largest window for a request of `req` pages (`ractl_max_pages`).
fn max_pages(ra: &FileRa, req: u64) -> u64 {
    let (max, most) = (u64::from(ra.ra_pages), u64::from(ra.io_pages));
    if req > max && most > max { req.min(most) } else { max }
}

/// The order of the next folio at `index`: aligned, and not past `limit`.
fn folio_order_at(index: u64, limit: u64, preferred: u32) -> u32 {
    let mut order = preferred;
    if index & ((1 << order) - 1) != 0 {
        order = index.trailing_zeros();
    }
    while order > 0 && index + (1 << order) - 1 > limit {
        order -= 1;
    }
    order
}

fn init_ra_size(req: u64, max: u64) -> u64 {
    let size = req.next_power_of_two();
    if size <= max / 32 {
        size * 4
    } else if size <= max / 4 {
        size * 2
    } else {
        max
    }
}

fn next_ra_size(size: u32, max: u64) -> u32 {
    let (size, max) = (u64::from(size), max);
    let next = if size < max / 16 {
        4 * size
    } else if size <= max / 2 {
        2 * size
    } else {
        max
    };
    next as u32
}
