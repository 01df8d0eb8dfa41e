//! `malloc_stats`: what it prints to stderr.

use std::fmt::Write;

use crate::{Mallinfo2, Os};

use super::call::{Call, Res};

impl<O: Os> Call<'_, O> {
    /// `__malloc_stats`; most figures are cut to 32 bits, as there.
    pub(super) fn libc_malloc_stats(&mut self) -> Res<String> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        let mapped = self.lib.par.mmapped_mem as u32;
        let (mut system, mut in_use, mut number) = (mapped, mapped, 0);
        let mut text = String::new();
        self.for_each_arena(|call, arena| {
            let mut info = Mallinfo2::default();
            call.int_mallinfo(arena, &mut info)?;
            system = system.wrapping_add(info.arena as u32);
            in_use = in_use.wrapping_add(info.uordblks as u32);
            let _ = writeln!(text, "Arena {number}:");
            write_bytes(&mut text, info.arena as u32, info.uordblks as u32);
            number += 1;
            Ok(())
        })?;
        let par = &self.lib.par;
        text.push_str("Total (incl. mmap):\n");
        write_bytes(&mut text, system, in_use);
        let _ = writeln!(text, "max mmap regions = {:10}", par.max_n_mmaps as u32);
        let _ = writeln!(text, "max mmap bytes   = {:10}", par.max_mmapped_mem);
        Ok(text)
    }
}

fn write_bytes(text: &mut String, system: u32, in_use: u32) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "system bytes     = {system:10}");
    let _ = writeln!(text, "in use bytes     = {in_use:10}");
}
