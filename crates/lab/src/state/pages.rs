//! The pages of a process, neighbours alike folded to runs.

use std::fmt;

use memtwin_mmu::paging::Visit;
use memtwin_mmu::phys::FrameFlags;
use memtwin_mmu::{Machine, MmId, Pfn, Pte, PteFlags};
use serde::{Serialize, Serializer};

use crate::Place;
use crate::place::Places;

/// Pages side by side that are alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PageRun {
    /// Where they begin.
    pub(crate) start: Place,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Entries they are mapped by.
    pub(crate) entries: u64,
    /// What they are.
    pub(crate) what: Page,
}

/// What an entry says and what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) kind: Kind,
    pub(crate) rights: PteFlags,
    /// Entries that map its frame.
    pub(crate) mapcount: u32,
}

/// What is behind an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Anonymous,
    File,
    SharedMemory,
    Zero,
    Swapped,
    Guard,
    Other,
}

/// The bits of an entry that are shown.
const SHOWN: PteFlags = PteFlags::USER
    .union(PteFlags::WRITABLE)
    .union(PteFlags::NO_EXECUTE)
    .union(PteFlags::ACCESSED)
    .union(PteFlags::DIRTY)
    .union(PteFlags::HUGE)
    .union(PteFlags::PRESENT);

impl PageRun {
    /// One past the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.start.addr + self.bytes
    }

    /// All pages of an address space.
    pub(super) fn all(machine: &Machine, mm: MmId, places: &Places) -> Vec<PageRun> {
        let tables = &machine.mm(mm).tables;
        let mut runs: Vec<PageRun> = Vec::new();
        tables.visit(&machine.phys, &mut |visit| {
            if let Visit::Leaf { level, addr, pte, .. } = visit {
                push(&mut runs, places, addr.get(), tables.format.span(level), Page::of(machine, pte));
            }
        });
        runs
    }
}

fn push(runs: &mut Vec<PageRun>, places: &Places, addr: u64, bytes: u64, what: Page) {
    match runs.last_mut() {
        Some(last) if last.end() == addr && last.what == what && !places.begins(addr) => {
            last.bytes += bytes;
            last.entries += 1;
        }
        _ => runs.push(PageRun { start: places.at(addr), bytes, entries: 1, what }),
    }
}

impl Page {
    fn of(machine: &Machine, pte: Pte) -> Page {
        if pte.is_mapped() {
            return Page {
                kind: if pte.is_special() { Kind::Zero } else { kind(machine, pte.pfn()) },
                rights: pte.flags() & SHOWN,
                mapcount: if pte.is_special() { 1 } else { machine.page_mapcount(pte.pfn()) },
            };
        }
        let kind = match pte {
            Pte::GUARD => Kind::Guard,
            pte if pte.swap_slot().is_some() => Kind::Swapped,
            _ => Kind::Other,
        };
        Page { kind, rights: PteFlags::empty(), mapcount: 1 }
    }
}

fn kind(machine: &Machine, pfn: Pfn) -> Kind {
    let flags = machine.phys.frame(machine.folio_head(pfn)).flags();
    if flags.contains(FrameFlags::ANON) {
        Kind::Anonymous
    } else if flags.contains(FrameFlags::SWAPBACKED) {
        Kind::SharedMemory
    } else if flags.contains(FrameFlags::FILE) {
        Kind::File
    } else {
        Kind::Other
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Anonymous => "anonymous",
            Kind::File => "file",
            Kind::SharedMemory => "shared memory",
            Kind::Zero => "zero page",
            Kind::Swapped => "in swap",
            Kind::Guard => "guard",
            Kind::Other => "other",
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.kind, Kind::Swapped | Kind::Guard) {
            return f.write_str(self.kind.name());
        }
        let letter = |flag, letter| if self.rights.contains(flag) { letter } else { '-' };
        let reads = self.rights.contains(PteFlags::PRESENT);
        let runs = reads && !self.rights.contains(PteFlags::NO_EXECUTE);
        let letters = [
            if reads { 'r' } else { '-' },
            letter(PteFlags::WRITABLE, 'w'),
            if runs { 'x' } else { '-' },
            letter(PteFlags::ACCESSED, 'A'),
            letter(PteFlags::DIRTY, 'D'),
        ];
        letters.iter().try_for_each(|letter| write!(f, "{letter}"))?;
        write!(f, " {}", self.kind.name())?;
        if self.rights.contains(PteFlags::HUGE) {
            f.write_str(", huge")?;
        }
        if self.mapcount > 1 {
            write!(f, ", mapped {} times", self.mapcount)?;
        }
        Ok(())
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
