//! Page arithmetic and the borders of user space, from the paging format.

use crate::{Machine, VirtAddr};

impl Machine {
    /// log2 of the base page size.
    pub fn page_shift(&self) -> u32 {
        self.config.format.page_shift
    }

    /// The number of the page that byte `at` is in.
    pub(crate) fn page_of(&self, at: u64) -> u64 {
        at >> self.page_shift()
    }

    /// Where in its page byte `at` is.
    pub(crate) fn page_offset(&self, at: u64) -> u64 {
        at & (self.page_size() - 1)
    }

    /// The pages that hold `bytes` bytes.
    pub(crate) fn pages_to(&self, bytes: u64) -> u64 {
        bytes.div_ceil(self.page_size())
    }

    /// The size in bytes of a huge page mapped one level up (`HPAGE_PMD_SIZE`).
    pub fn huge_page_size(&self) -> u64 {
        self.config.format.span(1)
    }

    /// The end of user space in bytes (`TASK_SIZE`).
    pub fn task_size(&self) -> u64 {
        self.config.format.task_size
    }

    /// Whether `addr` begins a page.
    pub fn is_page_aligned(&self, addr: u64) -> bool {
        addr & (self.page_size() - 1) == 0
    }

    /// The start of the page of `addr`.
    pub fn page_down(&self, addr: u64) -> u64 {
        addr & !(self.page_size() - 1)
    }

    /// `len` rounded up to whole pages; 0 where that does not fit 64 bits (Linux: `PAGE_ALIGN`).
    pub fn page_align(&self, len: u64) -> u64 {
        VirtAddr::new(len).align_up(self.page_size()).get()
    }
}
