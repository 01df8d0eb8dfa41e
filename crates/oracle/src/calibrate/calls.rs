//! System calls, switches between processes, flushes and shootdowns.

use super::figures::Figures;
use super::sample::{Sample, sample, time};
use super::sys::{self, Region, Spinner};
use std::io;

const ROUNDS: usize = 101;
const CALLS: u64 = 200;
const PAGE: usize = 4096;
/// One page and these are as many as Linux flushes one by one (`tlb_single_page_flush_ceiling`).
const FURTHER_PAGES: usize = 32;

pub(super) fn measure(figures: &mut Figures) -> io::Result<()> {
    figures.add("call", sample(ROUNDS, CALLS, || (0..CALLS).for_each(|_| sys::cheap_call())));
    mappings(figures)?;
    flushes(figures)?;
    if let Ok(switch) = switches() {
        figures.add("switch", switch);
    }
    Ok(())
}

fn mappings(figures: &mut Figures) -> io::Result<()> {
    let (mut map, mut unmap) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut regions = Vec::with_capacity(64);
        map.push(time(64, || regions.extend((0..64).map_while(|_| Region::small(16 * PAGE).ok()))));
        unmap.push(time(64, || regions.clear()));
    }
    figures.add("call.mmap", Sample::of(map));
    figures.add("call.munmap", Sample::of(unmap));
    let region = Region::small(16 * PAGE)?;
    figures.add("call.mprotect", sample(ROUNDS, CALLS, || protect_twice(&region, CALLS / 2)));
    figures.add("call.madvise", sample(ROUNDS, CALLS, || (0..CALLS).for_each(|_| region.drop_pages())));
    figures.add("call.brk", sample(ROUNDS, CALLS, || (0..CALLS / 2).for_each(|_| sys::move_break())));
    Ok(())
}

fn protect_twice(region: &Region, times: u64) {
    for _ in 0..times {
        region.protect(false);
        region.protect(true);
    }
}

/// What each further page that is there adds to an mprotect that takes rights away, and what another processor does that runs the
/// same address space. A first page adds the walk of the tables, too, so that its figure would be too large.
fn flushes(figures: &mut Figures) -> io::Result<()> {
    let protect = |pages: usize| -> io::Result<Sample> {
        let mut region = Region::small(pages * PAGE)?;
        (0..pages).for_each(|page| region.touch(page * PAGE));
        Ok(sample(ROUNDS, CALLS / 2, || protect_twice(&region, CALLS / 2)))
    };
    let (one, many) = (protect(1)?, protect(1 + FURTHER_PAGES)?);
    let further = less(many, one.median, one.spread);
    let pages = FURTHER_PAGES as f64;
    figures.add("flush.page", Sample { median: further.median / pages, spread: further.spread / pages });
    let mut touched = Region::small(PAGE)?;
    let mut round = || {
        for _ in 0..CALLS / 2 {
            touched.protect(false);
            touched.protect(true);
            touched.touch(0);
        }
    };
    // Of the two changes only the one that takes rights away flushes.
    let alone = sample(ROUNDS, CALLS / 2, &mut round);
    if let Some(spinner) = Spinner::start() {
        let watched = sample(ROUNDS, CALLS / 2, &mut round);
        drop(spinner);
        // Where the other processor had something else to do, nothing was shot down.
        if watched.median > alone.median + alone.spread {
            figures.add("shootdown", less(watched, alone.median, alone.spread));
        }
    }
    Ok(())
}

fn less(sample: Sample, ns: f64, spread: f64) -> Sample {
    Sample { median: (sample.median - ns).max(0.0), spread: sample.spread + spread }
}

/// One byte to and fro between two processes on one processor: two switches, each with the reading and writing of a byte.
fn switches() -> io::Result<Sample> {
    let echo = sys::Echo::start()?;
    Ok(sample(ROUNDS, CALLS, || (0..CALLS / 2).for_each(|_| echo.ask())))
}
