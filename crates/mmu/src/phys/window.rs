//! Host windows: which host bytes stand behind the pages that were used last.
//!
//! A window is open for a page only while that page is the most recently used one of its first-level TLB set, its entry
//! allows the access as it is, and its frame keeps its slot. Then an access is an addition, a comparison and a host load, and
//! neither the order of use nor the page tables would change. Whoever changes one of the three closes windows.
//!
//! A window is 4 KiB wide whatever the page size is; pages are at least that large. One that shows less of its slot ends there: it
//! then begins before its page, where other windows are asked, so that its width is always the same.

use crate::VirtAddr;

/// log2 of the bytes of a window.
const SHIFT: u32 = 12;
/// Bytes of a window.
pub(crate) const WINDOW_BYTES: u64 = 1 << SHIFT;
pub(crate) const WINDOWS: usize = 16;

/// A piece of the running address space and its host bytes.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Window {
    /// Where it begins for loads, or an address that no address of this window's index is near.
    read: u64,
    /// The same for stores.
    write: u64,
    /// Where in the arena it begins; 0, in the slot of zeroes, is never written.
    start: usize,
    /// What it depends on: a set of larger pages (`tlb::Mapped::large_set`); 0: a set of base pages.
    large_set: u32,
    /// Whether stores are allowed but for the want of a slot of its own.
    zeroes: bool,
}

/// All windows, by the low bits of the page number.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    windows: [Window; WINDOWS],
    /// Some may be open.
    any: bool,
    /// Some may show the zero slot.
    any_zero: bool,
    /// log2 of the windows that a page takes.
    page_windows_shift: u32,
    /// With fewer sets than these, a set of the base-page TLB is that of several windows.
    direct_sets: usize,
}

impl Windows {
    pub(crate) fn new(page_windows_shift: u32) -> Windows {
        let windows = std::array::from_fn(|i| Window {
            read: never(i),
            write: never(i),
            start: 0,
            large_set: 0,
            zeroes: false,
        });
        let direct_sets = if page_windows_shift == 0 { WINDOWS } else { usize::MAX };
        Windows { windows, any: false, any_zero: false, page_windows_shift, direct_sets }
    }

    #[inline]
    fn at(&self, addr: VirtAddr) -> &Window {
        &self.windows[index(addr)]
    }

    /// Where in the arena the `size` bytes to load at `addr` are.
    #[inline]
    pub(crate) fn for_load(&self, addr: VirtAddr, size: u64) -> Option<usize> {
        let window = self.at(addr);
        let offset = addr.get().wrapping_sub(window.read);
        (offset <= WINDOW_BYTES - size).then(|| window.start + offset as usize)
    }

    /// Where in the arena the `size` bytes to store at `addr` are.
    #[inline]
    pub(crate) fn for_store(&self, addr: VirtAddr, size: u64) -> Option<usize> {
        let window = self.at(addr);
        let offset = addr.get().wrapping_sub(window.write);
        (offset <= WINDOW_BYTES - size).then(|| window.start + offset as usize)
    }

    /// Whether stores of zeroes at `addr` change nothing: they are allowed, and the frame holds zeroes only.
    #[inline]
    pub(crate) fn takes_zeroes(&self, addr: VirtAddr, size: u64) -> bool {
        let window = self.at(addr);
        window.zeroes && addr.get().wrapping_sub(window.read) <= WINDOW_BYTES - size
    }

    /// Opens the window of the page at `addr` on the host bytes at `start`, of which all but the last `short` count; at 0, those of
    /// zeroes.
    #[inline(always)]
    pub(crate) fn open(&mut self, addr: VirtAddr, start: usize, short: usize, dirty: bool, large_set: u32) {
        let read = (addr.get() & !(WINDOW_BYTES - 1)).wrapping_sub(short as u64);
        let (i, zero) = (index(addr), start == 0);
        self.windows[i] = Window {
            read,
            write: if dirty && !zero { read } else { never(i) },
            start: start.wrapping_sub(short),
            large_set,
            zeroes: dirty && zero,
        };
        self.any = true;
        self.any_zero |= zero;
    }

    /// Another page became the most recent one of a set of the base-page TLB, which has `sets` sets.
    #[inline(always)]
    pub(crate) fn close_small(&mut self, set: usize, sets: usize) {
        self.close(set);
        self.close_rest(set, sets);
    }

    /// The same but for the window of the page itself.
    #[inline(always)]
    pub(crate) fn close_rest(&mut self, set: usize, sets: usize) {
        if sets < self.direct_sets {
            self.close_each(set, sets);
        }
    }

    #[cold]
    fn close_each(&mut self, set: usize, sets: usize) {
        let pages = WINDOWS >> self.page_windows_shift;
        let both = sets.min(pages.max(1)) - 1;
        let shift = self.page_windows_shift;
        (0..WINDOWS).filter(|i| (i >> shift) & both == set & both).for_each(|i| self.close(i));
    }

    /// Another page became the most recent one of a set of larger pages.
    pub(crate) fn close_large(&mut self, large_set: u32) {
        self.close_where(|window| window.large_set == large_set);
    }

    /// A frame got a slot: windows on the zero slot may be its.
    #[inline]
    pub(super) fn close_zero(&mut self) {
        if self.any_zero {
            self.close_zeroes();
        }
    }

    #[inline(never)]
    fn close_zeroes(&mut self) {
        self.any_zero = false;
        self.close_where(|window| window.start == 0);
    }

    /// A slot was given up, or the address space changes.
    #[inline]
    pub(crate) fn close_all(&mut self) {
        if self.any {
            self.any = false;
            self.any_zero = false;
            self.close_where(|_| true);
        }
    }

    fn close_where(&mut self, which: impl Fn(&Window) -> bool) {
        for i in 0..WINDOWS {
            if which(&self.windows[i]) {
                self.close(i);
            }
        }
    }

    #[inline]
    fn close(&mut self, i: usize) {
        let window = &mut self.windows[i % WINDOWS];
        window.read = never(i);
        window.write = never(i);
        window.zeroes = false;
        window.large_set = 0;
    }
}

#[inline]
fn index(addr: VirtAddr) -> usize {
    (addr.get() >> SHIFT) as usize % WINDOWS
}

/// An address that is in no page of the window with this index.
#[inline]
fn never(i: usize) -> u64 {
    ((i as u64 + 1) % WINDOWS as u64) << SHIFT
}
