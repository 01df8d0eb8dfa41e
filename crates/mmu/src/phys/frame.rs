//! A frame's descriptor (Linux: `struct page`, `struct folio`).

use bitflags::bitflags;

bitflags! {
    /// State bits of a frame (Linux: `include/linux/page-flags.h`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FrameFlags: u32 {
        /// Anonymous: `mapping` is an `AnonVmaId`.
        const ANON = 1 << 0;
        /// In a page cache: `mapping` is an `InodeId`. (Not ANON and not FILE: kernel or page-table page.)
        const FILE = 1 << 1;
        /// Only one process can have it mapped (PG_anon_exclusive).
        const ANON_EXCLUSIVE = 1 << 2;
        /// Modified since it was last written out.
        const DIRTY = 1 << 3;
        /// PG_referenced.
        const REFERENCED = 1 << 4;
        /// On the active list.
        const ACTIVE = 1 << 5;
        /// On an LRU list.
        const LRU = 1 << 6;
        /// Backed by swap (anonymous and tmpfs); an anonymous page without it is lazily freeable (MADV_FREE).
        const SWAPBACKED = 1 << 7;
        /// PG_mlocked.
        const MLOCKED = 1 << 8;
        /// First frame of a large folio; its order is in `order`.
        const HEAD = 1 << 9;
        /// Another frame of a large folio.
        const TAIL = 1 << 10;
        /// A huge page mapped as a whole.
        const HUGE = 1 << 11;
        /// Readahead mark (PG_readahead).
        const READAHEAD = 1 << 12;
        /// A page-table page.
        const TABLE = 1 << 13;
        /// Its content is the file's on its device, not yet brought into host bytes.
        const ON_STORE = 1 << 14;
        /// In the swap cache.
        const SWAPCACHE = 1 << 15;
        /// Being written out.
        const WRITEBACK = 1 << 16;
        /// PG_workingset.
        const WORKINGSET = 1 << 17;
        /// Never given out, never freed.
        const RESERVED = 1 << 18;
    }
}

/// What the machine knows of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Neighbours in an LRU list.
    pub lru: [u32; 2],
    /// An `AnonVmaId` or an `InodeId`, by `flags`.
    pub mapping: u32,
    /// Page-table entries that map it.
    pub mapcount: u32,
    /// Page index in its mapping.
    pub index: u64,
    /// State.
    pub flags: FrameFlags,
    /// Of a folio's HEAD: log2 of its frames; of a TAIL: how far behind the head it is.
    pub order: u16,
}

impl Frame {
    /// A frame that is never freed.
    pub fn reserved() -> Frame {
        Frame { flags: FrameFlags::RESERVED, ..Frame::default() }
    }
}
