//! `/proc/PID/smaps` and `smaps_rollup` (Linux: `show_smap`, `show_smaps_rollup`).

use super::MapsEntry;
use super::vmflags;
use crate::Errno;
use crate::task::{Kernel, Pid};
use memtwin_mmu::smaps::Smaps;
use std::fmt::Write;

/// A mapping with its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmapsEntry {
    /// As in `/proc/PID/maps`.
    pub map: MapsEntry,
    /// The figures, in bytes.
    pub sums: Smaps,
    /// Bytes of the pages it is made of.
    pub page_bytes: u64,
    /// Whether a huge page could be in it.
    pub thp_eligible: bool,
    /// The flags as the kernel prints them: two letters and a space each.
    pub vm_flags: String,
}

/// Names and figures in kB of what follows the size lines, in the kernel's order; `rollup` has three more.
fn figures(sums: &Smaps, rollup: bool) -> Vec<(&'static str, u64)> {
    let share = |pss: u64| pss >> 22;
    let kb = |bytes: u64| bytes >> 10;
    let mut lines =
        vec![("Rss", kb(sums.rss)), ("Pss", share(sums.pss)), ("Pss_Dirty", share(sums.pss_dirty))];
    if rollup {
        lines.extend([
            ("Pss_Anon", share(sums.pss_anon)),
            ("Pss_File", share(sums.pss_file)),
            ("Pss_Shmem", share(sums.pss_shmem)),
        ]);
    }
    lines.extend([
        ("Shared_Clean", kb(sums.shared_clean)),
        ("Shared_Dirty", kb(sums.shared_dirty)),
        ("Private_Clean", kb(sums.private_clean)),
        ("Private_Dirty", kb(sums.private_dirty)),
        ("Referenced", kb(sums.referenced)),
        ("Anonymous", kb(sums.anonymous)),
        ("KSM", 0),
        ("LazyFree", kb(sums.lazyfree)),
        ("AnonHugePages", kb(sums.anon_huge)),
        ("ShmemPmdMapped", kb(sums.shmem_huge)),
        ("FilePmdMapped", kb(sums.file_huge)),
        ("Shared_Hugetlb", kb(sums.shared_hugetlb)),
        ("Private_Hugetlb", kb(sums.private_hugetlb)),
        ("Swap", kb(sums.swap)),
        ("SwapPss", share(sums.swap_pss)),
        ("Locked", share(sums.pss_locked)),
    ]);
    lines
}

/// The figures that a scenario's `smaps()` prints.
const LOGGED: [&str; 12] = [
    "Rss",
    "Pss",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "LazyFree",
    "AnonHugePages",
    "Swap",
    "Locked",
];

impl SmapsEntry {
    /// The non-zero figures in kB that scenario logs have, in order.
    pub fn logged(&self) -> Vec<(&'static str, u64)> {
        let figures = figures(&self.sums, false);
        figures.into_iter().filter(|(name, kb)| *kb != 0 && LOGGED.contains(name)).collect()
    }

    /// The kernel's text.
    pub fn text(&self) -> String {
        let size = (self.map.end - self.map.start) >> 10;
        let mut text = self.map.text() + "\n";
        let page = self.page_bytes >> 10;
        for (name, kb) in [("Size", size), ("KernelPageSize", page), ("MMUPageSize", page)] {
            line(&mut text, name, kb);
        }
        figures(&self.sums, false).into_iter().for_each(|(name, kb)| line(&mut text, name, kb));
        let _ = writeln!(text, "{:<16}{:8}", "THPeligible:", u32::from(self.thp_eligible));
        let _ = writeln!(text, "VmFlags: {}", self.vm_flags);
        text
    }
}

fn line(text: &mut String, name: &str, kb: u64) {
    let _ = writeln!(text, "{:<16}{kb:8} kB", format!("{name}:"));
}

impl Kernel {
    /// The mappings of a process with what they have in memory, lowest first.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn smaps_data(&self, pid: Pid) -> Result<Vec<SmapsEntry>, Errno> {
        let process = self.process(pid)?;
        let mm = process.mm;
        let entry = |(id, vma): (_, &memtwin_mmu::Vma)| SmapsEntry {
            map: self.maps_entry(process, vma),
            sums: self.machine.smaps(mm, id),
            page_bytes: self.machine.config.format.span(vma.hugetlb_level().unwrap_or(0)),
            thp_eligible: vmflags::thp_eligible(vma, self.machine.config.thp_enabled),
            vm_flags: vmflags::letters(vma.flags),
        };
        Ok(self.machine.mm(mm).vmas.iter().map(entry).collect())
    }

    /// The kernel's text of `/proc/PID/smaps`.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn smaps_text(&self, pid: Pid) -> Result<String, Errno> {
        let mut text: String = self.smaps_data(pid)?.iter().map(SmapsEntry::text).collect();
        text.push_str(&vsyscall().text());
        Ok(text)
    }

    /// The kernel's text of `/proc/PID/smaps_rollup`.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn smaps_rollup_text(&self, pid: Pid) -> Result<String, Errno> {
        let entries = self.smaps_data(pid)?;
        let mut sums = Smaps::default();
        entries.iter().for_each(|entry| sums.add(&entry.sums));
        let all = MapsEntry {
            start: entries.first().map_or(0, |entry| entry.map.start),
            end: entries.last().map_or(0, |entry| entry.map.end),
            perms: "---p".to_owned(),
            name: "[rollup]".to_owned(),
            ..MapsEntry::default()
        };
        let mut text = all.text() + "\n";
        figures(&sums, true).into_iter().for_each(|(name, kb)| line(&mut text, name, kb));
        Ok(text)
    }
}

fn vsyscall() -> SmapsEntry {
    SmapsEntry {
        map: MapsEntry::vsyscall(),
        sums: Smaps::default(),
        page_bytes: 4096,
        thp_eligible: false,
        vm_flags: "ex ".to_owned(),
    }
}
