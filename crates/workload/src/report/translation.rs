//! How addresses were translated, in figures.

use memtwin_kernel::mmu::Machine;
use memtwin_kernel::mmu::hashed::Hashed;
use memtwin_kernel::mmu::segment::Segments;
use serde::Serialize;
use std::collections::BTreeMap;

use super::segments::SegmentFigures;

/// The tables that the hardware walks, and what walks came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TranslationFigures {
    /// The way to translate, as `--mmu` has it.
    pub mmu: &'static str,
    /// Whether there are pages; if not, figures of pages and the TLB are those of the twin's bookkeeping.
    pub is_paged: bool,
    /// Bytes of a base page.
    pub page_bytes: u64,
    /// Bytes of tables now, roots included; of a hashed table, the whole.
    pub table_bytes: u64,
    /// The most after any line of a run that was watched; else as `table_bytes`.
    pub peak_table_bytes: u64,
    /// References to tables in a walk, or in a search of a hashed table, in the mean.
    pub references_per_walk: f64,
    /// The hashed table, where there is one.
    pub hashed: Option<HashedFigures>,
    /// The segments, where there are any.
    pub segments: Option<SegmentFigures>,
}

/// A hashed page table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HashedFigures {
    /// Bytes of the kernel's own tables beside it, which the hardware does not read.
    pub kernel_table_bytes: u64,
    /// Searches by the hardware.
    pub searches: u64,
    /// Entries made by the kernel after a search that failed.
    pub refills: u64,
    /// Entries changed by the kernel after one that found too few rights.
    pub updates: u64,
    /// Entries taken from another address of the same frame.
    pub alias_evictions: u64,
    /// Entries given up because there was no room for another.
    pub overflows: u64,
    /// Entries that the kernel found on a chain which the hardware does not search.
    pub chain_walks: u64,
    /// Buckets.
    pub buckets: u64,
    /// Mean length of the chains that are not empty.
    pub mean_chain: f64,
    /// The longest chain.
    pub max_chain: u64,
    /// How many chains there are of each length.
    pub chains: BTreeMap<u64, u64>,
}

/// Bytes of all tables that the hardware walks: trees with their roots, or the hashed table.
pub(crate) fn table_bytes(machine: &Machine) -> u64 {
    let descriptors = machine.segments().map_or(0, Segments::table_bytes);
    match machine.hashed() {
        Some(_) => machine.hashed_bytes(),
        None if machine.config.format.name.is_paged() => tree_bytes(machine) + descriptors,
        None => descriptors,
    }
}

fn tree_bytes(machine: &Machine) -> u64 {
    let spaces = machine.mms.iter().flatten();
    spaces.map(|mm| mm.tables.table_bytes + mm.tables.format.root_bytes()).sum()
}

impl TranslationFigures {
    /// Of a machine as it stands, whose tables had at most `peak` bytes before.
    pub(super) fn of(machine: &Machine, peak: u64) -> TranslationFigures {
        let bytes = table_bytes(machine);
        let walks = machine.hashed().map_or(machine.tlb_stats().walks(), |hashed| hashed.stats.searches);
        let references = machine.walk_references();
        TranslationFigures {
            mmu: machine.config.format.name.as_str(),
            is_paged: machine.config.format.name.is_paged(),
            page_bytes: machine.page_size(),
            table_bytes: bytes,
            peak_table_bytes: peak.max(bytes),
            references_per_walk: if walks == 0 { 0.0 } else { references as f64 / walks as f64 },
            hashed: machine.hashed().map(|hashed| HashedFigures::of(hashed, tree_bytes(machine))),
            segments: machine.segments().map(SegmentFigures::of),
        }
    }

    /// The figures as rows for people.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let row = |name: &str, figure: String| (name.to_owned(), figure);
        let mut rows = vec![
            row("mmu", self.mmu.to_owned()),
            row("page bytes", self.page_bytes.to_string()),
            row("table bytes", self.table_bytes.to_string()),
            row("references in a walk", format!("{:.2}", self.references_per_walk)),
        ];
        rows.extend(self.hashed.iter().flat_map(HashedFigures::rows));
        rows.extend(self.segments.iter().flat_map(SegmentFigures::rows));
        rows
    }
}

impl HashedFigures {
    fn of(hashed: &Hashed, kernel_table_bytes: u64) -> HashedFigures {
        let (stats, chains) = (hashed.stats, hashed.chains());
        HashedFigures {
            kernel_table_bytes,
            searches: stats.searches,
            refills: stats.refills,
            updates: stats.updates,
            alias_evictions: stats.alias_evictions,
            overflows: stats.overflows,
            chain_walks: stats.chain_walks,
            buckets: chains.buckets,
            mean_chain: chains.mean(),
            max_chain: chains.max(),
            chains: chains.histogram,
        }
    }

    fn rows(&self) -> Vec<(String, String)> {
        let row = |name: &str, figure: u64| (name.to_owned(), figure.to_string());
        let mut rows = vec![
            row("the kernel's own table bytes", self.kernel_table_bytes),
            row("searches of the hashed table", self.searches),
            row("entries refilled", self.refills),
            row("entries updated", self.updates),
            row("entries taken from aliases", self.alias_evictions),
            row("entries given up for others", self.overflows),
            row("entries the kernel found on chains", self.chain_walks),
            row("buckets", self.buckets),
            ("mean chain".to_owned(), format!("{:.2}", self.mean_chain)),
            row("longest chain", self.max_chain),
        ];
        rows.extend(
            self.chains.iter().map(|(length, count)| (format!("chains of {length}"), count.to_string())),
        );
        rows
    }
}
