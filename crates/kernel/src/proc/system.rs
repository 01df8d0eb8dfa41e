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

    /// `/proc/swaps` (Linux: `swap_show`): the files and block devices in use, in the order in which they were switched on, sizes in kB.
    pub fn swaps_text(&self) -> String {
        let mut text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n".to_owned();
        let (mut partitions, mut files) = (0, 0);
        for (_, device) in self.machine.swap.devices.iter() {
            let (name, kind) = if device.kind.is_synchronous() {
                partitions += 1;
                (format!("/dev/zram{}", partitions - 1), "partition")
            } else {
                files += 1;
                (if files == 1 { "/swapfile".to_owned() } else { format!("/swapfile{files}") }, "file\t")
            };
            let to_kb = self.machine.page_size() >> 10;
            let (size, used) = (u64::from(device.total()) * to_kb, u64::from(device.used()) * to_kb);
            let tab = |kb: u64| if kb < 10_000_000 { "\t" } else { "" };
            let pad = " ".repeat(40_usize.saturating_sub(name.len()));
            let priority = device.priority;
            text += &format!("{name}{pad}{kind}\t{size}\t{}{used}\t{}{priority}\n", tab(size), tab(used));
        }
        text
    }
}
