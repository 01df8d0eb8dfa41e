//! A write to a page of a shared mapping that is there but not writable: the file system is told, the page becomes dirty (Linux:
//! `wp_page_shared`, `do_page_mkwrite`).

use super::{Fault, FaultResult, Handled};
use crate::paging::{EntryRef, Pte};
use crate::{FaultCause, Machine};

impl Machine {
    /// Makes the page dirty and its entry writable.
    pub(super) fn shared_write_fault(&mut self, fault: &Fault, at: EntryRef, pte: Pte) -> FaultResult {
        self.page_mkwrite(pte.pfn());
        self.reuse_entry(fault, at, pte);
        Ok(Handled::Done(FaultCause::WriteNotify))
    }
}
