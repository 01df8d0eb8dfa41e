//! `/proc/PID/status`, the lines of memory (Linux: `task_mem`).

use crate::Errno;
use crate::task::{Kernel, Pid};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The memory lines of `/proc/PID/status`, in kB, in the kernel's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusData {
    /// The figures, in the order of [`NAMES`].
    pub kb: [u64; NAMES.len()],
    /// HugetlbPages, in kB.
    pub hugetlb_kb: u64,
}

/// The names of the lines.
pub const NAMES: [&str; 15] = [
    "VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData",
    "VmStk", "VmExe", "VmLib", "VmPTE", "VmSwap",
];

/// The lines that a scenario's `status()` prints.
const LOGGED: [&str; 11] = [
    "VmPeak", "VmSize", "VmLck", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmPTE",
    "VmSwap",
];

impl StatusData {
    /// The figure of the line `name` in kB; 0 if there is none.
    pub fn get(&self, name: &str) -> u64 {
        NAMES.iter().position(|known| *known == name).map_or(0, |at| self.kb[at])
    }

    /// What grew since `base`, by name, zeroes left out; lines that logs leave out are left out.
    pub fn growth(&self, base: &StatusData) -> Vec<(&'static str, i64)> {
        let grown = NAMES
            .iter()
            .zip(self.kb)
            .zip(base.kb)
            .map(|((name, now), then)| (*name, now as i64 - then as i64));
        grown.filter(|(name, kb)| *kb != 0 && LOGGED.contains(name)).collect()
    }

    /// The kernel's text, HugetlbPages included.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, kb) in NAMES.iter().zip(self.kb) {
            let _ = writeln!(text, "{name}:\t{kb:8} kB");
        }
        let _ = writeln!(text, "HugetlbPages:\t{:8} kB", self.hugetlb_kb);
        text
    }
}

impl Kernel {
    /// A process's memory in kB.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn status_data(&self, pid: Pid) -> Result<StatusData, Errno> {
        let process = self.process(pid)?;
        let mm = self.machine.mm(process.mm);
        let stats = &mm.stats;
        let rss = stats.rss_pages();
        let exe = stats.exec_vm_pages.min(process.places.code_bytes() >> self.machine.page_shift());
        let pages = [
            stats.peak_vm_pages.max(stats.total_vm_pages),
            stats.total_vm_pages,
            stats.locked_vm_pages,
            0,
            process.hwm_pages.max(rss),
            rss,
            stats.anon_pages,
            stats.file_pages,
            stats.shmem_pages,
            stats.data_vm_pages,
            stats.stack_vm_pages,
            exe,
            stats.exec_vm_pages - exe,
            mm.tables.table_bytes >> self.machine.page_shift(),
            stats.swap_pages,
        ];
        let page_kb = self.machine.page_size() >> 10;
        let hugetlb_kb = self.machine.hugetlb_bytes(process.mm) >> 10;
        Ok(StatusData { kb: pages.map(|pages| pages * page_kb), hugetlb_kb })
    }

    /// What a process's memory has grown by since the first process began, as `status()` of a scenario prints it.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn status_growth(&self, pid: Pid) -> Result<Vec<(&'static str, i64)>, Errno> {
        Ok(self.status_data(pid)?.growth(&self.base.unwrap_or_default()))
    }
}
