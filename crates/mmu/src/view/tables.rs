//! Page tables as an indented tree, neighbours alike folded to one line.

use crate::paging::{Pte, PteFlags, Visit};
use crate::{Machine, MmId, Pfn, VirtAddr};
use std::fmt;

/// The page tables of an address space: a line a table (`start table LEVEL pfn N`), a line a run of entries
/// (`start-end RIGHTS pfn FIRST..LAST`).
///
/// Rights are `rwx`, then `A` accessed, `D` dirty, `S` special, `H` huge, a dash for each that is missing. Neighbours that
/// differ only in consecutive frames are one run, as are those that show one frame.
#[derive(Clone, Copy, Debug)]
pub struct TablesView<'m> {
    pub(super) machine: &'m Machine,
    pub(super) mm: MmId,
}

/// Entries side by side that are alike.
#[derive(Clone, Copy, Debug)]
struct Run {
    level: u32,
    start: VirtAddr,
    end: VirtAddr,
    first: Pte,
    last: Pte,
}

impl fmt::Display for TablesView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = &self.machine.mm(self.mm).tables;
        let top = tables.format.levels - 1;
        let mut run: Option<Run> = None;
        let mut result = Ok(());
        tables.visit(&self.machine.phys, &mut |visit| {
            if result.is_ok() {
                result = match visit {
                    Visit::Table { level, addr, pfn } => write_run(f, top, run.take()).and_then(|()| {
                        writeln!(f, "{}{addr:x} table {level} pfn {}", indent(top - level), pfn.0)
                    }),
                    Visit::Leaf { level, addr, pte, .. } => {
                        let end = addr + tables.format.span(level);
                        push(f, top, &mut run, Run { level, start: addr, end, first: pte, last: pte })
                    }
                };
            }
        });
        result?;
        write_run(f, top, run)
    }
}

/// Joins `next` to the run, or writes the run and begins another.
fn push(f: &mut fmt::Formatter<'_>, top: u32, run: &mut Option<Run>, next: Run) -> fmt::Result {
    match run {
        Some(run) if run.continues_with(&next) => {
            (run.end, run.last) = (next.end, next.last);
            Ok(())
        }
        _ => write_run(f, top, run.replace(next)),
    }
}

impl Run {
    fn continues_with(&self, next: &Run) -> bool {
        let pages = |pte: Pte| i64::from(pte.pfn().0);
        let step = pages(next.first) - pages(self.last);
        let so_far = pages(self.last) - pages(self.first);
        self.level == next.level
            && self.end == next.start
            && self.last.is_present() == next.first.is_present()
            && self.last.flags() == next.first.flags()
            && matches!(step, 0 | 1)
            && (self.is_single() || (so_far == 0) == (step == 0))
    }

    fn is_single(&self) -> bool {
        self.first == self.last
    }
}

fn write_run(f: &mut fmt::Formatter<'_>, top: u32, run: Option<Run>) -> fmt::Result {
    let Some(run) = run else { return Ok(()) };
    write!(f, "{}{:x}-{:x} ", indent(top - run.level + 1), run.start, run.end)?;
    if !run.first.is_present() {
        return writeln!(f, "not present {:#x}", run.first.0);
    }
    write!(f, "{} pfn {}", rights(run.first), run.first.pfn().0)?;
    match run.last.pfn() {
        Pfn(last) if last != run.first.pfn().0 => writeln!(f, "..{last}"),
        _ => writeln!(f),
    }
}

fn rights(pte: Pte) -> String {
    let letter = |flag, letter| if pte.has(flag) { letter } else { '-' };
    let execute = if pte.has(PteFlags::NO_EXECUTE) { '-' } else { 'x' };
    [
        letter(PteFlags::USER, 'r'),
        letter(PteFlags::WRITABLE, 'w'),
        execute,
        letter(PteFlags::ACCESSED, 'A'),
        letter(PteFlags::DIRTY, 'D'),
        letter(PteFlags::SPECIAL, 'S'),
        letter(PteFlags::HUGE, 'H'),
    ]
    .into_iter()
    .collect()
}

fn indent(depth: u32) -> String {
    "  ".repeat(depth as usize)
}
