//! The descriptors of all frames that were ever given out, by frame number.

use super::frame::Frame;
use super::shared::{LateShared, Shared, Store};
use crate::Pfn;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::Range;

/// log2 of the descriptors that are shared or not together: 4 KiB of them.
const PIECE_SHIFT: u32 = 8;

/// So many take a block that the host's malloc always maps afresh (glibc: above `DEFAULT_MMAP_THRESHOLD_MAX`): it is zeroes already and
/// costs nothing until it is written, where a block used before would have to be cleared.
const MAPPED: usize = (32 << 20) / size_of::<Frame>() + 1;

/// Descriptors from frame 0 on.
#[derive(Debug)]
pub(crate) struct Frames(LateShared<Vec<Frame>>);

impl Frames {
    pub(super) fn new(frames: Vec<Frame>) -> Frames {
        Frames(LateShared::new(frames, PIECE_SHIFT))
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.shared.as_ref().map_or(self.0.plain.len(), |shared| shared.own().len())
    }

    /// Describes the frames below `len`, those that are new as free.
    pub(super) fn resize(&mut self, len: usize) {
        let last = self.len().saturating_sub(1);
        let frames = match &mut self.0.shared {
            None => &mut self.0.plain,
            // The piece that the last one is in grows.
            Some(shared) => shared.of_mut(last),
        };
        frames.resize(len, Frame::default());
    }

    #[inline]
    pub(crate) fn get(&self, pfn: Pfn) -> &Frame {
        match self.0.plain.get(pfn.index()) {
            Some(frame) => frame,
            None => &self.shared(pfn)[pfn.index()],
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, pfn: Pfn) -> &mut Frame {
        self.find_mut(pfn).expect("a frame that was given out")
    }

    #[inline]
    pub(crate) fn find_mut(&mut self, pfn: Pfn) -> Option<&mut Frame> {
        match self.0.plain.get_mut(pfn.index()) {
            Some(frame) => Some(frame),
            None => shared_mut(&mut self.0.shared, pfn),
        }
    }

    /// `N` from `first` on, if they are kept in one piece.
    #[inline]
    pub(crate) fn many_mut<const N: usize>(&mut self, first: Pfn) -> Option<&mut [Frame; N]> {
        let (first, last) = (first.index(), first.index() + N - 1);
        let frames = match &mut self.0.shared {
            None => &mut self.0.plain,
            Some(shared) if first >> PIECE_SHIFT == last >> PIECE_SHIFT && last < shared.own().len() => {
                shared.of_mut(first)
            }
            Some(_) => return None,
        };
        frames.get_mut(first..)?.first_chunk_mut()
    }

    #[cold]
    fn shared(&self, pfn: Pfn) -> &Vec<Frame> {
        self.0.shared.as_ref().expect("a frame that was given out").of(pfn.index())
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Frame> {
        (0..self.len() as u32).map(|frame| self.get(Pfn(frame)))
    }

    /// From now on a clone shares them all.
    pub(super) fn freeze(&mut self) {
        let len = self.len();
        self.0.freeze(len);
    }
}

#[cold]
fn shared_mut(shared: &mut Option<Box<Shared<Vec<Frame>>>>, pfn: Pfn) -> Option<&mut Frame> {
    shared
        .as_mut()
        .filter(|shared| pfn.index() < shared.own().len())?
        .of_mut(pfn.index())
        .get_mut(pfn.index())
}

impl Clone for Frames {
    fn clone(&self) -> Frames {
        Frames(self.0.copy(self.len()))
    }
}

impl Store for Vec<Frame> {
    fn empty() -> Vec<Frame> {
        Vec::new()
    }

    fn blank(&self) -> Vec<Frame> {
        let mut frames = bytemuck::zeroed_vec(self.len().max(MAPPED));
        frames.truncate(self.len());
        frames
    }

    fn copy_piece(&mut self, from: &Vec<Frame>, piece: Range<usize>) {
        let piece = piece.start..piece.end.min(from.len());
        if self.len() < piece.end {
            self.resize(piece.end, Frame::default());
        }
        self[piece.clone()].clone_from_slice(&from[piece]);
    }
}

impl Serialize for Frames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Frames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Frames, D::Error> {
        Vec::deserialize(deserializer).map(Frames::new)
    }
}
