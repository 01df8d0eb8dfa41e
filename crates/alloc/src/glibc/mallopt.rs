//! `mallopt`.

use crate::Os;

use super::call::{Call, Res};
use super::state::MAIN_ARENA;

/// The parameters' numbers in `<malloc.h>`.
const M_MXFAST: i32 = 1;
const M_TRIM_THRESHOLD: i32 = -1;
const M_TOP_PAD: i32 = -2;
const M_MMAP_THRESHOLD: i32 = -3;
const M_MMAP_MAX: i32 = -4;
const M_PERTURB: i32 = -6;
const M_ARENA_TEST: i32 = -7;
const M_ARENA_MAX: i32 = -8;

impl<O: Os> Call<'_, O> {
    /// `__libc_mallopt`: false if the value was refused; unknown parameters are accepted, and each call consolidates.
    pub(super) fn libc_mallopt(&mut self, param: i32, value: i32) -> Res<bool> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        self.malloc_consolidate(MAIN_ARENA)?;
        let par = &mut self.lib.par;
        let size = value as i64 as u64;
        match param {
            M_MXFAST => return Ok(par.set_mxfast(size)),
            M_TRIM_THRESHOLD => par.set_trim_threshold(size),
            M_TOP_PAD => par.set_top_pad(size),
            M_MMAP_THRESHOLD => return Ok(par.set_mmap_threshold(size)),
            M_MMAP_MAX => par.set_mmaps_max(value),
            M_PERTURB => par.perturb = value,
            M_ARENA_TEST if value > 0 => par.arena_test = size,
            M_ARENA_MAX if value > 0 => par.arena_max = size,
            _ => {}
        }
        Ok(true)
    }
}
