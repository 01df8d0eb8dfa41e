//! From counts to time: each kind of event with its count, its cost and how sure that is.

use super::{Cost, CostModel, Counts};
use crate::swap::SwapDevice;
use serde::Serialize;

/// One kind of event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// How often it happened: an exact count.
    pub count: u64,
    /// What all of it takes.
    pub ns: f64,
    /// How far off that may be, to either side.
    pub spread_ns: f64,
}

/// The time of a run by a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelledTime {
    /// The model.
    pub model: String,
    /// Where its figures come from.
    pub source: String,
    /// All of it.
    pub total_ns: f64,
    /// The sum of the parts' spreads: the costs of one machine err together.
    pub spread_ns: f64,
    /// Modelled cycles for each access, all else included.
    pub cycles_per_access: f64,
    /// What it consists of, the most first; nothing that did not happen.
    pub parts: Vec<Part>,
}

/// Bytes of the caches that answer page walks. Not a processor's own: with the range that a walk's cost is given, their exact
/// sizes matter little.
const L1_BYTES: u64 = 32 << 10;
const L2_BYTES: u64 = 1 << 20;
const L3_BYTES: u64 = 32 << 20;
const WALK_COSTS: [&str; 4] = ["walk.l1", "walk.l2", "walk.l3", "walk.memory"];

impl CostModel {
    /// The time that `counts` come to.
    pub fn time(&self, counts: &Counts) -> ModelledTime {
        let mut sum = Sum { model: self, parts: Vec::new() };
        sum.translation(counts);
        sum.faults(counts);
        sum.devices(counts);
        for (call, count) in &counts.calls {
            sum.add(&format!("system call {call}"), *count, self.cost(&format!("call.{call}")));
        }
        self.total(sum.parts, counts.accesses)
    }

    fn total(&self, mut parts: Vec<Part>, accesses: u64) -> ModelledTime {
        parts.sort_by(|a, b| b.ns.total_cmp(&a.ns));
        let total_ns: f64 = parts.iter().map(|part| part.ns).sum();
        ModelledTime {
            model: self.name.clone(),
            source: self.source.clone(),
            total_ns,
            spread_ns: parts.iter().map(|part| part.spread_ns).sum(),
            cycles_per_access: total_ns * self.ghz / accesses.max(1) as f64,
            parts,
        }
    }

    /// What a reference to a page's own entry costs where all tables have `table_bytes`: as if they alone filled the caches, give
    /// or take a cache.
    pub fn leaf_reference(&self, table_bytes: u64) -> Cost {
        let level = [L1_BYTES, L2_BYTES, L3_BYTES].iter().filter(|bytes| table_bytes > **bytes).count();
        let at = |level: usize| self.cost(WALK_COSTS[level.min(WALK_COSTS.len() - 1)]);
        let (nearer, here, farther) = (at(level.saturating_sub(1)), at(level), at(level + 1));
        let off = (here.ns - nearer.ns).max(farther.ns - here.ns).max(0.0) / 2.0;
        Cost::new(here.ns, off.max(here.spread_ns).min(here.ns.max(here.spread_ns)))
    }
}

struct Sum<'m> {
    model: &'m CostModel,
    parts: Vec<Part>,
}

impl Sum<'_> {
    fn add(&mut self, name: &str, count: u64, cost: Cost) {
        if count > 0 {
            let of = |ns: f64| ns * count as f64;
            self.parts.push(Part {
                name: name.to_owned(),
                count,
                ns: of(cost.ns),
                spread_ns: of(cost.spread_ns),
            });
        }
    }

    fn add_named(&mut self, name: &str, count: u64, cost: &str) {
        self.add(name, count, self.model.cost(cost));
    }

    fn translation(&mut self, counts: &Counts) {
        self.add_named("accesses", counts.accesses, "access");
        self.add_named("second-level TLB hits", counts.l2_hits, "tlb.l2_hit");
        let leaf = self.model.leaf_reference(counts.table_bytes);
        self.add("page-walk references, last entry", counts.leaf_references, leaf);
        self.add_named("page-walk references, entries above", counts.upper_references, "walk.l1");
        self.add_named("flushes of pages", counts.page_flushes, "flush.page");
        self.add_named("flushes of address spaces", counts.space_flushes, "flush.space");
        self.add_named("shootdowns", counts.shootdowns, "shootdown");
        self.add_named("switches", counts.switches, "switch");
    }

    fn faults(&mut self, counts: &Counts) {
        for (cause, count) in &counts.faults {
            self.add_named(&format!("fault {cause:?}"), *count, &format!("fault.{cause:?}"));
        }
        self.add_named("zeroing pages", counts.zeroed_pages, "zero.page");
        self.add_named("copying pages", counts.copied_pages, "copy.page");
    }

    fn devices(&mut self, counts: &Counts) {
        self.add_named("pages read from files", counts.file_reads, "io.file_read");
        for (device, pages) in &counts.swap {
            let (read, write) = match device {
                SwapDevice::Zram => ("io.zram_read", "io.zram_write"),
                SwapDevice::Ssd => ("io.ssd_read", "io.ssd_write"),
                _ => ("io.disk_read", "io.disk_write"),
            };
            let on = if counts.swap.len() > 1 { format!(" on {}", device.name()) } else { String::new() };
            self.add_named(&format!("pages read from swap{on}"), pages.read, read);
            self.add_named(&format!("pages written to swap{on}"), pages.written, write);
        }
    }
}
