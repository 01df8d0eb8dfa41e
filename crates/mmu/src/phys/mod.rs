//! Physical memory: frame descriptors, their allocation and the host bytes behind frames that hold data.
//!
//! Linux: `struct page` (`mm_types.h`), the buddy allocator (`mm/page_alloc.c`). A machine's memory takes host memory only as
//! frames are given out (their descriptors) and written (their bytes).

mod compact;
mod entries;
pub mod frame;
pub(crate) mod frames;
mod free;
mod free_mapped;
pub mod host;
mod reserve;
mod saved;
pub(crate) mod shared;
mod slots;
pub(crate) mod window;
pub mod zone;
pub mod zones;

pub(crate) use frame::Pattern;
pub use frame::{Frame, FrameFlags};
pub use free::MAX_ORDER;
pub(crate) use slots::Slot;
pub use zone::{Watermarks, Zone, ZoneKind};
pub use zones::Zones;

use crate::Pfn;
use crate::high_water::{HighWater, InUse};
use crate::ids::InodeId;
use crate::paging::Format;
use crate::paging::near::NearTables;
use crate::reclaim::{Lruvec, MemCgroup, OverLimit};
use crate::vmstat::VmStat;
use frames::Frames;
use host::HostMem;
use serde::{Deserialize, Serialize};

/// The frame that every process's zero-page mappings show. It has no descriptor of use and is never freed.
pub const ZERO_PFN: Pfn = Pfn(0);

/// No frame could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no free frame")]
pub struct OutOfFrames;

/// What an allocation was short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shortage {
    /// A limit of the group's.
    Group(OverLimit),
    /// The machine's frames.
    Machine,
}

/// All frames of a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Phys {
    pub(crate) frames: Frames,
    /// Its zones with their free frames.
    pub zones: Zones,
    /// What the allocation that failed last was short of.
    pub(crate) short_of: Shortage,
    /// How page-table entries are written, and whether as they are.
    format: Format,
    plain: bool,
    total: u32,
    used: InUse,
    pub(crate) host: HostMem,
    /// Page tables given back so far.
    tables_freed: u64,
    /// Another number after each change of an entry above those of base pages.
    pub(crate) upper_changes: u64,
    /// Bytes in the tables of all address spaces but their roots.
    pub table_bytes: HighWater,
    /// Tables of base pages found by address; kept true here and by who moves tables.
    pub(crate) near_tables: NearTables,
    /// Address spaces made so far: numbers for the TLB that never repeat.
    contexts: u64,
    /// The lists that pages are reclaimed from, where they are kept.
    pub(crate) lruvec: Option<Box<Lruvec>>,
    /// The group that pages are charged to, where there is one.
    pub(crate) memcg: Option<Box<MemCgroup>>,
    /// Without it: pages that wait for their activation.
    pub(crate) activations: Vec<Pfn>,
    /// Events of /proc/vmstat.
    pub(crate) vmstat: VmStat,
}

impl Phys {
    /// Memory of `total` frames of the format's page size, all free but the zero page.
    pub fn new(total: u32, format: Format) -> Phys {
        Phys {
            frames: Frames::new(vec![Frame::reserved()]),
            zones: Zones::new(total, format.page_shift),
            short_of: Shortage::Machine,
            format,
            plain: format.is_plain(),
            total,
            used: InUse::new(1),
            host: HostMem::new(total, format.page_shift),
            tables_freed: 0,
            upper_changes: 0,
            table_bytes: HighWater::default(),
            near_tables: NearTables::new(&format),
            contexts: 0,
            lruvec: None,
            memcg: None,
            activations: Vec::new(),
            vmstat: VmStat::default(),
        }
    }

    /// A free frame, all zeroes, with no references. Last freed, first given.
    ///
    /// # Errors
    /// When no frame is free, or the pool's limit is reached.
    #[inline]
    pub fn alloc(&mut self) -> Result<Pfn, OutOfFrames> {
        if self.memcg.is_some() {
            return self.alloc_charged();
        }
        self.alloc_uncharged()
    }

    #[inline]
    fn alloc_uncharged(&mut self) -> Result<Pfn, OutOfFrames> {
        let zone = &mut self.zones.preferred;
        let pfn = if zone.is_plenty(0) { zone.take() } else { self.zones.take_short(0) };
        let pfn = pfn.ok_or_else(|| self.short_of(Shortage::Machine))?;
        self.used.take(1);
        self.describe(pfn);
        Ok(pfn)
    }

    /// The same where nothing is short and nobody keeps account.
    #[inline]
    pub(crate) fn alloc_plenty(&mut self) -> Option<Pfn> {
        let zone = &mut self.zones.preferred;
        if self.memcg.is_some() || !zone.is_plenty(0) {
            return None;
        }
        let pfn = zone.take()?;
        self.used.take(1);
        self.describe(pfn);
        Some(pfn)
    }

    #[cold]
    fn alloc_charged(&mut self) -> Result<Pfn, OutOfFrames> {
        self.charge(0)?;
        let pfn = self.alloc_uncharged();
        self.settle_charge(pfn, 0)
    }

    /// Charges 2^`order` pages to the group, if there is one.
    fn charge(&mut self, order: u32) -> Result<(), OutOfFrames> {
        match &mut self.memcg {
            Some(memcg) => memcg.try_charge(1 << order).map_err(|over| self.short_of(Shortage::Group(over))),
            None => Ok(()),
        }
    }

    #[cold]
    fn short_of(&mut self, what: Shortage) -> OutOfFrames {
        self.short_of = what;
        OutOfFrames
    }

    /// Enters the charge for the frames that were had, or gives it back.
    fn settle_charge(&mut self, pfn: Result<Pfn, OutOfFrames>, order: u32) -> Result<Pfn, OutOfFrames> {
        if let Some(memcg) = &mut self.memcg {
            match pfn {
                Ok(first) => (0..1 << order).for_each(|i| memcg.note_charged(first + i)),
                Err(_) => memcg.uncharge(1 << order),
            }
        }
        pfn
    }

    /// 2^`order` free frames that follow one another, the first aligned to their number; all zeroes and without flags. They
    /// may be freed one by one.
    ///
    /// # Errors
    /// When no such block is free, or `order` is above [`MAX_ORDER`].
    pub fn alloc_order(&mut self, order: u32) -> Result<Pfn, OutOfFrames> {
        if order > MAX_ORDER {
            return Err(OutOfFrames);
        }
        self.charge(order)?;
        let zone = &mut self.zones.preferred;
        let pfn = if zone.is_plenty(order) { zone.take_order(order) } else { None };
        let pfn =
            pfn.or_else(|| self.zones.take_short(order)).ok_or_else(|| self.short_of(Shortage::Machine));
        if let Ok(first) = pfn {
            self.used.take(1 << order);
            self.describe(first + ((1 << order) - 1));
        }
        self.settle_charge(pfn, order)
    }

    /// A block of 2^`order` frames of any order for a pool, charged to nobody.
    pub(crate) fn take_reserved(&mut self, order: u32) -> Option<Pfn> {
        let pfn = self.zones.take_reserved(order)?;
        self.used.take(1 << order);
        self.describe(pfn + ((1 << order) - 1));
        Some(pfn)
    }

    /// Gives a pool's block back; its data is gone.
    pub(crate) fn give_reserved(&mut self, pfn: Pfn, order: u32) {
        for frame in pfn.0..pfn.0 + (1 << order) {
            self.host.drop_data(Pfn(frame));
            *self.frame_mut(Pfn(frame)) = Frame::default();
        }
        self.used.give(1 << order);
        self.zones.of(pfn).put_range(pfn.0..pfn.0 + (1 << order));
    }

    /// Memory is so fragmented from now on that no free block is larger than 2^`order` frames; before anything was given out.
    pub(crate) fn fragment(&mut self, order: Option<u32>) {
        self.zones.fragment(order);
    }

    /// The free frames as ranges in order, but for the `kept` single ones that were given back last.
    pub(crate) fn free_ranges(&self, kept: usize) -> Vec<std::ops::Range<u32>> {
        self.zones.free_ranges(kept)
    }

    /// Gives a frame back; its data is gone.
    #[inline]
    pub fn free(&mut self, pfn: Pfn) {
        self.host.drop_data(pfn);
        self.release(pfn);
    }

    /// Gives a block of 2^`order` frames from [`alloc_order`](Self::alloc_order) back; their data is gone.
    pub fn free_order(&mut self, pfn: Pfn, order: u32) {
        for frame in pfn.0..pfn.0 + (1 << order) {
            self.host.drop_data(Pfn(frame));
            self.leave_pool(Pfn(frame));
            *self.frame_mut(Pfn(frame)) = Frame::default();
        }
        self.used.give(1 << order);
        self.zones.of(pfn).put_order(pfn, order);
    }

    /// Gives back a frame that was a page table and holds only zeroes.
    pub fn free_table(&mut self, pfn: Pfn) {
        self.host.drop_zeroes(pfn);
        self.tables_freed += 1;
        self.near_tables.forget();
        self.release(pfn);
    }

    /// A frame just given out becomes a page table.
    pub(crate) fn make_table(&mut self, pfn: Pfn) {
        self.frame_mut(pfn).insert(FrameFlags::TABLE);
        if let Some(memcg) = &mut self.memcg {
            memcg.note_kernel_page();
        }
    }

    /// How many page tables were given back so far: while it is the same, tables are where they were.
    pub(crate) fn tables_freed(&self) -> u64 {
        self.tables_freed
    }

    #[inline]
    fn release(&mut self, pfn: Pfn) {
        self.leave_pool(pfn);
        debug_assert!(pfn != ZERO_PFN && self.frame(pfn).mapcount() == 0, "{pfn:?} was freed in use");
        *self.frame_mut(pfn) = Frame::default();
        self.used.give(1);
        self.zones.of(pfn).put(pfn);
    }

    /// A frame is free: it leaves its list, and its charge is given back.
    #[inline]
    fn leave_pool(&mut self, pfn: Pfn) {
        if let Some(lruvec) = &mut self.lruvec {
            lruvec.release(pfn, self.frames.get(pfn).has(FrameFlags::WRITEBACK));
        }
        if let Some(memcg) = &mut self.memcg {
            memcg.release(pfn, self.frames.get(pfn).has(FrameFlags::TABLE));
        }
    }

    /// Descriptors for all frames that were ever given out, `pfn` among them.
    #[inline]
    fn describe(&mut self, pfn: Pfn) {
        if self.frames.len() <= pfn.index() {
            self.frames.resize(self.zones.fresh() as usize);
            let pins = self.zones.take_pins();
            self.used.take(pins.len() as u32);
            pins.iter().for_each(|pfn| *self.frame_mut(*pfn) = Frame::reserved());
        }
    }

    /// From now on clones share descriptors and bytes of all frames, and copy what they change.
    pub(crate) fn freeze(&mut self) {
        self.frames.freeze();
        self.host.freeze();
        if let Some(lruvec) = &mut self.lruvec {
            lruvec.lists.freeze();
        }
        if let Some(memcg) = &mut self.memcg {
            memcg.freeze();
        }
    }

    /// Bytes of a frame.
    pub fn frame_bytes(&self) -> u64 {
        self.format.page_size()
    }

    /// A frame's descriptor.
    #[inline]
    pub fn frame(&self, pfn: Pfn) -> &Frame {
        self.frames.get(pfn)
    }

    /// A frame's descriptor, to change.
    #[inline]
    pub fn frame_mut(&mut self, pfn: Pfn) -> &mut Frame {
        self.frames.get_mut(pfn)
    }

    /// The host bytes.
    #[inline]
    pub fn host(&self) -> &HostMem {
        &self.host
    }

    /// The host bytes, to change.
    #[inline]
    pub fn host_mut(&mut self) -> &mut HostMem {
        &mut self.host
    }

    /// Copies a frame's content to a frame that holds only zeroes.
    pub fn copy_frame(&mut self, from: Pfn, to: Pfn) {
        self.host.copy(from, to);
    }

    /// Frames in use, tables and the zero page included.
    pub fn used(&self) -> u32 {
        self.used.now()
    }

    /// The fewest and the most frames that were ever free.
    pub fn free_extremes(&self) -> (u32, u32) {
        let (most, fewest) = self.used.extremes();
        (self.total - most, self.total - fewest)
    }

    /// The free frames among those that were given out before, as (first frame, order), in no order.
    pub fn free_blocks(&self) -> impl Iterator<Item = (Pfn, u32)> {
        self.zones.free_blocks(self.described())
    }

    /// Frames that were ever given out: those from here on have no descriptor yet, and are free.
    pub fn described(&self) -> u32 {
        self.frames.len() as u32
    }

    /// All frames.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// A number that no address space of this machine had before; not 0 (Linux: `ctx_id`).
    pub(crate) fn new_context(&mut self) -> u64 {
        self.contexts += 1;
        self.contexts
    }

    /// Marks a frame as page `index` of a file.
    pub fn set_file_page(&mut self, pfn: Pfn, inode: InodeId, index: u64) {
        let frame = self.frame_mut(pfn);
        frame.mapping = inode.0;
        frame.set_index(index);
        frame.insert(FrameFlags::FILE);
    }
}
