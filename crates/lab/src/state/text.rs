//! A state as text: a heading a process, a section below it, a line an entry.

use std::collections::BTreeMap;
use std::fmt;

use super::heap::{ChunkRun, HeapState};
use super::{MachineState, MapState, PageRun, ProcessState, State};
use crate::Place;
use crate::place::size;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (pid, process) in &self.processes {
            if !process.is_empty() && (self.processes.len() > 1 || self.machine.is_some()) {
                writeln!(f, "process {pid}")?;
            }
            process.fmt(f)?;
        }
        self.machine.iter().try_for_each(|machine| {
            writeln!(f, "machine")?;
            machine.fmt(f)
        })
    }
}

impl fmt::Display for ProcessState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        section(f, "maps", self.maps.as_deref())?;
        section(f, "pages", self.pages.as_deref())?;
        section(f, "page tables", self.tables.as_deref())?;
        if let Some(heap) = &self.heap {
            heap.fmt(f)?;
        }
        counters(f, "counters", self.counters.as_ref())
    }
}

impl fmt::Display for MachineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ledger) = &self.ledger {
            writeln!(f, "  ledger")?;
            writeln!(f, "    minflt {} majflt {}", ledger.minflt, ledger.majflt)?;
            for counts in [&ledger.by_cause, &ledger.by_owner, &ledger.by_call, &ledger.by_mapping] {
                if !counts.is_empty() {
                    writeln!(f, "    {}", joined(counts))?;
                }
            }
        }
        counters(f, "counters", self.counters.as_ref())?;
        section(f, "frames", self.frames.as_deref())?;
        for (list, runs) in self.lru.iter().flatten() {
            section(f, list, Some(runs))?;
        }
        section(f, "swap", self.swap.as_deref())?;
        section(f, "tlb", self.tlb.as_deref())
    }
}

impl fmt::Display for HeapState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(broken) = &self.broken {
            return writeln!(f, "  heap\n    unreadable: {broken}");
        }
        section(f, "heap", self.runs.as_deref())?;
        if let Some(lists) = &self.lists {
            let line = |(name, chunks): (&String, &Vec<Place>)| format!("{name}: {}", folded(chunks));
            section(f, "lists", Some(&lists.iter().map(line).collect::<Vec<_>>()))?;
        }
        Ok(())
    }
}

impl fmt::Display for MapState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:>7} {}", self.start, size(self.bytes), self.perms)?;
        if self.offset > 0 {
            write!(f, " offset {:#x}", self.offset)?;
        }
        if self.name.is_empty() { Ok(()) } else { write!(f, " {}", self.name) }
    }
}

impl fmt::Display for PageRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:>7} {}", self.start, size(self.bytes), self.what)
    }
}

impl fmt::Display for ChunkRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:>7} {}", self.start, self.bytes, self.what)?;
        if self.chunks > 1 {
            write!(f, ", {} of them", self.chunks)?;
        }
        match self.asked {
            Some((least, most)) if least == most => write!(f, " ({least} asked for)"),
            Some((least, most)) => write!(f, " ({least} to {most} asked for)"),
            None => Ok(()),
        }
    }
}

/// A title and its lines; nothing for a section that was not asked for, one word for an empty one.
fn section<T: fmt::Display>(f: &mut fmt::Formatter<'_>, title: &str, lines: Option<&[T]>) -> fmt::Result {
    let Some(lines) = lines else { return Ok(()) };
    if lines.is_empty() {
        return writeln!(f, "  {title}: none");
    }
    writeln!(f, "  {title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
}

fn counters(f: &mut fmt::Formatter<'_>, title: &str, all: Option<&BTreeMap<String, u64>>) -> fmt::Result {
    let Some(all) = all else { return Ok(()) };
    if all.is_empty() { Ok(()) } else { writeln!(f, "  {title}\n    {}", joined(all)) }
}

fn joined(counts: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    each.join(", ")
}

/// The first places of a list, and how many more there are.
fn folded(places: &[Place]) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> = places.iter().take(SHOWN).map(|place| place.name.clone()).collect();
    if places.len() > SHOWN {
        names.push(format!("and {} more", places.len() - SHOWN));
    }
    names.join(" ")
}
