//! Free memory by block size as Linux shows it: `/proc/buddyinfo`, `/proc/pagetypeinfo`, and the two fragmentation indices of
//! debugfs (`mm/vmstat.c`, `mm/page_alloc.c`).
//!
//! Blocks are shown as Linux joins them: at each free, which this allocator puts off until a block is wanted. Single frames that
//! were given back last stand for Linux's per-CPU lists and are in no block. Differs from Linux: a page block's type is what is in
//! it now, for frames are not given out by type.

use crate::phys::{FrameFlags, MAX_ORDER, Phys, Zone};
use crate::{Machine, Pfn};
use std::fmt::Write;

/// Orders of blocks there are.
const ORDERS: usize = MAX_ORDER as usize + 1;
/// log2 of the frames of a page block (`pageblock_order`).
const BLOCK_ORDER: u32 = 9;
/// The most frames that a processor's list of single ones keeps.
const PCP_FRAMES: usize = 512;

/// A zone's free blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeArea {
    /// DMA, DMA32 or Normal.
    pub zone: &'static str,
    /// Free blocks by order.
    pub blocks: [u64; ORDERS],
}

/// What a page block holds (Linux: `enum migratetype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MigrateType {
    /// Page tables and what is never given back.
    Unmovable,
    /// Pages of processes and files, or nothing.
    Movable,
}

impl FreeArea {
    /// Free frames.
    pub fn free_pages(&self) -> u64 {
        (0..).zip(self.blocks).map(|(order, blocks): (u32, u64)| blocks << order).sum()
    }

    /// Blocks of `order` that could be had.
    fn suitable(&self, order: u32) -> u64 {
        (order..).zip(&self.blocks[order as usize..]).map(|(o, blocks)| blocks << (o - order)).sum()
    }

    /// Which part of the free memory is in blocks too small for `order`, in thousandths (Linux: `unusable_free_index`).
    pub fn unusable_index(&self, order: u32) -> u64 {
        let free = self.free_pages();
        let usable = self.suitable(order) << order;
        ((free - usable) * 1000).checked_div(free).unwrap_or(1000)
    }

    /// Whether an allocation of `order` fails for want of memory (towards 0) or by fragmentation (towards 1000); -1000: it
    /// does not fail (Linux: `__fragmentation_index`).
    pub fn fragmentation_index(&self, order: u32) -> i64 {
        let blocks: u64 = self.blocks.iter().sum();
        if blocks == 0 {
            return 0;
        }
        if self.suitable(order) > 0 {
            return -1000;
        }
        1000 - ((1000 + self.free_pages() * 1000 / (1 << order)) / blocks) as i64
    }
}

impl Machine {
    /// The free blocks of each zone that has frames.
    pub fn free_areas(&self) -> Vec<FreeArea> {
        let free = self.phys.free_ranges(PCP_FRAMES);
        let mut zones: Vec<&Zone> = self.phys.zones.iter().collect();
        zones.sort_by_key(|zone| zone.kind);
        zones.iter().map(|zone| area(zone.kind.name(), zone.frames(), &free)).collect()
    }

    /// The text of `/proc/buddyinfo`.
    pub fn buddyinfo_text(&self) -> String {
        let mut text = String::new();
        for area in self.free_areas() {
            let _ = write!(text, "Node 0, zone {:>8} ", area.zone);
            columns(&mut text, area.blocks);
            text.push('\n');
        }
        text
    }

    /// The text of debugfs' `extfrag/unusable_index`.
    pub fn unusable_index_text(&self) -> String {
        self.index_text(|area, order| area.unusable_index(order) as i64)
    }

    /// The text of debugfs' `extfrag/extfrag_index`.
    pub fn extfrag_index_text(&self) -> String {
        self.index_text(FreeArea::fragmentation_index)
    }

    fn index_text(&self, index: impl Fn(&FreeArea, u32) -> i64) -> String {
        let mut text = String::new();
        for area in self.free_areas() {
            let _ = write!(text, "Node 0, zone {:>8} ", area.zone);
            for order in 0..=MAX_ORDER {
                let index = index(&area, order);
                let _ = write!(text, "{}.{:03} ", index / 1000, index.abs() % 1000);
            }
            text.push('\n');
        }
        text
    }

    /// The text of `/proc/pagetypeinfo`: free blocks by what their page blocks hold, and how many page blocks hold what.
    pub fn pagetypeinfo_text(&self) -> String {
        let types = [MigrateType::Unmovable, MigrateType::Movable];
        let (free, kinds) = (self.phys.free_ranges(PCP_FRAMES), self.phys.page_blocks());
        let mut text = format!("Page block order: {BLOCK_ORDER}\nPages per block:  {}\n\n", 1 << BLOCK_ORDER);
        let _ = write!(text, "{:<43} ", "Free pages count per migrate type at order");
        columns(&mut text, 0..ORDERS as u64);
        text.push('\n');
        for kind in types {
            let in_kind = |pfn: u32| {
                kinds.get((pfn >> BLOCK_ORDER) as usize).copied().unwrap_or(MigrateType::Movable) == kind
            };
            let all = 0..self.phys.total();
            let mut blocks = [0; ORDERS];
            blocks_of(&all, &free, |pfn, order| blocks[order as usize] += u64::from(in_kind(pfn)));
            let _ = write!(text, "Node {:4}, zone {:>8}, type {:>12} ", 0, "all", format!("{kind:?}"));
            columns(&mut text, blocks);
            text.push('\n');
        }
        let _ = write!(text, "\n{:<23}", "Number of blocks type ");
        types.iter().for_each(|kind| text.push_str(&format!("{:>12} ", format!("{kind:?}"))));
        let _ = write!(text, "\nNode 0, zone {:>8} ", "all");
        let unmovable = kinds.iter().filter(|kind| **kind == MigrateType::Unmovable).count();
        let all = (self.phys.total() >> BLOCK_ORDER) as usize;
        let _ = writeln!(text, "{unmovable:12} {:12} ", all.saturating_sub(unmovable));
        text
    }
}

impl Phys {
    /// The type of each page block with frames that were ever given out.
    fn page_blocks(&self) -> Vec<MigrateType> {
        let unmovable = |pfn: u32| {
            let frame = self.frame(Pfn(pfn));
            frame.has(FrameFlags::TABLE) || frame.has(FrameFlags::RESERVED)
        };
        let blocks = (0..self.described()).step_by(1 << BLOCK_ORDER);
        let kind = |first: u32| {
            let frames = first..(first + (1 << BLOCK_ORDER)).min(self.described());
            if frames.into_iter().any(unmovable) { MigrateType::Unmovable } else { MigrateType::Movable }
        };
        blocks.map(kind).collect()
    }
}

fn columns(text: &mut String, figures: impl IntoIterator<Item = u64>) {
    figures.into_iter().for_each(|figure| text.push_str(&format!("{figure:6} ")));
}

fn area(zone: &'static str, range: std::ops::Range<u32>, free: &[std::ops::Range<u32>]) -> FreeArea {
    let mut blocks = [0; ORDERS];
    blocks_of(&range, free, |_, order| blocks[order as usize] += 1);
    FreeArea { zone, blocks }
}

/// The largest aligned blocks of the free ranges within `range`.
fn blocks_of(range: &std::ops::Range<u32>, free: &[std::ops::Range<u32>], mut seen: impl FnMut(u32, u32)) {
    for part in free {
        let (mut at, end) = (part.start.max(range.start), part.end.min(range.end));
        while at < end {
            let aligned = if at == 0 { MAX_ORDER } else { at.trailing_zeros() };
            let order = aligned.min((end - at).ilog2()).min(MAX_ORDER);
            seen(at, order);
            at += 1 << order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    /// The figures of each line, from its fifth word on.
    fn figures(text: &str) -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_fresh_machine_is_whole() {
        let machine = Machine::new(Config { ram_bytes: 64 << 20, ..Config::default() });
        let text = machine.buddyinfo_text();
        assert!(text.starts_with("Node 0, zone      DMA      0      0 "), "{text}");
        assert_eq!(figures(&text), ["0 0 0 0 0 0 0 0 1 1 3", "1 1 1 1 1 1 1 1 2 1 11"]);
        assert_eq!(machine.free_areas()[1].fragmentation_index(10), -1000);
    }

    /// Of each 16 frames the first is in the way. The figures are reckoned by hand; two single frames wait on the per-CPU list.
    #[test]
    fn a_fragmented_machine_has_no_large_block() {
        let config = Config { ram_bytes: 64 << 20, fragment_order: Some(3), ..Config::default() };
        let mut machine = Machine::new(config);
        assert!(machine.phys.alloc_order(4).is_err());
        machine.phys.alloc_order(3).expect("a small block");
        assert_eq!(
            figures(&machine.buddyinfo_text()),
            ["240 240 240 240 0 0 0 0 0 0 0", "782 784 784 783 0 0 0 0 0 0 0"]
        );
        assert_eq!(
            figures(&machine.unusable_index_text())[0],
            "0.000 0.066 0.200 0.466 1.000 1.000 1.000 1.000 1.000 1.000 1.000"
        );
        let index = &figures(&machine.extfrag_index_text())[0];
        assert!(
            index.starts_with("-1.000 -1.000 -1.000 -1.000 0.765 ") && index.ends_with(" 0.996"),
            "{index}"
        );
        let types = machine.pagetypeinfo_text();
        assert!(types.contains("type    Unmovable     30     32     32     31      0 "), "{types}");
        assert!(types.contains("type      Movable    992    992    992    992      0 "), "{types}");
        assert!(types.ends_with("zone      all            1           31 \n"), "{types}");
        assert_eq!(machine.check(), Ok(()));
    }

    #[test]
    fn neighbours_show_as_one_block_and_the_last_freed_as_none() {
        let mut machine = Machine::new(Config { ram_bytes: 16 << 20, ..Config::default() });
        let before = machine.free_areas();
        let frames: Vec<Pfn> = (0..2048).map(|_| machine.phys.alloc().expect("memory")).collect();
        frames.iter().for_each(|pfn| machine.phys.free(*pfn));
        let after = machine.free_areas();
        assert_eq!(after[0].free_pages() + PCP_FRAMES as u64, before[0].free_pages());
    }
}
