//! An open file description (Linux: `struct file`) with its readahead state (`struct file_ra_state`).

use crate::ids::InodeId;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// How a file was opened (`f_mode` and the status flags that matter for memory).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct OpenMode: u32 {
        /// For reading.
        const READ = 1;
        /// For writing.
        const WRITE = 2;
        /// O_APPEND: each write goes to the end.
        const APPEND = 4;
        /// O_SYNC: each write is written out.
        const SYNC = 8;
        /// POSIX_FADV_RANDOM: reads are not read ahead (FMODE_RANDOM).
        const RANDOM = 16;
        /// POSIX_FADV_NOREUSE: the use of its pages through mappings tells nothing (FMODE_NOREUSE).
        const NOREUSE = 32;
    }
}

/// The last readahead window of an open file: `size` pages from `start`, of which the last `async_size` were read in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRa {
    /// First page.
    pub start: u64,
    /// Pages.
    pub size: u32,
    /// Pages at the end; the first of them carries the mark that starts the next window.
    pub async_size: u32,
    /// Preferred order of folios.
    pub order: u32,
    /// The largest window in pages.
    pub ra_pages: u32,
    /// The device's largest request in pages (`bdi->io_pages`).
    pub io_pages: u32,
    /// Misses of mapped accesses, less the hits.
    pub mmap_miss: u32,
    /// Where the last read ended, in bytes; -1 before the first.
    pub prev_pos: i64,
}

/// An open file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// Its pages.
    pub inode: InodeId,
    /// How it was opened.
    pub mode: OpenMode,
    /// Descriptors and mappings that refer to it.
    pub refs: u32,
    /// Its readahead state.
    pub ra: FileRa,
    /// The failed writes of its file that it knows of (`f_wb_err`).
    pub(crate) write_errors: u64,
}

impl File {
    /// A file just opened, with one reference, that knows of `write_errors` failed writes; its device's window and largest request
    /// are `ra_pages` and `io_pages` pages.
    pub fn new(inode: InodeId, mode: OpenMode, [ra_pages, io_pages]: [u32; 2], write_errors: u64) -> File {
        let (start, size, async_size, order, mmap_miss) = (0, 0, 0, 0, 0);
        let ra = FileRa { start, size, async_size, order, ra_pages, io_pages, mmap_miss, prev_pos: -1 };
        File { inode, mode, refs: 1, ra, write_errors }
    }
}
