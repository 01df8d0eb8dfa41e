//! `/proc/PID/statm` (Linux: `proc_pid_statm`).

use crate::Errno;
use crate::task::{Kernel, Pid};

impl Kernel {
    /// The kernel's line: size, resident, shared, text, lib (0), data, dirty (0), all in pages.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn statm_text(&self, pid: Pid) -> Result<String, Errno> {
        let process = self.process(pid)?;
        let stats = &self.machine.mm(process.mm).stats;
        let shared = stats.file_pages + stats.shmem_pages;
        let data = stats.data_vm_pages + stats.stack_vm_pages;
        let text = process.places.code_bytes() >> self.machine.page_shift();
        let (size, resident) = (stats.total_vm_pages, stats.rss_pages());
        Ok(format!("{size} {resident} {shared} {text} 0 {data} 0\n"))
    }
}
