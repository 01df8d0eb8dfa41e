//! What `/proc/meminfo` and `/proc/PID/smaps` say of the pools (Linux: `hugetlb_report_meminfo`).

use crate::smaps::Smaps;
use crate::{Machine, MmId, Pfn, Vma};

impl Machine {
    /// What a mapping of pool pages adds to `/proc/PID/smaps` (Linux: `smaps_hugetlb_range`).
    pub(crate) fn hugetlb_smaps(&self, mm: MmId, vma: &Vma, level: u32) -> Smaps {
        let mut sums = Smaps::default();
        for (_, _, pte) in self.hugetlb_entries(mm, vma, level) {
            let shared = self.hugetlb_mapcount(pte.pfn()) > 1;
            let sum = if shared { &mut sums.shared_hugetlb } else { &mut sums.private_hugetlb };
            *sum += self.config.format.span(level);
        }
        sums
    }

    /// Mappings of the pool page that begins with frame `pfn`; 0 if there is none.
    pub fn hugetlb_mapcount(&self, pfn: Pfn) -> usize {
        self.hugetlb.mapped.get(&pfn).map_or(0, Vec::len)
    }

    /// Whether the pool page that begins with frame `pfn` is a file's, and no private copy.
    pub fn hugetlb_is_cached(&self, pfn: Pfn) -> bool {
        self.hugetlb.cached.contains(&pfn)
    }

    /// The lines from `HugePages_Total` to `Hugetlb`: the first five of the default size, 2 MiB, the last of all.
    pub fn hugetlb_meminfo_text(&self) -> String {
        let counts = self.hugetlb_pool(1);
        let kb = |level: u32| self.config.format.span(level) >> 10;
        let all: u64 = [1, 2].map(|level| self.hugetlb_pool(level).total * kb(level)).iter().sum();
        format!(
            "HugePages_Total:   {:5}\nHugePages_Free:    {:5}\nHugePages_Rsvd:    {:5}\nHugePages_Surp:    {:5}\n\
             Hugepagesize:   {:8} kB\nHugetlb:        {:8} kB\n",
            counts.total,
            counts.free,
            counts.reserved,
            counts.surplus,
            kb(1),
            all
        )
    }
}
