//! What a mapping's rights become in its page-table entries (Linux: `protection_map`, `vm_get_page_prot`, `vma_set_page_prot`;
//! arch/x86/mm/pgprot.c).

use super::VmFlags;
use crate::{InodeId, Machine, PteFlags};

impl VmFlags {
    /// The bits of an entry. Private memory is never writable at once: its first store copies or takes over. Without any right
    /// the entry is not present and has Linux's `_PAGE_PROTNONE`, bit 8.
    pub fn page_prot(self) -> PteFlags {
        if !self.intersects(VmFlags::ACCESS) {
            return PteFlags::ACCESSED | PteFlags::GLOBAL;
        }
        let mut prot = PteFlags::PRESENT | PteFlags::USER | PteFlags::ACCESSED;
        prot.set(PteFlags::NO_EXECUTE, !self.contains(VmFlags::EXEC));
        prot.set(PteFlags::WRITABLE, self.contains(VmFlags::WRITE | VmFlags::SHARED));
        prot
    }
}

impl Machine {
    /// The bits that a page of a mapping gets: a shared one is not writable where the file wants to know of the first store.
    pub(super) fn page_prot(&self, flags: VmFlags, inode: Option<InodeId>) -> PteFlags {
        let prot = flags.page_prot();
        if prot.contains(PteFlags::WRITABLE) && self.wants_writenotify(inode) {
            return prot - PteFlags::WRITABLE;
        }
        prot
    }
}
