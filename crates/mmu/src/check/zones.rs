//! The zones' free pages against the machine's, and what the lists hold against frames.

use super::CheckError;
use crate::phys::{FrameFlags, Zone};
use crate::reclaim::LruList;
use crate::{Machine, Pfn};

impl Machine {
    /// Recounts the free pages of the zones and the lengths of the lists.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_zones(&self) -> Result<(), CheckError> {
        let free = self.phys.zones.iter().map(Zone::free_pages).sum();
        let found = u64::from(self.phys.total().saturating_sub(self.phys.used()));
        agree("free pages of the zones", free, found)?;
        let Some(lruvec) = &self.phys.lruvec else { return Ok(()) };
        let mut found = [0; 5];
        for pfn in (0..self.phys.described()).map(Pfn) {
            let Some(list) = lruvec.lists.list_of(pfn) else { continue };
            let frame = self.phys.frame(pfn);
            found[list as usize] += 1 << frame.order();
            if !frame.flags().intersects(FrameFlags::ANON | FrameFlags::FILE) {
                return Err(CheckError::Frame { pfn, what: "on a list and no page of a program or file" });
            }
            if frame.has(FrameFlags::TAIL) {
                return Err(CheckError::Frame { pfn, what: "on a list and not the first of its folio" });
            }
        }
        for list in LruList::ALL {
            agree("pages on a list", lruvec.lists.size(list), found[list as usize])?;
        }
        Ok(())
    }
}

fn agree(what: &'static str, kept: u64, found: u64) -> Result<(), CheckError> {
    match kept == found {
        true => Ok(()),
        false => Err(CheckError::Count { mm: None, what, kept, found }),
    }
}
