//! The global descriptor table, and what loading a segment register checks: Intel SDM volume 3, sections 3.4.2, 3.5.1 and 5.5 to 5.8.
//!
//! It lies in a frame of its own. Entry 0 is never used; then come flat segments for the kernel and for programs, and the entry of the local
//! table that is in use, at the places where 32-bit Linux has them. The kernel writes that entry and has LDTR loaded from it when another
//! process runs, or the table has moved (Linux: `load_LDT`, `set_ldt`). Left out: one for each processor, task state segments.

use super::descriptor::{Descriptor, SegmentFault, SegmentType};
use super::selector::Selector;
use super::system::LocalTable;
use crate::Pfn;
use crate::phys::{FrameFlags, Phys};
use serde::{Deserialize, Serialize};

/// `GDT_ENTRY_KERNEL_CS` and the three after it.
const FLAT: usize = 12;
/// `GDT_ENTRY_LDT`.
pub(super) const LDT: usize = 17;
const DESCRIPTOR_BYTES: usize = 8;

/// Which segment register is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    /// CS, by a far jump.
    Code,
    /// SS.
    Stack,
    /// DS, ES, FS, GS.
    Data,
}

/// The global table, with LDTR.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct GlobalTable {
    frame: Option<Pfn>,
    /// What LDTR was loaded with, and whose table that is.
    local: Option<(u64, LocalTable)>,
}

impl GlobalTable {
    /// Gives it its frame and what never changes. Without a frame nothing can be loaded from it.
    pub(super) fn set_up(&mut self, phys: &mut Phys) {
        if self.frame.is_some() {
            return;
        }
        let Some(pfn) = phys.take_reserved(0) else { return };
        phys.frame_mut(pfn).insert(FrameFlags::TABLE);
        let kinds = [
            (SegmentType::Code, 0),
            (SegmentType::ReadWrite, 0),
            (SegmentType::Code, 3),
            (SegmentType::ReadWrite, 3),
        ];
        for (at, (kind, dpl)) in kinds.into_iter().enumerate() {
            let flat = Descriptor { base: 0, limit: u32::MAX, kind, dpl, present: true };
            phys.host_mut().set_word(pfn, (FLAT + at) * DESCRIPTOR_BYTES, flat.encode());
        }
        self.frame = Some(pfn);
    }

    /// Makes the local table of `context` the one in use: whether LDTR had to be loaded.
    pub(super) fn use_local(&mut self, phys: &mut Phys, context: u64, table: LocalTable) -> bool {
        if self.local == Some((context, table)) {
            return false;
        }
        let Some(pfn) = self.frame else { return false };
        phys.host_mut().set_word(pfn, LDT * DESCRIPTOR_BYTES, table.encode());
        let loaded = LocalTable::decode(phys.host().word(pfn, LDT * DESCRIPTOR_BYTES));
        self.local = loaded.map(|table| (context, table));
        true
    }

    /// Loads a segment register at privilege level `cpl`.
    ///
    /// # Errors
    /// What the processor would raise; the register stays as it was.
    pub(super) fn load(
        &self,
        phys: &Phys,
        register: Register,
        selector: Selector,
        cpl: u8,
    ) -> Result<Descriptor, SegmentFault> {
        if selector.is_null() {
            return Err(SegmentFault::Null);
        }
        let word = self.word(phys, selector).ok_or(SegmentFault::Limit)?;
        let descriptor = Descriptor::decode(word).ok_or(SegmentFault::Type)?;
        let writable = matches!(descriptor.kind, SegmentType::ReadWrite | SegmentType::ExpandDown);
        let (fits, privileged) = match register {
            // 5.8.1.1: code that does not conform is entered from its own level only.
            Register::Code => {
                (descriptor.kind == SegmentType::Code, descriptor.dpl == cpl && selector.rpl() <= cpl)
            }
            // 5.7: all three levels are the same.
            Register::Stack => (writable, descriptor.dpl == cpl && selector.rpl() == cpl),
            // 5.6: neither the program nor who passed it the selector may be less privileged.
            Register::Data => (true, descriptor.dpl >= cpl.max(selector.rpl())),
        };
        match () {
            () if !fits => Err(SegmentFault::Type),
            () if !privileged => Err(SegmentFault::Privilege),
            () if !descriptor.present => Err(SegmentFault::NotPresent),
            () => Ok(descriptor),
        }
    }

    /// The 8 bytes that a selector names; None beyond the limit of its table.
    fn word(&self, phys: &Phys, selector: Selector) -> Option<u64> {
        let frame_bytes = phys.frame_bytes();
        if !selector.is_local() {
            let offset = selector.index() * DESCRIPTOR_BYTES;
            let pfn = self.frame.filter(|_| offset <= LDT * DESCRIPTOR_BYTES)?;
            return Some(phys.host().word(pfn, offset));
        }
        let linear = u64::from(self.local?.1.entry(selector.index())?);
        let pfn = Pfn((linear / frame_bytes) as u32);
        Some(phys.host().word(pfn, (linear % frame_bytes) as usize))
    }

    /// Bytes of its descriptors.
    pub(super) fn bytes(&self) -> u64 {
        if self.frame.is_some() { ((LDT + 1) * DESCRIPTOR_BYTES) as u64 } else { 0 }
    }

    /// Its frame.
    pub(super) fn frame(&self) -> Option<Pfn> {
        self.frame
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::DescriptorTable;
    use super::*;
    use crate::paging::FormatName;

    const DATA: Descriptor =
        Descriptor { base: 0x1000, limit: 0xfff, kind: SegmentType::ReadWrite, dpl: 3, present: true };

    fn tables(local: &[Descriptor]) -> (Phys, GlobalTable) {
        let mut phys = Phys::new(256, FormatName::Segments.format());
        let (mut global, mut table) = (GlobalTable::default(), DescriptorTable::default());
        global.set_up(&mut phys);
        table.write(&mut phys, local);
        let local = table.local(&phys).expect("frames");
        assert!(global.use_local(&mut phys, 1, local));
        (phys, global)
    }

    /// SDM volume 3, sections 3.4.2 and 3.5.1: TI chooses the table; nothing is beyond its limit; entry 0 of the global one is no segment.
    #[test]
    fn a_selector_names_a_table() {
        let (phys, global) = tables(&[DATA]);
        let load = |selector| global.load(&phys, Register::Data, selector, 3);
        assert_eq!(load(Selector::local(0)), Ok(DATA));
        assert_eq!(load(Selector::local(1)), Err(SegmentFault::Limit));
        assert_eq!(load(Selector(0x7b)).map(|user| (user.base, user.limit)), Ok((0, u32::MAX)));
        assert_eq!(load(Selector::NULL), Err(SegmentFault::Null));
        assert_eq!(load(Selector::global(1, 3)), Err(SegmentFault::Type), "an entry of zeroes");
        assert_eq!(load(Selector::global(LDT, 3)), Err(SegmentFault::Type), "a system descriptor");
        assert_eq!(load(Selector::global(LDT + 1, 3)), Err(SegmentFault::Limit));
    }

    /// Figure 3-8 and table 3-2: the local table's own descriptor stands in the global one.
    #[test]
    fn the_global_table_has_the_local_one() {
        let (mut phys, mut global) = tables(&[DATA, DATA]);
        let (frame, (_, table)) = (global.frame.unwrap(), global.local.unwrap());
        assert_eq!(table.limit, 15);
        assert_eq!(phys.host().word(frame, 17 * 8), table.encode());
        assert_eq!(phys.host().word(frame, 14 * 8), 0x00cf_fb00_0000_ffff, "user code");
        assert!(!global.use_local(&mut phys, 1, table), "it is loaded");
        assert!(global.use_local(&mut phys, 2, table), "another process");
    }

    /// Sections 5.6, 5.7 and 5.8.1.1.
    #[test]
    fn privilege_levels() {
        let (phys, global) =
            tables(&[DATA, Descriptor { dpl: 0, ..DATA }, Descriptor { present: false, ..DATA }]);
        let load =
            |register, selector, cpl| global.load(&phys, register, selector, cpl).map(|loaded| loaded.dpl);
        let (own, kernel) = (Selector::local(0), Selector::local(1));
        assert_eq!(load(Register::Data, kernel, 3), Err(SegmentFault::Privilege), "CPL above DPL");
        assert_eq!(load(Register::Data, kernel, 0), Err(SegmentFault::Privilege), "RPL above DPL");
        assert_eq!(load(Register::Data, Selector(kernel.0 & !3), 0), Ok(0));
        assert_eq!(load(Register::Data, own, 0), Ok(3), "who is privileged may");
        assert_eq!(
            load(Register::Stack, own, 0),
            Err(SegmentFault::Privilege),
            "a stack's levels are all the same"
        );
        assert_eq!(
            (load(Register::Stack, own, 3), load(Register::Stack, Selector::local(2), 3)),
            (Ok(3), Err(SegmentFault::NotPresent))
        );
        assert_eq!(load(Register::Stack, Selector(0x73), 3), Err(SegmentFault::Type), "code is no stack");
        assert_eq!(load(Register::Code, own, 3), Err(SegmentFault::Type), "data cannot be run");
        assert_eq!(load(Register::Code, Selector(0x73), 3), Ok(3));
        assert_eq!(load(Register::Code, Selector(0x73), 0), Err(SegmentFault::Privilege));
        assert_eq!(load(Register::Code, Selector(0x60), 3), Err(SegmentFault::Privilege));
    }
}
