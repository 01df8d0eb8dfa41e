//! Frames that are free once their only mapping is gone, many at a time (Linux: `free_pages_and_swap_cache` after a zap).

use super::{Frame, FrameFlags, Pattern, Phys};
use crate::Pfn;

impl Phys {
    /// Gives back as many small anonymous frames of `pfns` as one entry each mapped, and none does any more, if nobody else keeps
    /// account of them: how many.
    #[inline]
    pub(crate) fn free_mapped_once(&mut self, pfns: impl Iterator<Item = Pfn>) -> usize {
        if self.lruvec.is_some() || self.memcg.is_some() {
            return 0;
        }
        let zone = &mut self.zones.preferred;
        let mut freed = 0;
        for pfn in pfns {
            let frame = self.frames.find_mut(pfn);
            let Some(frame) = frame.filter(|frame| MAPPED_ONCE.fits(std::slice::from_ref(*frame))) else {
                break;
            };
            if !zone.has(pfn) {
                break;
            }
            *frame = Frame::default();
            zone.put(pfn);
            self.host.drop_data(pfn);
            freed += 1;
        }
        self.used.give(freed as u32);
        freed
    }

    /// The same of `N` frames from `first` on, the last one first if `DOWN`: whether all of them were such, or none was given back.
    #[inline(always)]
    pub(crate) fn free_many_mapped_once<const N: usize, const DOWN: bool>(&mut self, first: Pfn) -> bool {
        let zone = &mut self.zones.preferred;
        let last = first + (N as u32 - 1);
        let ours = zone.has(first) && zone.has(last);
        if self.lruvec.is_some() || self.memcg.is_some() || !ours {
            return false;
        }
        let frames = self.frames.many_mut::<N>(first);
        let Some(frames) = frames.filter(|frames| MAPPED_ONCE.fits(*frames)) else { return false };
        frames.fill(Frame::default());
        self.used.give(N as u32);
        zone.put_all((0..N as u32).map(|i| if DOWN { Pfn(last.0 - i) } else { first + i }));
        self.host.drop_neighbours::<N, DOWN>(first);
        true
    }
}

/// A small anonymous frame outside the swap cache that one entry maps.
const MAPPED_ONCE: Pattern = Pattern::mapped_once(
    FrameFlags::ANON.union(FrameFlags::HEAD).union(FrameFlags::TAIL).union(FrameFlags::SWAPCACHE),
    FrameFlags::ANON,
);
