//! A flat system for unit tests: sparse pages, a break, a top-down mmap area as Linux lays it out, faults counted.
//!
//! It knows no page tables and no limits but the address space's size; the kernel crate is the real thing.

use std::collections::{BTreeMap, HashMap};

use memtwin_kernel::{Errno, SigCode, Signal};

use crate::{MAP_FIXED, PAGE_SIZE, PROT_NONE, PROT_READ_WRITE};

mod os;

/// The program break at start.
pub(crate) const HEAP: u64 = 0x5555_5555_9000;
const MMAP_BASE: u64 = 0x7fff_f7ff_f000;
const TASK_SIZE: u64 = 0x7fff_ffff_f000;
const HUGE: u64 = 2 << 20;
/// What a process has mapped besides: its image and its stack.
const OWN_BYTES: u64 = 152 << 10;
/// More than the machine has is refused (vm.overcommit_memory 0).
const RAM_BYTES: u64 = 24_684_084 << 10;

/// A range of pages with one protection.
#[derive(Clone, Copy, Debug)]
struct Area {
    end: u64,
    prot: u32,
    heap: bool,
}

/// A page that was touched.
#[derive(Clone, Debug)]
struct Page {
    bytes: Box<[u8; PAGE_SIZE as usize]>,
    /// A write faults once more: the zero page, or shared since a fork.
    shared: bool,
}

/// A process's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flat {
    areas: BTreeMap<u64, Area>,
    pages: HashMap<u64, Page>,
    brk: u64,
    /// Page faults so far.
    pub(crate) minflt: u64,
    /// RLIMIT_AS in bytes, 0 for none.
    pub(crate) limit: u64,
    /// The system calls made, as strace prints them.
    pub(crate) log: Vec<String>,
}

impl Flat {
    pub(crate) fn new() -> Self {
        Self { brk: HEAP, ..Self::default() }
    }

    /// After a fork every page is shared.
    #[allow(dead_code)]
    pub(crate) fn fork(&mut self) -> Self {
        self.pages.values_mut().for_each(|page| page.shared = true);
        Self { minflt: 0, log: Vec::new(), ..self.clone() }
    }

    /// The mappings as maps() prints them: neighbours alike are one.
    #[allow(dead_code)]
    pub(crate) fn maps(&self) -> String {
        let mut merged: Vec<(u64, Area)> = Vec::new();
        for (&start, &area) in &self.areas {
            match merged.last_mut() {
                Some((_, last)) if last.end == start && last.prot == area.prot && last.heap == area.heap => {
                    last.end = area.end;
                }
                _ => merged.push((start, area)),
            }
        }
        let line = |(start, area): &(u64, Area)| {
            let perms = if area.prot == PROT_NONE { "---p" } else { "rw-p" };
            format!("  {start:x}-{:x} {perms} 00000000{}\n", area.end, if area.heap { " [heap]" } else { "" })
        };
        merged.iter().map(line).collect()
    }

    fn mapped_bytes(&self) -> u64 {
        self.areas.iter().map(|(start, area)| area.end - start).sum()
    }

    fn is_free(&self, start: u64, end: u64) -> bool {
        self.areas.range(..end).next_back().is_none_or(|(_, area)| area.end <= start)
    }

    /// Splits areas so that one starts at `at` if it is mapped.
    fn split(&mut self, at: u64) {
        if let Some((_, area)) = self.areas.range_mut(..at).next_back()
            && area.end > at
        {
            let rest = *area;
            area.end = at;
            self.areas.insert(at, rest);
        }
    }

    fn remove(&mut self, start: u64, end: u64) {
        self.split(start);
        self.split(end);
        self.areas.retain(|&at, _| at < start || at >= end);
        self.drop_pages(start, end);
    }

    fn drop_pages(&mut self, start: u64, end: u64) {
        self.pages.retain(|&page, _| page < start || page >= end);
    }

    /// The highest gap of `len` bytes below the mmap base.
    fn highest_gap(&self, len: u64) -> Option<u64> {
        let mut end = MMAP_BASE;
        for (&start, area) in self.areas.range(..MMAP_BASE).rev() {
            if end.saturating_sub(area.end) >= len {
                break;
            }
            end = end.min(start);
        }
        end.checked_sub(len).filter(|&start| start >= 0x10000 && self.is_free(start, end))
    }

    fn place(&self, len: u64) -> Option<u64> {
        if !len.is_multiple_of(HUGE) {
            return self.highest_gap(len);
        }
        let Some(start) = self.highest_gap(len + HUGE) else { return self.highest_gap(len) };
        let up = start.wrapping_neg() & (HUGE - 1);
        Some(if up == 0 { start + HUGE } else { start + up })
    }

    fn over_limit(&self, len: u64) -> bool {
        len > RAM_BYTES || (self.limit > 0 && self.mapped_bytes() + OWN_BYTES + len > self.limit)
    }

    fn fault(&mut self, addr: u64, write: bool) -> Result<&mut Page, Signal> {
        let start = addr & !(PAGE_SIZE - 1);
        let area =
            self.areas.range(..=addr).next_back().map(|(_, area)| *area).filter(|area| addr < area.end);
        let code = if addr >= TASK_SIZE { SigCode::SegvKernel } else { SigCode::SegvMapErr };
        let area = area.ok_or(Signal { code, addr: if addr >= TASK_SIZE { 0 } else { addr } })?;
        if area.prot & PROT_READ_WRITE != PROT_READ_WRITE {
            return Err(Signal { code: SigCode::SegvAccErr, addr });
        }
        let minflt = &mut self.minflt;
        let page = self.pages.entry(start).or_insert_with(|| {
            *minflt += 1;
            Page { bytes: Box::new([0; PAGE_SIZE as usize]), shared: !write }
        });
        if write && page.shared {
            page.shared = false;
            *minflt += 1;
        }
        Ok(page)
    }

    fn note<T: std::fmt::Display>(&mut self, call: &str, result: &Result<T, Errno>) {
        let result = match result {
            Ok(value) => value.to_string(),
            Err(Errno::ENOMEM) => "-1 ENOMEM (Cannot allocate memory)".to_owned(),
            Err(errno) => format!("-1 {errno}"),
        };
        self.log.push(format!("  {call} = {result}\n"));
    }

    fn try_mmap(&mut self, addr: u64, len: u64, prot: u32, flags: u32) -> Result<u64, Errno> {
        let fixed = flags & MAP_FIXED != 0;
        let counted = flags & crate::MAP_NORESERVE == 0;
        if len > TASK_SIZE || (counted && len > RAM_BYTES) || (self.limit > 0 && self.over_limit(len)) {
            return Err(Errno::ENOMEM);
        }
        if fixed {
            self.remove(addr, addr + len);
        }
        let hinted = addr != 0 && (fixed || self.is_free(addr, addr + len));
        let start = if hinted { addr } else { self.place(len).ok_or(Errno::ENOMEM)? };
        self.areas.insert(start, Area { end: start + len, prot, heap: false });
        Ok(start)
    }

    fn try_mremap(&mut self, addr: u64, old: u64, new: u64) -> Result<u64, Errno> {
        if new < old {
            self.remove(addr + new, addr + old);
            return Ok(addr);
        }
        if self.over_limit(new - old) || new > TASK_SIZE {
            return Err(Errno::ENOMEM);
        }
        self.split(addr);
        let area = *self.areas.get(&addr).ok_or(Errno::EFAULT)?;
        let room = self.is_free(addr + old, addr + new) && addr + new <= TASK_SIZE;
        if room {
            self.areas.insert(addr + old, Area { end: addr + new, ..area });
            return Ok(addr);
        }
        let moved = self.place(new).ok_or(Errno::ENOMEM)?;
        self.areas.insert(moved, Area { end: moved + new, ..area });
        for at in (0..old).step_by(PAGE_SIZE as usize) {
            if let Some(page) = self.pages.remove(&(addr + at)) {
                self.pages.insert(moved + at, page);
            }
        }
        self.remove(addr, addr + old);
        Ok(moved)
    }
}
