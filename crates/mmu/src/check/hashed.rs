//! The hashed page table against the kernel's own: each entry names a page that is there, with no right that it does not have.

use super::CheckError;
use crate::hashed::Key;
use crate::paging::Pte;
use crate::paging::table::Lookup;
use crate::{Machine, MmId, VirtAddr};

impl Machine {
    /// Checks that no entry of the hashed table is stale and each is found on its chain.
    ///
    /// # Errors
    /// The first that is not as the kernel's tables say.
    pub fn check_hashed(&self) -> Result<(), CheckError> {
        let Some(hashed) = self.hashed() else { return Ok(()) };
        hashed.entries(&self.phys).into_iter().try_for_each(|(key, pte)| self.check_entry(key, pte))
    }

    fn check_entry(&self, key: Key, cached: Option<Pte>) -> Result<(), CheckError> {
        let alive =
            |mm: &Option<crate::mm::Mm>| mm.as_ref().is_some_and(|mm| mm.tables.context == key.context);
        let at = self.mms.iter().position(alive).unwrap_or(usize::MAX);
        let (mm, addr) = (MmId(at as u32), VirtAddr::new(key.page << self.page_shift()));
        let stale = |actual: String| {
            Err(CheckError::StaleTlb { mm, addr, cached: format!("hashed {cached:?}"), actual })
        };
        if at == usize::MAX {
            return stale("no address space".to_owned());
        }
        match (self.mm(mm).tables.lookup(&self.phys, addr), cached) {
            (Lookup::Base(_, pte), Some(cached))
                if pte.is_present() && pte.pfn() == cached.pfn() && pte.has(cached.flags() - NOT_A_RIGHT) =>
            {
                Ok(())
            }
            (other, _) => stale(format!("{other:?}")),
        }
    }
}

/// What forbids instead of allowing.
const NOT_A_RIGHT: crate::PteFlags = crate::PteFlags::NO_EXECUTE;
