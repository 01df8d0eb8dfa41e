//! The report for people: titled rows of a name and a figure, the largest count first.

use std::collections::BTreeMap;

use super::{Report, time};

/// A part of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Names and figures.
    pub rows: Vec<(String, String)>,
}

impl Report {
    /// All parts, in the order they are read.
    pub fn sections(&self) -> Vec<Section> {
        let faults = &self.faults;
        vec![
            Section {
                title: "Page faults",
                rows: rows(&[("minflt", faults.minflt), ("majflt", faults.majflt)]),
            },
            Section { title: "Page faults by cause", rows: by_count(&faults.by_cause) },
            Section { title: "Page faults by owner", rows: by_count(&faults.by_owner) },
            Section { title: "Page faults by call", rows: by_count(&faults.by_call) },
            Section { title: "Page faults by mapping", rows: by_count(&faults.by_mapping) },
            Section { title: "System calls", rows: by_count(&self.syscalls) },
            Section { title: "Heap", rows: self.heap_rows() },
            Section { title: "Memory", rows: self.memory_rows() },
            Section { title: "Page sizes", rows: self.pages.rows() },
            Section { title: "TLB", rows: self.tlb_rows() },
            Section { title: "Translation", rows: self.translation.rows() },
            Section { title: "Modelled time", rows: time::rows(&self.time) },
        ]
    }

    fn heap_rows(&self) -> Vec<(String, String)> {
        let heap = &self.heap;
        let mut rows = rows(&[
            ("live bytes", heap.live_bytes),
            ("peak live bytes", heap.peak_live_bytes),
            ("live blocks", heap.live_blocks),
            ("bytes below the break", heap.break_bytes),
            ("bytes in mapped chunks", heap.mmapped_bytes),
            ("peak bytes in mapped chunks", heap.peak_mmapped_bytes),
            ("header bytes", heap.header_bytes),
            ("padding bytes", heap.padding_bytes),
            ("cached bytes (tcache, fastbins)", heap.cached_bytes),
            ("free bytes in bins", heap.free_bytes),
            ("free bytes at the top", heap.top_bytes),
            ("largest free chunk", heap.largest_free_bytes),
            ("untrimmable bytes below the highest live chunk", heap.untrimmable_bytes),
        ]);
        rows.push(percent("internal fragmentation", heap.internal_fragmentation));
        rows.push(percent("external fragmentation", heap.external_fragmentation));
        rows
    }

    fn memory_rows(&self) -> Vec<(String, String)> {
        let memory = &self.memory;
        rows(&[
            ("resident bytes", memory.rss_bytes),
            ("peak resident bytes", memory.peak_rss_bytes),
            ("mapped bytes", memory.mapped_bytes),
            ("page-table bytes", memory.page_table_bytes),
        ])
    }

    fn tlb_rows(&self) -> Vec<(String, String)> {
        let tlb = &self.tlb;
        rows(&[
            ("look-ups", tlb.accesses),
            ("first-level hits", tlb.l1_hits),
            ("second-level hits", tlb.l2_hits),
            ("page walks", tlb.walks),
            ("page-walk references", tlb.walk_references),
            ("flushes of pages", tlb.page_flushes),
            ("flushes of address spaces", tlb.asid_flushes),
            ("shootdowns", tlb.shootdowns),
        ])
    }
}

fn rows(figures: &[(&str, u64)]) -> Vec<(String, String)> {
    figures.iter().map(|(name, figure)| ((*name).to_owned(), figure.to_string())).collect()
}

fn percent(name: &str, part: f64) -> (String, String) {
    (name.to_owned(), format!("{:.1} %", 100.0 * part))
}

fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(String, String)> {
    let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    sorted.into_iter().map(|(name, count)| (name.clone(), count.to_string())).collect()
}
