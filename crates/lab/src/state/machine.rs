//! What belongs to no process: the ledger, counters, frames, LRU lists, swap, TLB.

use std::collections::{BTreeMap, HashMap};

use memtwin_kernel::mmu::reclaim::LruList;
use memtwin_kernel::mmu::{Machine, Pfn};
use memtwin_workload::Twin;
use memtwin_workload::report::{Faults, Report};
use serde::Serialize;

use super::Sections;
use super::process::lines;
use crate::place::Places;

/// The machine; a section that was not asked for is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct MachineState {
    /// Its page faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Faults>,
    /// `/proc/vmstat`'s events and the commit charge, those that are not zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counters: Option<BTreeMap<String, u64>>,
    /// What its frames are used for, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<Vec<String>>,
    /// Its LRU lists that are not empty: their pages in runs, what goes next first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lru: Option<BTreeMap<String, Vec<String>>>,
    /// Its swap space, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swap: Option<Vec<String>>,
    /// Its TLB, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tlb: Option<Vec<String>>,
}

impl MachineState {
    /// `None` if no section is about the machine.
    pub(super) fn of(twin: &Twin, sections: Sections) -> Option<MachineState> {
        let has = |section| sections.contains(section);
        let machine = &twin.kernel.machine;
        sections.intersects(Sections::MACHINE).then(|| MachineState {
            ledger: has(Sections::LEDGER).then(|| Report::of_twin(twin).faults),
            counters: has(Sections::COUNTERS).then(|| counters(machine)),
            frames: has(Sections::FRAMES).then(|| lines(&machine.view_frames())),
            lru: has(Sections::LRU).then(|| lru(twin)),
            swap: has(Sections::SWAP).then(|| swap(machine)),
            tlb: has(Sections::TLB).then(|| lines(&machine.view_tlb())),
        })
    }
}

fn counters(machine: &Machine) -> BTreeMap<String, u64> {
    let committed = ("Committed_AS_pages", machine.commit.pages);
    let all = machine.vmstat().counters().into_iter().chain([committed]);
    all.filter(|(_, value)| *value > 0).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Slots in use, neighbours alike folded.
fn swap(machine: &Machine) -> Vec<String> {
    let swap = &machine.swap;
    let mut lines = vec![format!("slots {} used {}", swap.total(), swap.used())];
    let mut run: Option<(u32, u32, &str)> = None;
    for slot in swap.slots_in_use() {
        let what = match (swap.cached(slot).is_some(), swap.is_zero(slot)) {
            (true, _) => "in the swap cache",
            (false, true) => "zeroes",
            (false, false) => "written",
        };
        run = match run {
            Some((first, last, same)) if last + 1 == slot.0 && same == what => Some((first, slot.0, what)),
            _ => {
                lines.extend(run.map(slots));
                Some((slot.0, slot.0, what))
            }
        };
    }
    lines.extend(run.map(slots));
    lines
}

fn slots((first, last, what): (u32, u32, &str)) -> String {
    if first == last { format!("{first} {what}") } else { format!("{first}..{last} {what}") }
}

/// Each list's pages by where the first process that maps them has them.
fn lru(twin: &Twin) -> BTreeMap<String, Vec<String>> {
    let machine = &twin.kernel.machine;
    let Some(lists) = machine.view_lru() else { return BTreeMap::new() };
    let owners = Owners::of(twin);
    let list = |list: LruList| {
        let pages: Vec<Pfn> = lists.pages(list).collect();
        (format!("{list:?} ({})", pages.len()), owners.runs(&pages))
    };
    LruList::ALL.into_iter().filter(|list| lists.size(*list) > 0).map(list).collect()
}

/// Where pages are mapped.
struct Owners {
    places: Vec<Places>,
    of: HashMap<Pfn, (usize, u64)>,
}

impl Owners {
    fn of(twin: &Twin) -> Owners {
        let machine = &twin.kernel.machine;
        let mut owners = Owners { places: Vec::new(), of: HashMap::new() };
        for pid in twin.kernel.pids() {
            let (Ok(process), Ok(places)) = (twin.kernel.process(pid), Places::of(&twin.kernel, pid)) else {
                continue;
            };
            let tables = &machine.mm(process.mm).tables;
            tables.visit(&machine.phys, &mut |visit| {
                if let memtwin_mmu::paging::Visit::Leaf { addr, pte, .. } = visit
                    && pte.is_mapped()
                {
                    owners.of.entry(pte.pfn()).or_insert((owners.places.len(), addr.get()));
                }
            });
            owners.places.push(places);
        }
        owners
    }

    /// Pages that follow one another upwards in one process are one run.
    fn runs(&self, pages: &[Pfn]) -> Vec<String> {
        let follows = |a: &Pfn, b: &Pfn| match (self.of.get(a), self.of.get(b)) {
            (Some((p, addr)), Some((q, next))) => p == q && addr + 4096 == *next,
            (None, None) => true,
            _ => false,
        };
        pages.chunk_by(follows).map(|run| self.run(run)).collect()
    }

    fn run(&self, run: &[Pfn]) -> String {
        let name = |pfn: &Pfn| match self.of.get(pfn) {
            Some((process, addr)) => self.places[*process].at(*addr).name,
            None => "not mapped".to_owned(),
        };
        match run {
            [first, .., last] if self.of.contains_key(first) => {
                format!("{}..{} ({})", name(first), name(last), run.len())
            }
            [first, _, ..] => format!("{} ({})", name(first), run.len()),
            [first] => name(first),
            [] => String::new(),
        }
    }
}
