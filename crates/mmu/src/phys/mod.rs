//! Physical memory: frame descriptors, their allocation and the host bytes behind frames that hold data.

pub mod frame;
pub mod host;

pub use frame::{Frame, FrameFlags};

use crate::Pfn;
use crate::ids::InodeId;
use host::HostMem;

/// The frame that every process's zero-page mappings show. It has no descriptor of use and is never freed.
pub const ZERO_PFN: Pfn = Pfn(0);

/// No frame could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no free frame")]
pub struct OutOfFrames;

/// All frames of a machine.
#[derive(Clone, Debug)]
pub struct Phys {
    frames: Vec<Frame>,
    free: Vec<Pfn>,
    total: u32,
    used: u32,
    host: HostMem,
}

impl Phys {
    /// Memory of `total` frames, all free but the zero page.
    pub fn new(total: u32) -> Phys {
        let frames = vec![Frame::reserved()];
        Phys { frames, free: Vec::new(), total, used: 1, host: HostMem::new(total) }
    }

    /// A free frame, all zeroes, with no references. Last freed, first given.
    pub fn alloc(&mut self) -> Result<Pfn, OutOfFrames> {
        if self.used >= self.total {
            return Err(OutOfFrames);
        }
        self.used += 1;
        if let Some(pfn) = self.free.pop() {
            self.frames[pfn.index()] = Frame::default();
            return Ok(pfn);
        }
        let pfn = Pfn(self.frames.len() as u32);
        self.frames.push(Frame::default());
        Ok(pfn)
    }

    /// Gives a frame back; its data is gone.
    pub fn free(&mut self, pfn: Pfn) {
        self.host.drop_data(pfn);
        self.used -= 1;
        self.free.push(pfn);
    }

    /// A frame's descriptor.
    pub fn frame(&self, pfn: Pfn) -> &Frame {
        &self.frames[pfn.index()]
    }

    /// A frame's descriptor, to change.
    pub fn frame_mut(&mut self, pfn: Pfn) -> &mut Frame {
        &mut self.frames[pfn.index()]
    }

    /// The host bytes.
    pub fn host(&self) -> &HostMem {
        &self.host
    }

    /// The host bytes, to change.
    pub fn host_mut(&mut self) -> &mut HostMem {
        &mut self.host
    }

    /// Copies a frame's content to a frame that holds only zeroes.
    pub fn copy_frame(&mut self, from: Pfn, to: Pfn) {
        self.host.copy(from, to);
    }

    /// Frames in use, tables and the zero page included.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// All frames.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Marks a frame as page `index` of a file.
    pub fn set_file_page(&mut self, pfn: Pfn, inode: InodeId, index: u64) {
        let frame = self.frame_mut(pfn);
        frame.mapping = inode.0;
        frame.set_index(index);
        frame.insert(FrameFlags::FILE);
    }
}
