//! `/proc/zoneinfo` (Linux: `zoneinfo_show_print`). Left out: the per-CPU sets, counters that the twin does not keep.

use crate::task::Kernel;
use memtwin_mmu::census::Census;
use memtwin_mmu::phys::zone::Protection;
use memtwin_mmu::phys::{Watermarks, Zone, ZoneKind};
use memtwin_mmu::reclaim::LruList;
use std::fmt::Write;

/// What the empty zone Movable shows as each of its watermarks.
const MOVABLE_MARK: u64 = 32;
/// The processor's frame numbers of zone DMA's end and of 4 GiB.
const DMA_END: u64 = 4096;
const FOUR_GIB: u64 = 1 << 20;
/// Pages below 4 GiB that devices have instead of memory.
const HOLE_PAGES: u64 = 1 << 18;
/// Of the pages present in DMA32, those that the allocator does not get.
const DMA32_LOST: u64 = 9421;
/// Memory above 4 GiB comes in blocks of so many pages, of which the page array takes a part of 63.
const BLOCK_PAGES: u64 = 32_768;

/// Where a zone is and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    start_pfn: u64,
    spanned: u64,
    present: u64,
}

impl Extent {
    fn of(kind: ZoneKind, managed: u64) -> Extent {
        match kind {
            ZoneKind::Dma => Extent { start_pfn: 1, spanned: DMA_END - 1, present: 3998.max(managed) },
            ZoneKind::Dma32 => {
                let whole = FOUR_GIB - HOLE_PAGES - DMA_END;
                let present = (managed + DMA32_LOST).min(whole).max(managed);
                let spanned = if present == whole { FOUR_GIB - DMA_END } else { present };
                Extent { start_pfn: DMA_END, spanned, present }
            }
            ZoneKind::Normal => {
                let present = (managed + managed / 63).next_multiple_of(BLOCK_PAGES);
                Extent { start_pfn: FOUR_GIB, spanned: present, present }
            }
        }
    }
}

impl Kernel {
    /// The file.
    pub fn zoneinfo_text(&self) -> String {
        let mut text = String::new();
        let mut zones: Vec<&Zone> = self.machine.phys.zones.iter().collect();
        zones.sort_by_key(|zone| zone.kind);
        for (at, zone) in zones.iter().enumerate() {
            header(&mut text, zone.kind.name());
            if at == 0 {
                self.per_node(&mut text);
            }
            self.zone(&mut text, zone);
        }
        let none = Extent { start_pfn: 0, spanned: 0, present: 0 };
        for (name, mark) in [("Movable", MOVABLE_MARK), ("Device", 0)] {
            header(&mut text, name);
            let marks = Watermarks { min: mark, low: mark, high: mark, promo: mark };
            pages(&mut text, 0, &marks, none, 0, &[0; 5]);
        }
        text
    }

    fn per_node(&self, text: &mut String) {
        text.push_str("  per-node stats\n");
        let is_of_node = |name: &str| {
            name.starts_with("workingset") || name.starts_with("nr_") && !name.starts_with("nr_zone")
        };
        let not = ["nr_free_pages", "nr_mlock", "nr_dirty_threshold", "nr_dirty_background_threshold"];
        for (name, value) in self.vmstat().iter().filter(|(name, _)| is_of_node(name) && !not.contains(name))
        {
            let _ = writeln!(text, "      {name:<12} {value}");
        }
    }

    fn zone(&self, text: &mut String, zone: &Zone) {
        let extent = Extent::of(zone.kind, zone.managed);
        pages(text, zone.free_pages(), &zone.watermarks(), extent, zone.managed, &zone.protection);
        let census = self.machine.zone_census(zone.kind);
        for (name, value) in counters(zone.free_pages(), &census) {
            let _ = writeln!(text, "      {name:<12} {value}");
        }
        let unreclaimable = u8::from(self.machine.kswapd.is_hopeless());
        let _ = writeln!(text, "  pagesets\n  node_unreclaimable:  {unreclaimable}");
        let _ = writeln!(text, "  start_pfn:           {}", extent.start_pfn);
    }
}

fn header(text: &mut String, name: &str) {
    let _ = writeln!(text, "Node 0, zone {name:>8}");
}

fn pages(text: &mut String, free: u64, marks: &Watermarks, at: Extent, managed: u64, keep: &Protection) {
    let _ = writeln!(text, "  pages free     {free}");
    let lines = [
        ("boost", 0),
        ("min", marks.min),
        ("low", marks.low),
        ("high", marks.high),
        ("promo", marks.promo),
        ("spanned", at.spanned),
        ("present", at.present),
        ("managed", managed),
        ("cma", 0),
    ];
    for (name, value) in lines {
        let _ = writeln!(text, "        {name:<8} {value}");
    }
    let keep: Vec<String> = keep.iter().map(u64::to_string).collect();
    let _ = writeln!(text, "        protection: ({})", keep.join(", "));
}

fn counters(free: u64, census: &Census) -> [(&'static str, u64); 8] {
    [
        ("nr_free_pages", free),
        ("nr_zone_inactive_anon", census.list(LruList::InactiveAnon)),
        ("nr_zone_active_anon", census.list(LruList::ActiveAnon)),
        ("nr_zone_inactive_file", census.list(LruList::InactiveFile)),
        ("nr_zone_active_file", census.list(LruList::ActiveFile)),
        ("nr_zone_unevictable", census.list(LruList::Unevictable)),
        ("nr_zone_write_pending", census.dirty + census.writeback),
        ("nr_mlock", census.mlocked),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_those_of_the_measured_machine() {
        let of = |kind, managed| {
            let extent = Extent::of(kind, managed);
            (extent.start_pfn, extent.spanned, extent.present)
        };
        assert_eq!(of(ZoneKind::Dma, 3840), (1, 4095, 3998));
        assert_eq!(of(ZoneKind::Dma32, 772_915), (4096, 1_044_480, 782_336));
        assert_eq!(of(ZoneKind::Normal, 5_394_266), (1_048_576, 5_505_024, 5_505_024));
    }
}
