//! `MORECORE`: glibc's sbrk, which keeps the break it last saw (`__curbrk`) and asks the kernel for it only once.

use crate::Os;

use super::call::Call;

impl<O: Os> Call<'_, O> {
    /// `sbrk (increment)`: the break before, `None` if the kernel refused.
    pub(super) fn sbrk(&mut self, increment: i64) -> Option<u64> {
        if self.lib.curbrk == 0 {
            self.brk(0);
        }
        if increment == 0 {
            return Some(self.lib.curbrk);
        }
        let old = self.lib.curbrk;
        let new = old.checked_add_signed(increment)?;
        self.brk(new).then_some(old)
    }

    /// `brk (address)`: did the kernel go along?
    pub(super) fn brk(&mut self, address: u64) -> bool {
        self.lib.curbrk = self.os.brk(address);
        if self.lib.heap_start == 0 {
            self.lib.heap_start = self.lib.curbrk;
        }
        self.lib.curbrk >= address
    }
}
