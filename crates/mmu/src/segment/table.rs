//! The descriptor table of an address space, in emulated frames: Intel SDM volume 3, section 3.5.1.
//!
//! A process has a local table (LDT), which the kernel writes anew when its mappings change and from which the processor loads its
//! segment registers, 8 bytes each time. It lies in frames side by side, at a linear address that is theirs, which its descriptor in
//! the global table says.

use super::descriptor::Descriptor;
use super::system::LocalTable;
use crate::Pfn;
use crate::phys::{FrameFlags, Phys};
use serde::{Deserialize, Serialize};

/// The most descriptors of a local table: its limit has 16 bits.
pub const MAX_DESCRIPTORS: usize = 8192;
const DESCRIPTOR_BYTES: u64 = 8;

/// A local descriptor table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct DescriptorTable {
    /// Its first frame and the order of its block, if it has any.
    block: Option<(Pfn, u32)>,
    descriptors: usize,
}

impl DescriptorTable {
    /// Makes it hold `descriptors`. Without frames it is empty: what is not in a table is not present.
    pub(super) fn write(&mut self, phys: &mut Phys, descriptors: &[Descriptor]) {
        let meant = &descriptors[..descriptors.len().min(MAX_DESCRIPTORS)];
        self.reach(phys, meant.len());
        self.descriptors = if self.block.is_some() { meant.len() } else { 0 };
        let Some((first, order)) = self.block else { return };
        let words = (phys.frame_bytes() / DESCRIPTOR_BYTES) << order;
        for at in 0..words as usize {
            let word = meant.get(at).map_or(0, Descriptor::encode);
            let (pfn, offset) = place(phys, first, at);
            phys.host_mut().set_word(pfn, offset, word);
        }
    }

    /// Room for so many: a block of the least order.
    fn reach(&mut self, phys: &mut Phys, descriptors: usize) {
        let frames = (descriptors as u64 * DESCRIPTOR_BYTES).div_ceil(phys.frame_bytes());
        let order = frames.next_power_of_two().ilog2();
        if self.block.is_some_and(|(_, has)| has == order && frames > 0) {
            return;
        }
        self.free(phys);
        if frames == 0 {
            return;
        }
        self.block = phys.take_reserved(order).map(|first| (first, order));
        for pfn in self.frames() {
            phys.frame_mut(pfn).insert(FrameFlags::TABLE);
        }
    }

    /// Gives its frames back.
    pub(super) fn free(&mut self, phys: &mut Phys) {
        if let Some((first, order)) = self.block.take() {
            phys.give_reserved(first, order);
        }
        self.descriptors = 0;
    }

    /// Where it is, if it has descriptors.
    pub(super) fn local(&self, phys: &Phys) -> Option<LocalTable> {
        let (first, _) = self.block.filter(|_| self.descriptors > 0)?;
        let base = (u64::from(first.0) * phys.frame_bytes()) as u32;
        Some(LocalTable { base, limit: (self.bytes() - 1) as u16 })
    }

    /// Descriptors in it.
    pub(super) fn len(&self) -> usize {
        self.descriptors
    }

    /// Its frames.
    pub(super) fn frames(&self) -> impl Iterator<Item = Pfn> + use<> {
        self.block.into_iter().flat_map(|(first, order)| (first.0..first.0 + (1 << order)).map(Pfn))
    }

    /// Bytes of its descriptors.
    pub(super) fn bytes(&self) -> u64 {
        self.descriptors as u64 * DESCRIPTOR_BYTES
    }
}

fn place(phys: &Phys, first: Pfn, at: usize) -> (Pfn, usize) {
    let per_frame = (phys.frame_bytes() / DESCRIPTOR_BYTES) as usize;
    (first + (at / per_frame) as u32, at % per_frame * DESCRIPTOR_BYTES as usize)
}

#[cfg(test)]
mod tests {
    use super::super::SegmentType;
    use super::*;
    use crate::paging::FormatName;

    /// SDM volume 3, section 3.5.1 and figure 3-8: 8 bytes a descriptor, from the table's first byte on.
    #[test]
    fn descriptors_stand_in_memory() {
        let mut phys = Phys::new(256, FormatName::Segments.format());
        let mut table = DescriptorTable::default();
        let of =
            |base| Descriptor { base, limit: 0xfff, kind: SegmentType::ReadWrite, dpl: 3, present: true };
        table.write(&mut phys, &[of(0x1000), of(0x1234_5000)]);
        let (first, _) = table.block.unwrap();
        assert_eq!(phys.host().word(first, 0), 0x0040_f300_1000_0fff);
        assert_eq!(phys.host().word(first, 8), 0x1240_f334_5000_0fff);
        assert_eq!(table.local(&phys), Some(LocalTable { base: first.0 << 12, limit: 15 }));
        table.write(&mut phys, &vec![of(0x1000); 600]);
        assert_eq!((table.frames().count(), table.bytes()), (2, 4800));
        let used = phys.used();
        table.free(&mut phys);
        assert_eq!(phys.used(), used - 2);
    }
}
