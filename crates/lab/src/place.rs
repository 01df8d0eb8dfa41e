//! Addresses by what they are in: `heap+0x2a0`, `mmap#3+0x1000`, `stack-0x40`, so that texts stay the same when a layout moves.
//!
//! The heap counts from where the break began, the stack from its end. `mmap#1` is the highest mapping that is neither, `mmap#2` the
//! next one below, as Linux hands them out. An address in no mapping is a plain number.

use std::fmt;

use memtwin_kernel::{Errno, Kernel, Pid};
use serde::{Serialize, Serializer};

/// An address with its name. Serialises as the name; compares by the address.
#[derive(Clone, Debug)]
pub struct Place {
    /// The address.
    pub addr: u64,
    /// Its name.
    pub name: String,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.addr == other.addr
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// The named ranges of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    ranges: Vec<Range>,
}

#[derive(Clone, Debug)]
struct Range {
    start: u64,
    end: u64,
    name: String,
    /// Where offsets count from.
    base: u64,
}

impl Places {
    /// The places of a process.
    pub(crate) fn of(kernel: &Kernel, pid: Pid) -> Result<Places, Errno> {
        let start_brk = kernel.machine.mm(kernel.process(pid)?.mm).start_brk;
        let mut mmaps = 0;
        let mut ranges = Vec::new();
        for entry in kernel.maps(pid)?.iter().rev() {
            let (name, base) = match entry.name.as_str() {
                "[heap]" => ("heap".to_owned(), start_brk),
                "[stack]" => ("stack".to_owned(), entry.end),
                _ if entry.hidden => ("image".to_owned(), entry.start),
                _ => {
                    mmaps += 1;
                    (format!("mmap#{mmaps}"), entry.start)
                }
            };
            ranges.push(Range { start: entry.start, end: entry.end, name, base });
        }
        ranges.reverse();
        Ok(Places { ranges })
    }

    /// No names: addresses stay numbers.
    pub(crate) fn raw() -> Places {
        Places::default()
    }

    /// Whether a mapping begins here.
    pub(crate) fn begins(&self, addr: u64) -> bool {
        self.ranges.binary_search_by_key(&addr, |range| range.start).is_ok()
    }

    /// An address; the end of a mapping belongs to it if nothing begins there.
    pub(crate) fn at(&self, addr: u64) -> Place {
        let next = self.ranges.partition_point(|range| range.start <= addr);
        let range = next.checked_sub(1).map(|at| &self.ranges[at]).filter(|range| addr <= range.end);
        let name = match range {
            None => format!("{addr:#x}"),
            Some(range) if addr == range.base => range.name.clone(),
            Some(range) if addr > range.base => format!("{}+{:#x}", range.name, addr - range.base),
            Some(range) => format!("{}-{:#x}", range.name, range.base - addr),
        };
        Place { addr, name }
    }
}

/// Bytes for people: `4K`, `132K`, `1G`, or the number.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    match units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, letter)) => format!("{}{letter}", bytes / unit),
        None => bytes.to_string(),
    }
}

/// `1 page`, `3 pages`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
