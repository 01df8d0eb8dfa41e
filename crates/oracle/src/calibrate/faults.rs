//! Page faults by cause, each on memory made for it.

use super::figures::Figures;
use super::sample::{Sample, time};
use super::sys::{Paused, Region, Scratch, major_faults, minor_faults};
use std::io;

const ROUNDS: usize = 41;
const PAGES: usize = 128;
const PAGE: usize = 4096;
const HUGE: usize = 2 << 20;

pub(super) fn measure(figures: &mut Figures) -> io::Result<()> {
    huge(figures)?;
    anonymous(figures)?;
    forked(figures)?;
    shared(figures)?;
    files(figures)
}

/// The time of a page's fault when `touch` touches each of the region's pages once.
fn each(region: &mut Region, touch: impl Fn(&mut Region, usize)) -> f64 {
    time(PAGES as u64, || (0..PAGES).for_each(|page| touch(region, page * PAGE)))
}

fn read(region: &mut Region, at: usize) {
    region.read(at);
}

fn write(region: &mut Region, at: usize) {
    region.touch(at);
}

fn anonymous(figures: &mut Figures) -> io::Result<()> {
    let (mut zero, mut replace, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut region = Region::small(PAGES * PAGE)?;
        zero.push(each(&mut region, read));
        replace.push(each(&mut region, write));
        fresh.push(each(&mut Region::small(PAGES * PAGE)?, write));
    }
    figures.add("fault", Sample::of(zero.clone()));
    figures.add("fault.ZeroPage", Sample::of(zero));
    figures.add_without("fault.ZeroToFrame", Sample::of(replace), 1.0, "zero.page");
    figures.add_without("fault.AnonWrite", Sample::of(fresh), 1.0, "zero.page");
    Ok(())
}

fn forked(figures: &mut Figures) -> io::Result<()> {
    let (mut copy, mut reuse) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut region = Region::small(PAGES * PAGE)?;
        each(&mut region, write);
        let child = Paused::fork()?;
        copy.push(each(&mut region, write));
        drop(child);
        let child = Paused::fork()?;
        drop(child);
        reuse.push(each(&mut region, write));
    }
    figures.add_without("fault.CowCopy", Sample::of(copy), 1.0, "copy.page");
    figures.add("fault.CowReuse", Sample::of(reuse));
    Ok(())
}

/// Huge pages tell how fast the kernel itself zeroes: what is left of such a fault is taken to be what is left of a small one.
fn huge(figures: &mut Figures) -> io::Result<()> {
    const BLOCKS: usize = 4;
    const MORE_PAGES: f64 = (HUGE / PAGE - 1) as f64;
    let (mut rounds, mut small) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        small.push(each(&mut Region::small(PAGES * PAGE)?, write));
        let mut region = Region::anonymous((BLOCKS + 1) * HUGE, true)?;
        let first = region.first_aligned(HUGE);
        let before = minor_faults();
        let took = time(BLOCKS as u64, || (0..BLOCKS).for_each(|block| region.touch(first + block * HUGE)));
        if minor_faults() - before <= BLOCKS as u64 + 1 {
            rounds.push(took);
        }
    }
    if !rounds.is_empty() {
        let (huge, small) = (Sample::of(rounds.clone()), Sample::of(small));
        let zero = ((huge.median - small.median) / MORE_PAGES).max(0.0);
        figures.replace("zero.page", Sample { median: zero, spread: huge.spread / MORE_PAGES });
        figures.add_without("fault.HugeAnon", Sample::of(rounds), (HUGE / PAGE) as f64, "zero.page");
    }
    Ok(())
}

fn shared(figures: &mut Figures) -> io::Result<()> {
    let (mut new, mut there) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let scratch = Scratch::memory(PAGES * PAGE)?;
        new.push(each(&mut scratch.map(true)?, write));
        there.push(each(&mut scratch.map(true)?, write));
    }
    figures.add_without("fault.ShmemNew", Sample::of(new), 1.0, "zero.page");
    figures.add("fault.ShmemMap", Sample::of(there));
    Ok(())
}

fn files(figures: &mut Figures) -> io::Result<()> {
    let (mut map, mut cow, mut notify, mut input) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let scratch = Scratch::file(PAGES * PAGE)?;
    for _ in 0..ROUNDS {
        let mut private = scratch.map(false)?;
        // Each fault maps the sixteen pages around it.
        map.push(time(PAGES as u64 / 16, || (0..PAGES / 16).for_each(|at| private.read(at * 16 * PAGE))));
        cow.push(each(&mut private, write));
        let mut public = scratch.map(true)?;
        each(&mut public, read);
        scratch.clean()?;
        notify.push(each(&mut public, write));
        drop((private, public));
        scratch.evict()?;
        let mut cold = scratch.map(false)?;
        cold.read_at_random();
        let before = major_faults();
        let took = each(&mut cold, read);
        let majors = major_faults() - before;
        if majors as usize > PAGES / 2 {
            input.push(took * PAGES as f64 / majors as f64);
        }
    }
    figures.add("fault.FileMap", Sample::of(map));
    figures.add_without("fault.FileCow", Sample::of(cow), 1.0, "copy.page");
    figures.add("fault.WriteNotify", Sample::of(notify));
    if !input.is_empty() {
        figures.add_without("io.file_read", Sample::of(input), 1.0, "fault");
    }
    Ok(())
}
