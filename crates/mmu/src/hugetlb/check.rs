//! Pools against the page tables: each page is free, held by its memory or mapped, and what is promised is free.

use crate::check::CheckError;
use crate::{Machine, MmId, Pfn, VirtAddr};
use std::collections::BTreeMap;

impl Machine {
    /// Recounts who maps pool pages, what is promised, and that no page is lost.
    ///
    /// # Errors
    /// The first disagreement.
    pub(crate) fn check_hugetlb(&self) -> Result<(), CheckError> {
        let mut found: BTreeMap<Pfn, Vec<(MmId, VirtAddr)>> = BTreeMap::new();
        let mut used = [0_u64; super::POOLS];
        for (at, mm) in self.mms.iter().enumerate() {
            let id = MmId(at as u32);
            for (_, vma) in mm.iter().flat_map(|mm| mm.vmas.iter()) {
                let Some(level) = vma.hugetlb_level() else { continue };
                for (addr, _, pte) in self.hugetlb_entries(id, vma, level) {
                    let maps = found.entry(pte.pfn()).or_default();
                    used[usize::from(level > 1)] += u64::from(maps.is_empty());
                    maps.push((id, addr));
                }
            }
        }
        self.check_maps(&found)?;
        for (level, used) in [1, 2].into_iter().zip(used) {
            self.check_pool(level, used, &found)?;
        }
        Ok(())
    }

    fn check_maps(&self, found: &BTreeMap<Pfn, Vec<(MmId, VirtAddr)>>) -> Result<(), CheckError> {
        for (pfn, maps) in &self.hugetlb.mapped {
            let (kept, found) = (maps.len() as u32, found.get(pfn).map_or(0, Vec::len) as u32);
            if kept != found {
                return Err(CheckError::Mapcount { pfn: *pfn, kept, found });
            }
        }
        Ok(())
    }

    fn check_pool(
        &self,
        level: u32,
        mapped: u64,
        found: &BTreeMap<Pfn, Vec<(MmId, VirtAddr)>>,
    ) -> Result<(), CheckError> {
        let files = || self.hugetlb.files.values().filter(|file| file.level == level);
        let held =
            files().flat_map(|file| file.pages.values()).filter(|pfn| !found.contains_key(pfn)).count();
        let counts = self.hugetlb_pool(level);
        let of = |what, kept, found| match kept == found {
            true => Ok(()),
            false => Err(CheckError::Count { mm: None, what, kept, found }),
        };
        of("hugetlb pages", counts.total, counts.free + mapped + held as u64)?;
        let cached = self
            .hugetlb
            .cached
            .iter()
            .filter(|pfn| files().any(|file| file.pages.values().any(|page| page == *pfn)));
        let given: usize = files().map(|file| file.pages.len()).sum();
        of("hugetlb file pages", cached.count() as u64, given as u64)?;
        let private = self.hugetlb.promises.values().filter(|promises| promises.level == level);
        let promised = files().map(|file| file.reserved.len()).chain(private.map(|all| all.indices.len()));
        let promised = promised.sum::<usize>() as u64;
        let pool = self.hugetlb.pool(level);
        let to_come = pool.promised_again.len() as u64;
        of("hugetlb reservations", counts.reserved.wrapping_add(to_come), promised + pool.lost)?;
        of("hugetlb surplus", counts.surplus, counts.surplus.min(counts.total))
    }
}
