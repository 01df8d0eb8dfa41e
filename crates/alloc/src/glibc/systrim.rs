//! `systrim`: giving the end of the main arena's top back by lowering the break.

use crate::Os;

use super::call::{Call, Res};
use super::chunk::{MINSIZE, PREV_INUSE, align_down};
use super::state::MAIN_ARENA;

impl<O: Os> Call<'_, O> {
    /// `systrim`: was memory given back? `pad` bytes of top stay.
    pub(super) fn systrim(&mut self, pad: u64) -> Res<bool> {
        let top = self.top(MAIN_ARENA)?;
        let size = self.chunksize(top)?;
        let spare = size.wrapping_sub(MINSIZE + 1);
        if spare <= pad {
            return Ok(false);
        }
        let extra = align_down(spare - pad, self.os.page_size());
        if extra == 0 || self.sbrk(0) != Some(top.wrapping_add(size)) {
            return Ok(false);
        }
        let before = self.lib.curbrk;
        self.sbrk((extra as i64).wrapping_neg());
        let released = before.wrapping_sub(self.lib.curbrk);
        if released == 0 {
            return Ok(false);
        }
        self.add_system_mem(MAIN_ARENA, released.wrapping_neg())?;
        self.set_head(top, size.wrapping_sub(released) | PREV_INUSE)?;
        Ok(true)
    }
}
