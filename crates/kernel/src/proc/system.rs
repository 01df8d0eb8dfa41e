//! The files about the machine as a whole, by their names.

use crate::task::Kernel;

/// The files there are.
pub const FILES: [&str; 6] = ["meminfo", "vmstat", "zoneinfo", "swaps", "pressure/memory", "memory.stat"];

impl Kernel {
    /// The text of a file of [`FILES`], where `/proc/` and a cgroup's path may stand in front; None if there is no such file, or
    /// no group that `memory.stat` would be of.
    pub fn proc_text(&self, name: &str) -> Option<String> {
        match name.strip_prefix("/proc/").unwrap_or(name) {
            "meminfo" => Some(self.meminfo_text()),
            "vmstat" => Some(self.vmstat_text()),
            "zoneinfo" => Some(self.zoneinfo_text()),
            "swaps" => Some(self.swaps_text()),
            "pressure/memory" => Some(self.machine.psi.at(self.machine.clock.now_ns()).to_string()),
            other if other.ends_with("memory.stat") => self.machine.memcg_stat_text(),
            _ => None,
        }
    }

    /// `/proc/swaps` (Linux: `swap_show`): a file or block device in use, sizes in kB.
    pub fn swaps_text(&self) -> String {
        let mut text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n".to_owned();
        let swap = &self.machine.swap;
        if swap.total() > 0 {
            let (name, kind) = match self.machine.config.swap_device.name() {
                "zram" => ("/dev/zram0", "partition"),
                _ => ("/swapfile", "file\t"),
            };
            let to_kb = self.machine.page_size() >> 10;
            let (size, used) = (u64::from(swap.total()) * to_kb, u64::from(swap.used()) * to_kb);
            let tab = |kb: u64| if kb < 10_000_000 { "\t" } else { "" };
            let pad = " ".repeat(40_usize.saturating_sub(name.len()));
            text += &format!("{name}{pad}{kind}\t{size}\t{}{used}\t{}-2\n", tab(size), tab(used));
        }
        text
    }
}
