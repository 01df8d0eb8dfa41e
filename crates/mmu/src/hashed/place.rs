//! Arrays of small things in emulated frames.

use crate::Pfn;
use crate::phys::{FrameFlags, MAX_ORDER, OutOfFrames, Phys};
use serde::{Deserialize, Serialize};

/// An array whose elements are `stride` bytes, a multiple of 4, and do not cross frames.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    stride: usize,
    per_frame: usize,
    frames: Vec<Pfn>,
}

impl Place {
    /// No element yet.
    pub(super) fn new(stride: usize, frame_bytes: u64) -> Place {
        Place { stride, per_frame: frame_bytes as usize / stride, frames: Vec::new() }
    }

    /// Room for `elements` in all, in blocks as large as there are.
    ///
    /// # Errors
    /// Without frames.
    pub(super) fn reach(&mut self, phys: &mut Phys, elements: u64) -> Result<(), OutOfFrames> {
        let wanted = elements.div_ceil(self.per_frame as u64) as usize;
        while self.frames.len() < wanted {
            let order = (wanted - self.frames.len()).ilog2().min(MAX_ORDER);
            let first = phys.alloc_order(order)?;
            for pfn in (first.0..first.0 + (1 << order)).map(Pfn) {
                phys.frame_mut(pfn).insert(FrameFlags::TABLE);
                self.frames.push(pfn);
            }
        }
        Ok(())
    }

    /// How many elements there is room for.
    pub(super) fn len(&self) -> u64 {
        (self.frames.len() * self.per_frame) as u64
    }

    /// Its frames.
    pub(super) fn frames(&self) -> &[Pfn] {
        &self.frames
    }

    /// Word `word` (of 8 bytes) of an element.
    pub(super) fn word(&self, phys: &Phys, element: u64, word: usize) -> u64 {
        let (pfn, offset) = self.at(element);
        phys.host().word(pfn, offset + word * 8)
    }

    /// Sets word `word` of an element.
    pub(super) fn set_word(&self, phys: &mut Phys, element: u64, word: usize, value: u64) {
        let (pfn, offset) = self.at(element);
        phys.host_mut().set_word(pfn, offset + word * 8, value);
    }

    /// An element of 4 bytes.
    pub(super) fn half(&self, phys: &Phys, element: u64) -> u32 {
        let (pfn, offset) = self.at(element);
        (phys.host().word(pfn, offset & !7) >> (offset % 8 * 8)) as u32
    }

    /// Sets an element of 4 bytes.
    pub(super) fn set_half(&self, phys: &mut Phys, element: u64, value: u32) {
        let (pfn, offset) = self.at(element);
        let shift = offset % 8 * 8;
        let kept = phys.host().word(pfn, offset & !7) & !(u64::from(u32::MAX) << shift);
        phys.host_mut().set_word(pfn, offset & !7, kept | u64::from(value) << shift);
    }

    fn at(&self, element: u64) -> (Pfn, usize) {
        let element = element as usize;
        (self.frames[element / self.per_frame], element % self.per_frame * self.stride)
    }
}
