//! Reading: page cache to user memory (Linux: `filemap_read`, `shmem_file_read_iter`).
//!
//! Left out: direct input, splice.

use super::Backing;
use super::overlap::copy_length;
use crate::access::AccessError;
use crate::ids::{FileId, InodeId};
use crate::phys::FrameFlags;
use crate::phys::host::PIECE_BYTES;
use crate::{Machine, Owner, Pfn, VirtAddr};

/// Folios that one step of a read takes from the cache (`PAGEVEC_SIZE`).
const BATCH: usize = 31;

/// How far a read or write came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoResult {
    /// Bytes moved.
    pub bytes: u64,
    /// What ended it early, if anything did.
    pub error: Option<IoError>,
}

/// Why a read or write ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoError {
    /// The user's memory could not be read or written.
    Fault(AccessError),
    /// No memory for a page.
    NoMemory,
    /// The device failed.
    Device,
    /// The file takes no writes.
    Invalid,
}

impl Machine {
    /// Reads `len` bytes at offset `pos` into the current address space at `addr`, up to the end of the file.
    pub fn read_at(&mut self, file: FileId, pos: u64, addr: u64, len: u64) -> IoResult {
        let inode = self.files.file(file).inode;
        let owner = std::mem::replace(&mut self.ledger.owner, Owner::Kernel);
        let done = match self.files.inode(inode).backing {
            Backing::Ext4 => self.filemap_read(file, inode, pos, addr, len),
            Backing::Shmem => self.shmem_read(inode, pos, addr, len),
            Backing::Hugetlb => self.hugetlb_read(inode, pos, addr, len),
        };
        self.ledger.owner = owner;
        done
    }

    fn filemap_read(&mut self, file: FileId, inode: InodeId, pos: u64, addr: u64, len: u64) -> IoResult {
        let mut done = IoResult::default();
        let mut last_pos = self.files.file(file).ra.prev_pos;
        while done.bytes < len && pos + done.bytes < self.files.inode(inode).size && done.error.is_none() {
            let at = pos + done.bytes;
            let pages = match self.filemap_get_pages(file, inode, at, len - done.bytes) {
                Ok(pages) => pages,
                Err(error) => {
                    done.error = Some(error);
                    break;
                }
            };
            let batch_end = (self.page_of(at) + pages) * self.page_size();
            let end = batch_end.min(pos + len).min(self.files.inode(inode).size);
            let mut used = self.read_before(inode, last_pos, at);
            self.copy_pages(inode, pos, addr, end, &mut done, &mut used);
            last_pos = (pos + done.bytes) as i64;
        }
        self.files.file_mut(file).ra.prev_pos = last_pos;
        done
    }

    /// Makes the page at `pos` and as many as one step takes ready to be copied: how many (`filemap_get_pages`). Where others come
    /// first, a folio that is not up to date is left to the next step.
    fn filemap_get_pages(
        &mut self,
        file: FileId,
        inode: InodeId,
        pos: u64,
        len: u64,
    ) -> Result<u64, IoError> {
        let (index, last) = (self.page_of(pos), self.pages_to(pos + len));
        let mut batch = self.read_batch(inode, index, last);
        if batch.is_empty() {
            self.page_cache_sync_ra(file, index, last - index);
            batch = self.read_batch(inode, index, last);
        }
        if batch.is_empty() {
            batch.extend(self.grab_page(inode, index));
        }
        let &head = batch.last().ok_or(IoError::NoMemory)?;
        let at = self.phys.frame(head).index();
        if self.phys.frame(head).has(FrameFlags::READAHEAD) {
            self.page_cache_async_ra(file, head, at, last - at);
        }
        if batch.len() > 1 && !self.folio_uptodate(head) {
            return Ok(at - index);
        }
        self.read_folio(head);
        if !self.folio_uptodate(head) {
            return Err(IoError::Device);
        }
        Ok(at + u64::from(self.folio_nr_pages(head)) - index)
    }

    /// The folios cached without a gap from page `index` to before `last`; one that is marked or not up to date is the last.
    fn read_batch(&self, inode: InodeId, index: u64, last: u64) -> Vec<Pfn> {
        let mut batch = Vec::new();
        let mut at = index;
        while at < last && batch.len() < BATCH {
            let Some(pfn) = self.find_page(inode, at) else { break };
            let head = self.folio_head(pfn);
            batch.push(head);
            if self.phys.frame(head).has(FrameFlags::READAHEAD) || !self.folio_uptodate(head) {
                break;
            }
            at = self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head));
        }
        batch
    }

    /// The folio that the last read or step ended in, if the next step begins with it: it is not marked as used again
    /// (`pos_same_folio`).
    fn read_before(&self, inode: InodeId, last_pos: i64, pos: u64) -> Option<Pfn> {
        let prev = u64::try_from(last_pos - 1).ok()?;
        let folio = |at: u64| self.find_page(inode, self.page_of(at)).map(|pfn| self.folio_head(pfn));
        folio(prev).filter(|head| folio(pos) == Some(*head))
    }

    fn shmem_read(&mut self, inode: InodeId, pos: u64, addr: u64, len: u64) -> IoResult {
        let end = pos.saturating_add(len).min(self.files.inode(inode).size);
        let mut done = IoResult::default();
        // A page that is not read from its beginning is not marked.
        let mut used = self.find_page(inode, self.page_of(pos)).filter(|_| !self.is_page_aligned(pos));
        if len == 0 && pos < self.files.inode(inode).size {
            self.use_page(inode, self.page_of(pos), &mut used);
        }
        self.copy_pages(inode, pos, addr, end, &mut done, &mut used);
        done
    }

    /// Copies what is left up to offset `end`; pages that are not cached read as zeroes. `pos` and `addr` are those of the
    /// whole read. Each folio is marked as used when its turn comes, but for `used`.
    fn copy_pages(
        &mut self,
        inode: InodeId,
        pos: u64,
        addr: u64,
        end: u64,
        done: &mut IoResult,
        used: &mut Option<Pfn>,
    ) {
        let first = pos + done.bytes;
        while pos + done.bytes < end && done.error.is_none() {
            let at = pos + done.bytes;
            if self.shmem_swap_in(inode, self.page_of(at)).is_err() {
                done.error = Some(IoError::NoMemory);
                break;
            }
            // A hole that the copy itself fills, by a fault on the way, is not looked up again.
            if at == first || self.is_page_aligned(at) {
                self.use_page(inode, self.page_of(at), used);
            }
            let to = VirtAddr::new(addr.wrapping_add(done.bytes));
            match self.copy_piece(inode, at, to, end - at) {
                Ok(bytes) => done.bytes += bytes,
                Err(error) => done.error = Some(IoError::Fault(error)),
            }
        }
    }

    /// Copies from offset `at` what one page of the file and one of the user hold of `left` bytes: how many.
    fn copy_piece(&mut self, inode: InodeId, at: u64, to: VirtAddr, left: u64) -> Result<u64, AccessError> {
        let (from, into) = (self.page_offset(at), self.page_offset(to.get()));
        let mut part = left.min(self.page_size() - from).min(self.page_size() - into).min(PIECE_BYTES as u64);
        if self.i_mmap.is_mapped(inode) {
            self.touch_write(to)?;
            let source = self.find_page(inode, self.page_of(at));
            part = copy_length(source, from, self.user_frame(to.get()), into, part);
        }
        let mut bytes = [0u8; PIECE_BYTES];
        let bytes = &mut bytes[..part as usize];
        self.page_bytes(inode, self.page_of(at), from as usize, bytes);
        self.copy_to_user(to, bytes)?;
        Ok(part)
    }

    /// Marks the folio of page `index` as used, unless it is the last one that was.
    fn use_page(&mut self, inode: InodeId, index: u64, used: &mut Option<Pfn>) {
        let head = self.find_page(inode, index).map(|pfn| self.folio_head(pfn));
        if let Some(folio) = head.filter(|_| head != *used) {
            self.folio_mark_accessed(folio);
            *used = head;
        }
    }

    fn page_bytes(&mut self, inode: InodeId, index: u64, offset: usize, into: &mut [u8]) {
        match self.find_page(inode, index) {
            Some(pfn) => {
                self.bring_in(pfn);
                self.phys.host().read(pfn, offset, into);
            }
            None => into.fill(0),
        }
    }
}
