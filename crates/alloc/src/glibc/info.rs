//! `malloc_info`: the XML it prints, an element for each arena and one for all.

use std::fmt::Write;

use crate::{Abort, Os};

use super::call::{Call, Res};
use super::chunk::{FD, MALLOC_ALIGN_MASK};
use super::fastbin::fastbin;
use super::heap::{HEAP_MPROTECT_SIZE, HEAP_PREV, HEAP_SIZE, heap_for_ptr};
use super::state::{MAIN_ARENA, MAX_SYSTEM_MEM, NBINS, NFASTBINS, bin_at};

/// One bin's chunks: the smallest and the largest size, their sum, their number.
#[derive(Clone, Copy, Default)]
struct Sizes {
    from: u64,
    to: u64,
    total: u64,
    count: u64,
}

/// What is summed up over arenas.
#[derive(Clone, Copy, Default)]
struct Totals {
    fast_count: u64,
    fast_bytes: u64,
    rest_count: u64,
    rest_bytes: u64,
    system: u64,
    max_system: u64,
    /// Bytes of heaps, and how many of them are accessible.
    aspace: u64,
    mprotect: u64,
    /// Heaps of an arena other than the main one.
    subheaps: u64,
}

impl<O: Os> Call<'_, O> {
    /// `__malloc_info (0, stream)`.
    pub(super) fn libc_malloc_info(&mut self) -> Res<String> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        let mut text = String::from("<malloc version=\"1\">\n");
        let (mut all, mut number) = (Totals::default(), 0);
        self.for_each_arena(|call, arena| {
            let _ = write!(text, "<heap nr=\"{number}\">\n<sizes>\n");
            let totals = call.arena_info(arena, &mut text)?;
            write_totals(&mut text, &totals, "");
            if arena != MAIN_ARENA {
                let _ = writeln!(text, "<aspace type=\"subheaps\" size=\"{}\"/>", totals.subheaps);
            }
            text.push_str("</heap>\n");
            all.add(&totals);
            number += 1;
            Ok(())
        })?;
        let par = &self.lib.par;
        let mmap = format!("<total type=\"mmap\" count=\"{}\" size=\"{}\"/>\n", par.n_mmaps, par.mmapped_mem);
        write_totals(&mut text, &all, &mmap);
        text.push_str("</malloc>\n");
        Ok(text)
    }

    fn arena_info(&mut self, arena: u64, text: &mut String) -> Res<Totals> {
        let top = self.top(arena)?;
        let mut totals = Totals { rest_count: 1, rest_bytes: self.chunksize(top)?, ..Totals::default() };
        for index in 0..NFASTBINS {
            let sizes = self.fastbin_sizes(arena, index)?;
            totals.fast_count += sizes.count;
            totals.fast_bytes = totals.fast_bytes.wrapping_add(sizes.total);
            write_sizes(text, "size", sizes);
        }
        let mut unsorted = Sizes::default();
        for index in 1..NBINS {
            let sizes = self.bin_sizes(arena, index)?;
            totals.rest_count += sizes.count;
            totals.rest_bytes = totals.rest_bytes.wrapping_add(sizes.total);
            if index == 1 {
                unsorted = sizes;
            } else {
                write_sizes(text, "size", sizes);
            }
        }
        write_sizes(text, "unsorted", unsorted);
        text.push_str("</sizes>\n");
        totals.system = self.system_mem(arena)?;
        totals.max_system = self.ld(arena.wrapping_add(MAX_SYSTEM_MEM))?;
        self.add_aspace(arena, top, &mut totals)?;
        Ok(totals)
    }

    fn fastbin_sizes(&mut self, arena: u64, index: u64) -> Res<Sizes> {
        let mut chunk = self.ld(fastbin(arena, index))?;
        if chunk == 0 {
            return Ok(Sizes::default());
        }
        let to = self.chunksize(chunk)?;
        let mut count = 0;
        while chunk != 0 {
            self.step()?;
            if self.bad_link(chunk) {
                return Err(self.fail(Abort::MallocInfoUnaligned));
            }
            count += 1;
            let position = chunk.wrapping_add(FD);
            chunk = self.link_at(position)?;
        }
        Ok(Sizes { from: to.wrapping_sub(MALLOC_ALIGN_MASK), to, total: to.wrapping_mul(count), count })
    }

    /// Of a bin; the sizes include the flag that the chunk before is in use, as in glibc.
    fn bin_sizes(&mut self, arena: u64, index: u64) -> Res<Sizes> {
        let bin = bin_at(arena, index);
        let mut sizes = Sizes { from: u64::MAX, ..Sizes::default() };
        let mut chunk = self.ld(bin.wrapping_add(FD))?;
        while chunk != bin {
            self.step()?;
            let size = self.size_word(chunk)?;
            sizes.count += 1;
            sizes.total = sizes.total.wrapping_add(size);
            (sizes.from, sizes.to) = (sizes.from.min(size), sizes.to.max(size));
            chunk = self.ld(chunk.wrapping_add(FD))?;
        }
        Ok(sizes)
    }

    fn add_aspace(&mut self, arena: u64, top: u64, totals: &mut Totals) -> Res<()> {
        if arena == MAIN_ARENA {
            (totals.aspace, totals.mprotect) = (totals.system, totals.system);
            return Ok(());
        }
        let mut heap = heap_for_ptr(top);
        while heap != 0 {
            self.step()?;
            totals.aspace = totals.aspace.wrapping_add(self.ld(heap.wrapping_add(HEAP_SIZE))?);
            totals.mprotect = totals.mprotect.wrapping_add(self.ld(heap.wrapping_add(HEAP_MPROTECT_SIZE))?);
            totals.subheaps += 1;
            heap = self.ld(heap.wrapping_add(HEAP_PREV))?;
        }
        Ok(())
    }
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.fast_count += other.fast_count;
        self.fast_bytes = self.fast_bytes.wrapping_add(other.fast_bytes);
        self.rest_count += other.rest_count;
        self.rest_bytes = self.rest_bytes.wrapping_add(other.rest_bytes);
        self.system = self.system.wrapping_add(other.system);
        self.max_system = self.max_system.wrapping_add(other.max_system);
        self.aspace = self.aspace.wrapping_add(other.aspace);
        self.mprotect = self.mprotect.wrapping_add(other.mprotect);
    }
}

fn write_sizes(text: &mut String, element: &str, sizes: Sizes) {
    if sizes.count != 0 {
        let Sizes { from, to, total, count } = sizes;
        // Writing to a String cannot fail, here and below.
        let _ =
            writeln!(text, "  <{element} from=\"{from}\" to=\"{to}\" total=\"{total}\" count=\"{count}\"/>");
    }
}

fn write_totals(text: &mut String, totals: &Totals, mmap: &str) {
    let _ = writeln!(
        text,
        "<total type=\"fast\" count=\"{}\" size=\"{}\"/>",
        totals.fast_count, totals.fast_bytes
    );
    let _ = writeln!(
        text,
        "<total type=\"rest\" count=\"{}\" size=\"{}\"/>",
        totals.rest_count, totals.rest_bytes
    );
    text.push_str(mmap);
    let _ = writeln!(text, "<system type=\"current\" size=\"{}\"/>", totals.system);
    let _ = writeln!(text, "<system type=\"max\" size=\"{}\"/>", totals.max_system);
    let _ = writeln!(text, "<aspace type=\"total\" size=\"{}\"/>", totals.aspace);
    let _ = writeln!(text, "<aspace type=\"mprotect\" size=\"{}\"/>", totals.mprotect);
}
