//! `/proc/PID/oom_score_adj` and `/proc/PID/oom_score` (Linux: `fs/proc/base.c`).

use crate::{Errno, Task};
use memtwin_mmu::reclaim::oom::{OOM_SCORE_ADJ_MAX, OOM_SCORE_ADJ_MIN};

impl Task<'_> {
    /// Writes the caller's `oom_score_adj`. Only root may lower it below 0.
    ///
    /// # Errors
    /// `EINVAL` outside -1000 to 1000, `EACCES` below 0 without CAP_SYS_RESOURCE.
    pub fn set_oom_score_adj(&mut self, adj: i64) -> Result<(), Errno> {
        let adj = i16::try_from(adj).map_err(|_| Errno::EINVAL)?;
        if !(OOM_SCORE_ADJ_MIN..=OOM_SCORE_ADJ_MAX).contains(&adj) {
            return Err(Errno::EINVAL);
        }
        if adj < 0 && !self.kernel.machine.config.privileged {
            return Err(Errno::EACCES);
        }
        let mm = self.mm;
        self.machine().mm_mut(mm).oom_score_adj = adj;
        Ok(())
    }

    /// Reads the caller's `oom_score`.
    pub fn oom_score(&self) -> u64 {
        self.kernel.machine.oom_score(self.mm)
    }
}
