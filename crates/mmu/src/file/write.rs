//! Writing: user memory to page cache (Linux 6.18: `generic_perform_write` with ext4's and tmpfs's `write_begin`, `write_end`).
//!
//! The user's memory is copied without faults first; only if nothing could be copied are its pages faulted in, and the page of
//! the file is there by then. Left out: direct input and output, low disk space, inline data.

use super::Backing;
use super::cache::{AddError, MAX_PAGECACHE_ORDER};
use super::overlap::copy_length;
use super::read::{IoError, IoResult};
use crate::access::AccessError;
use crate::ids::InodeId;
use crate::phys::host::PIECE_BYTES;
use crate::phys::{FrameFlags, OutOfFrames};
use crate::{Machine, Owner, Pfn, VirtAddr};

/// A write on its way.
struct Write {
    inode: InodeId,
    pos: u64,
    addr: u64,
    left: u64,
    /// No step crosses a multiple of so many bytes.
    chunk: u64,
}

impl Machine {
    /// Writes `len` bytes from the current address space at `addr` to offset `pos`; the file grows as needed.
    pub fn write_at(&mut self, inode: InodeId, pos: u64, addr: u64, len: u64) -> IoResult {
        let chunk = match self.files.inode(inode).backing {
            Backing::Ext4 => self.page_size() << MAX_PAGECACHE_ORDER,
            Backing::Shmem => self.page_size(),
            Backing::Hugetlb => return IoResult { bytes: 0, error: Some(IoError::Invalid) },
        };
        self.file_update_time(inode);
        let mut write = Write { inode, pos, addr, left: len, chunk };
        let owner = std::mem::replace(&mut self.ledger.owner, Owner::Kernel);
        let mut error = None;
        while write.left > 0 && error.is_none() {
            error = self.write_step(&mut write).err();
        }
        self.ledger.owner = owner;
        IoResult { bytes: len - write.left, error }
    }

    /// Writes into one folio; a copy that came to nothing is tried again with less.
    fn write_step(&mut self, write: &mut Write) -> Result<(), IoError> {
        let mut bytes = write.left;
        loop {
            bytes = bytes.min(write.chunk - write.pos % write.chunk);
            let head = self.write_begin(write.inode, write.pos, bytes).map_err(|_| IoError::NoMemory)?;
            let folio_end =
                (self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head))) * self.page_size();
            bytes = bytes.min(folio_end - write.pos);
            let copied = self.copy_present(write.inode, write.pos, write.addr, bytes);
            let taken = self.write_end(write.inode, head, write.pos, bytes, copied);
            if taken > 0 {
                write.pos += taken;
                write.addr = write.addr.wrapping_add(taken);
                write.left -= taken;
                self.balance_dirty_pages();
                return Ok(());
            }
            write.chunk = (write.chunk / 2).max(self.page_size());
            if copied == 0 {
                return self.fault_in_readable(write.addr, bytes).map_err(IoError::Fault);
            }
            bytes = copied;
        }
    }

    /// Faults in the pages of a range for reading as far as possible; only a first page that cannot be is an error.
    fn fault_in_readable(&mut self, addr: u64, len: u64) -> Result<(), AccessError> {
        self.load(VirtAddr::new(addr), 1)?;
        let pages = self.pages_to(self.page_offset(addr) + len);
        let first = addr & !(self.page_size() - 1);
        (1..pages)
            .try_for_each(|i| self.load(VirtAddr::new(first.wrapping_add(i * self.page_size())), 1).map(drop))
            .ok();
        Ok(())
    }

    /// The folio that `pos` is in, made if need be, ready for `len` bytes (`write_begin`).
    fn write_begin(&mut self, id: InodeId, pos: u64, len: u64) -> Result<Pfn, OutOfFrames> {
        let index = self.page_of(pos);
        match self.files.inode(id).backing {
            Backing::Shmem | Backing::Hugetlb => {
                if let Some(pfn) = self.shmem_find_page(id, index)? {
                    self.folio_mark_accessed(pfn);
                    return Ok(pfn);
                }
                let pfn = self.grab_page(id, index)?;
                self.phys.frame_mut(pfn).insert(FrameFlags::REFERENCED);
                Ok(pfn)
            }
            Backing::Ext4 => {
                let head = match self.find_page(id, index) {
                    Some(pfn) => self.folio_head(pfn),
                    None => self.write_folio(id, index, len)?,
                };
                let end =
                    (self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head))) * self.page_size();
                self.prepare_blocks(id, pos, (pos + len).min(end));
                Ok(head)
            }
        }
    }

    /// Makes a folio at `index` as large as a write of `len` bytes wants and alignment and neighbours allow
    /// (`__filemap_get_folio` with an order).
    fn write_folio(&mut self, id: InodeId, index: u64, len: u64) -> Result<Pfn, OutOfFrames> {
        let wanted = len.max(1).ilog2().saturating_sub(self.page_shift());
        let aligned = if index == 0 { MAX_PAGECACHE_ORDER } else { index.trailing_zeros() };
        for order in (0..=wanted.min(aligned).min(MAX_PAGECACHE_ORDER)).rev() {
            match self.filemap_add_folio(id, index, order) {
                Ok(head) => return Ok(head),
                Err(AddError::Exists) => continue,
                Err(AddError::NoMemory) if order > 0 => continue,
                Err(AddError::NoMemory) => return Err(OutOfFrames),
            }
        }
        Err(OutOfFrames)
    }

    /// Gives the pages of the bytes from `start` to before `end` blocks, and reads those that are written only in part
    /// (`ext4_block_write_begin`). A hole that is up to date is dirty from now on.
    fn prepare_blocks(&mut self, id: InodeId, start: u64, end: u64) {
        for index in self.page_of(start)..self.pages_to(end) {
            let Some(pfn) = self.find_page(id, index) else { continue };
            let uptodate = !self.phys.frame(pfn).has(FrameFlags::NOT_UPTODATE);
            let partial = start > index * self.page_size() || end < (index + 1) * self.page_size();
            if uptodate && !self.has_block(pfn) {
                self.set_block_dirty(pfn);
            } else if partial && !uptodate && self.files.inode(id).store.is_allocated(index) {
                self.read_page(pfn);
            }
            self.reserve_block(pfn);
        }
    }

    /// Copies from the user's memory as far as its pages are present, at most `len` bytes: how many.
    fn copy_present(&mut self, id: InodeId, pos: u64, addr: u64, len: u64) -> u64 {
        let mut done = 0;
        let mut bytes = [0u8; PIECE_BYTES];
        while done < len {
            let from = addr.wrapping_add(done);
            let at = pos + done;
            let Some(source) = self.user_frame(from) else { break };
            let target = self.find_page(id, self.page_of(at));
            let part = (len - done)
                .min(self.page_size() - self.page_offset(at))
                .min(self.page_size() - self.page_offset(from))
                .min(PIECE_BYTES as u64);
            let part = copy_length(Some(source), self.page_offset(from), target, self.page_offset(at), part);
            let buffer = &mut bytes[..part as usize];
            if self.copy_from_user(VirtAddr::new(from), buffer).is_err() {
                break;
            }
            if let Some(pfn) = target {
                self.bring_in(pfn);
                let offset = self.page_offset(at) as usize;
                self.phys.host_mut().write(pfn, offset, buffer);
            }
            done += part;
        }
        done
    }

    /// Takes `copied` of `len` bytes at `pos` into the file: how many count (`write_end`).
    fn write_end(&mut self, id: InodeId, head: Pfn, pos: u64, len: u64, copied: u64) -> u64 {
        let taken = match self.files.inode(id).backing {
            Backing::Shmem | Backing::Hugetlb => {
                self.phys.frame_mut(head).remove(FrameFlags::NOT_UPTODATE);
                self.set_page_dirty(head);
                copied
            }
            Backing::Ext4 => self.block_write_end(id, head, pos, len, copied),
        };
        self.extend_to(id, pos, pos + taken);
        taken
    }

    /// Lets the file reach to `end`; of a copy of nothing, to where it should have begun. ext4 clears what a mapping stored
    /// between the old end and there; the size on the disk follows only if there is a block already (`ext4_da_do_write_end`).
    fn extend_to(&mut self, id: InodeId, pos: u64, end: u64) {
        let inode = self.files.inode_mut(id);
        let (old, backing) = (inode.size, inode.backing);
        inode.size = old.max(end);
        if backing != Backing::Ext4 || end <= old {
            return;
        }
        if end > pos && self.files.inode(id).store.is_allocated(self.page_of(end - 1)) {
            self.journal_join(id);
        }
        if old < pos {
            self.journal_join_inode(id);
            self.zero_partial_blocks(id, old, pos);
        }
    }

    /// ext4's part of it: a short copy into a folio that is not up to date counts for nothing, but the blocks that were new are
    /// zeroes then, dirty and up to date (`block_write_end`, `folio_zero_new_buffers`). Of a copy of nothing the block it
    /// begins within is committed all the same.
    fn block_write_end(&mut self, id: InodeId, head: Pfn, pos: u64, len: u64, copied: u64) -> u64 {
        let taken = if copied < len && !self.folio_uptodate(head) { 0 } else { copied };
        let committed = if taken > 0 { self.pages_to(pos + taken) } else { self.pages_to(pos) };
        for index in self.page_of(pos)..self.pages_to(pos + len) {
            let Some(pfn) = self.find_page(id, index) else { continue };
            if index < committed || self.zero_new_block(id, pfn) {
                self.phys.frame_mut(pfn).remove(FrameFlags::NOT_UPTODATE);
                self.set_block_dirty(pfn);
            } else if self.phys.frame(pfn).has(FrameFlags::BLOCK_READ) {
                // Even a commit of nothing finds out that there is nothing left to read.
                self.phys.frame_mut(pfn).remove(FrameFlags::NOT_UPTODATE);
            }
        }
        taken
    }

    /// Zeroes a page that has no block yet and no content: whether it was such.
    fn zero_new_block(&mut self, id: InodeId, pfn: Pfn) -> bool {
        let frame = self.phys.frame(pfn);
        let index = frame.index();
        let new = frame.has(FrameFlags::NOT_UPTODATE) && !self.files.inode(id).store.is_allocated(index);
        if new {
            self.phys.host_mut().drop_data(pfn);
        }
        new
    }
}
