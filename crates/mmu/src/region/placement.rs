//! Where a new mapping goes (Linux: `__get_unmapped_area`, `arch/x86/kernel/sys_x86_64.c`, `thp_get_unmapped_area_vmflags`).
//!
//! Top-down from `mmap_base` into the highest gap that fits; MAP_32BIT, and what does not fit there, bottom-up. Anonymous lengths of
//! whole huge pages without a hint, and ext4 files that hold a whole huge page, are placed for huge mappings.
//!
//! Left out: per-boot alignment of AMD's family 15h, 32-bit processes on a 64-bit kernel, huge tmpfs.

use super::RegionError;
use crate::file::Backing;
use crate::vma::{LSM_MMAP_MIN_ADDR, UnmappedAreaInfo};
use crate::{FileId, Machine, MmId, VirtAddr};

/// What is to be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// A hint, or with `fixed` the place; 0: none.
    pub addr: u64,
    /// Bytes, page aligned.
    pub len: u64,
    /// The file behind it; None also for shared anonymous memory.
    pub file: Option<FileId>,
    /// The offset in the file, in pages.
    pub pgoff: u64,
    /// MAP_FIXED.
    pub fixed: bool,
    /// MAP_SHARED.
    pub shared: bool,
    /// MAP_32BIT.
    pub low_2g: bool,
    /// MAP_ABOVE4G.
    pub above_4g: bool,
    /// Of pool pages: their size in bytes, of which the place is a multiple; else 0.
    pub align: u64,
}

/// Where MAP_32BIT searches.
const LOW_2G: (u64, u64) = (0x4000_0000, 0x8000_0000);
/// The end of what MAP_ABOVE4G avoids.
const SIZE_4G: u64 = 1 << 32;

impl Machine {
    /// A place for a mapping; only `fixed` ones may lie on others (Linux: `__get_unmapped_area`).
    ///
    /// # Errors
    /// `NoMemory` without room or beyond user space, `Invalid` if fixed and not aligned, `Permission` below `mmap_min_addr`.
    pub fn get_unmapped_area(&self, mm: MmId, want: &Placement) -> Result<u64, RegionError> {
        if want.align > 0 {
            return self.pool_placement(mm, want);
        }
        if want.fixed {
            return self.check_place(want.addr, want.len).map(|()| want.addr);
        }
        let want = &Placement { pgoff: want.file.map_or(0, |_| want.pgoff), ..*want };
        let addr = match self.huge_placement(mm, want) {
            Some(addr) => addr,
            None => self.area_topdown(mm, want)?,
        };
        self.check_place(addr, want.len)?;
        Ok(addr)
    }

    /// A place for pool pages, whose hint is rounded up (Linux: `hugetlb_get_unmapped_area`).
    fn pool_placement(&self, mm: MmId, want: &Placement) -> Result<u64, RegionError> {
        if want.len > self.task_size() {
            return Err(RegionError::NoMemory);
        }
        if want.fixed && want.addr & (want.align - 1) != 0 {
            return Err(RegionError::Invalid);
        }
        let hint = want.addr.checked_next_multiple_of(want.align).unwrap_or(0);
        let addr = match want.fixed {
            true => want.addr,
            false => self.area_topdown(mm, &Placement { addr: hint, ..*want })?,
        };
        self.check_place(addr, want.len).map(|()| addr)
    }

    /// Whether a mapping may be there at all.
    pub(super) fn check_place(&self, addr: u64, len: u64) -> Result<(), RegionError> {
        if len > self.task_size() || addr > self.task_size() - len {
            return Err(RegionError::NoMemory);
        }
        if !self.is_page_aligned(addr) {
            return Err(RegionError::Invalid);
        }
        if addr < self.config.mmap_min_addr {
            return Err(RegionError::Permission);
        }
        Ok(())
    }

    /// A hint below the lowest address, raised to it (Linux: `round_hint_to_min`).
    pub fn round_hint_to_min(&self, hint: u64) -> u64 {
        let hint = self.page_down(hint);
        if hint == 0 { 0 } else { hint.max(self.page_align(self.lowest_hint())) }
    }

    pub(super) fn lowest_hint(&self) -> u64 {
        self.config.mmap_min_addr.max(LSM_MMAP_MIN_ADDR)
    }

    /// A place such that huge pages of the file, or of the memory, can be mapped whole; None where that is not tried or does
    /// not succeed (Linux: `__thp_get_unmapped_area`).
    fn huge_placement(&self, mm: MmId, want: &Placement) -> Option<u64> {
        let huge = self.huge_page_size();
        let eligible = match want.file {
            Some(file) => self.files.inode(self.files.file(file).inode).backing == Backing::Ext4,
            None => !want.shared && want.addr == 0 && want.len & (huge - 1) == 0,
        };
        if !eligible || !self.has_huge_pages() {
            return None;
        }
        let offset = want.pgoff.checked_mul(self.page_size())?;
        let first = offset.checked_next_multiple_of(huge)?;
        if offset.checked_add(want.len)? < first.checked_add(huge)? {
            return None;
        }
        let padded = Placement { len: want.len.checked_add(huge)?, ..*want };
        let found = self.area_topdown(mm, &padded).ok()?;
        if found == want.addr {
            return Some(found).filter(|addr| *addr != 0);
        }
        let up = offset.wrapping_sub(found) & (huge - 1);
        Some(found + if up == 0 { huge } else { up })
    }

    /// Linux: `arch_get_unmapped_area_topdown`.
    fn area_topdown(&self, mm: MmId, want: &Placement) -> Result<u64, RegionError> {
        if want.len > self.task_size() {
            return Err(RegionError::NoMemory);
        }
        let x86_64 = self.config.format.is_x86_64();
        if want.low_2g && x86_64 {
            return self.area_bottom_up(mm, want, LOW_2G);
        }
        let hint = self.page_down(want.addr);
        if hint != 0 && self.is_hint_valid(hint, want.len) && self.is_free(mm, hint, want.len) {
            return Ok(hint);
        }
        let low = if want.above_4g && x86_64 { SIZE_4G } else { self.page_size() };
        let topdown = UnmappedAreaInfo {
            len: want.len,
            low: low.max(self.lowest_hint()),
            high: self.mm(mm).mmap_base + self.above_window(want.addr),
            align_mask: self.align_mask(want),
            topdown: true,
            ..UnmappedAreaInfo::default()
        };
        if let Some(addr) = self.mm(mm).vmas.unmapped_area(&topdown) {
            return Ok(addr);
        }
        let window = self.config.format.map_window;
        let legacy_base = self.page_align(window / 3);
        self.area_bottom_up(mm, want, (legacy_base, window + self.above_window(want.addr)))
    }

    /// Whether a mapping may be at the hint: in user space, and not across the end of what is given without one (Linux:
    /// `mmap_address_hint_valid`).
    fn is_hint_valid(&self, hint: u64, len: u64) -> bool {
        let window = self.config.format.map_window;
        hint <= self.task_size() - len && (hint > window) == (hint + len > window)
    }

    /// What a hint above the usual end opens to the search (Linux: the test of `DEFAULT_MAP_WINDOW`).
    fn above_window(&self, hint: u64) -> u64 {
        let format = &self.config.format;
        if hint > format.map_window { format.task_size - format.map_window } else { 0 }
    }

    /// Linux: `arch_get_unmapped_area`.
    fn area_bottom_up(
        &self,
        mm: MmId,
        want: &Placement,
        (low, high): (u64, u64),
    ) -> Result<u64, RegionError> {
        if want.len > high {
            return Err(RegionError::NoMemory);
        }
        let hint = self.page_align(want.addr);
        if hint != 0 && hint <= high - want.len && self.is_free(mm, hint, want.len) {
            return Ok(hint);
        }
        let align_mask = self.align_mask(want);
        let info = UnmappedAreaInfo { len: want.len, low, high, align_mask, ..UnmappedAreaInfo::default() };
        self.mm(mm).vmas.unmapped_area(&info).ok_or(RegionError::NoMemory)
    }

    /// The bits of an address above those in a page that pool pages have clear.
    fn align_mask(&self, want: &Placement) -> u64 {
        self.page_down(want.align.saturating_sub(1))
    }

    /// Whether a range is free and clear of the guard gap of what grows down above it.
    fn is_free(&self, mm: MmId, start: u64, len: u64) -> bool {
        let vmas = &self.mm(mm).vmas;
        vmas.find(VirtAddr::new(start)).is_none_or(|id| start + len <= vmas.get(id).start_gap())
    }
}
