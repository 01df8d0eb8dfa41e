//! What changed between two states, in words: mappings split, merged, grown; pages gone to swap; chunks moved between lists.
//!
//! ```text
//! mmap#1 (64K rw-p) was split: 16K rw-p at mmap#1, 48K r--p at mmap#1+0x4000
//! 3 pages went to swap: mmap#1+0x1000
//! chunk heap+0x290 (112 bytes) moved from in use to tcache[5]
//! ```
//!
//! What was there before is named as it was called then, what is new as it is called now.

mod counts;
mod heap;
mod maps;
mod pages;

use std::fmt;

use serde::Serialize;

use crate::State;
use crate::state::ProcessState;

/// What changed, a sentence each; `Display` is one a line. Only sections that both states have are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The sentences: mappings, pages, heap, then figures.
    pub changes: Vec<String>,
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "nothing changed");
        }
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}

impl State {
    /// What changed from `earlier` to this state.
    pub fn since(&self, earlier: &State) -> Difference {
        let mut changes = Vec::new();
        let many = self.processes.len().max(earlier.processes.len()) > 1;
        for (pid, process) in &earlier.processes {
            let Some(now) = self.processes.get(pid) else {
                changes.push(format!("process {pid} ended"));
                continue;
            };
            let prefix = if many { format!("process {pid}: ") } else { String::new() };
            changes.extend(process_changes(process, now).into_iter().map(|change| prefix.clone() + &change));
        }
        let new = self.processes.keys().filter(|pid| !earlier.processes.contains_key(pid));
        changes.extend(new.map(|pid| format!("process {pid} began")));
        if let (Some(then), Some(now)) = (&earlier.machine, &self.machine) {
            changes.extend(counts::machine(then, now));
        }
        Difference { changes }
    }
}

fn process_changes(then: &ProcessState, now: &ProcessState) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&then.maps, &now.maps) {
        changes.extend(maps::changes(old, new));
    }
    if let (Some(old), Some(new)) = (&then.pages, &now.pages) {
        changes.extend(pages::changes(old, new, (&then.places, &now.places)));
    }
    if let (Some(old), Some(new)) = (&then.heap, &now.heap) {
        changes.extend(heap::changes(&old.chunks, &new.chunks, (&then.places, &now.places)));
    }
    if let (Some(old), Some(new)) = (&then.counters, &now.counters) {
        changes.extend(counts::changed("", old, new));
    }
    changes
}
