//! A process on the PDP-11: its segments in the pages of the two spaces, and what the kernel loads into their registers.
//!
//! A segment takes whole pages of 8 KiB, the last one as long as it has to be. What can be fetched from is in the instruction space, all
//! that is written, and constants, in the data space; what is both is in both. No page grows down: the kernel makes segments longer.

use super::descriptor::SegmentFault;
use super::pdp11::{PAGE_BYTES, PageRegisters, Spaces};
use super::space::Segment;
use crate::Access;
use serde::{Deserialize, Serialize};

const PAGES: u64 = 8;
/// The end of what 16 bits of blocks name, and six of bytes in one.
const MEMORY_BYTES: u64 = 1 << 22;

/// The pages of a process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Split {
    spaces: Spaces,
    /// The first page of each segment in the instruction space and in the data space.
    first: Vec<[u64; 2]>,
    /// Pages in each.
    pages: [u64; 2],
    /// Whether a page lies where no register reaches.
    too_high: bool,
}

fn is_in(segment: &Segment, data: bool) -> bool {
    if data { segment.write || !segment.execute } else { segment.execute }
}

impl Split {
    /// Of a process with these segments.
    pub(super) fn of(segments: &[Segment]) -> Split {
        let mut split =
            Split { spaces: Spaces::default(), first: Vec::new(), pages: [0; 2], too_high: false };
        for segment in segments {
            split.first.push(split.pages);
            for data in [false, true].into_iter().filter(|data| is_in(segment, *data)) {
                split.add(segment, data);
            }
        }
        split
    }

    fn add(&mut self, segment: &Segment, data: bool) {
        let pages = segment.len().div_ceil(PAGE_BYTES);
        for page in 0..pages {
            let at = self.pages[usize::from(data)] + page;
            let space = if data { &mut self.spaces.d } else { &mut self.spaces.i };
            let (Some(registers), Some(place)) = (space.get_mut(at as usize), segment.place) else {
                continue;
            };
            let start = place + page * PAGE_BYTES;
            let bytes = (segment.len() - page * PAGE_BYTES).min(PAGE_BYTES);
            self.too_high |= start + bytes > MEMORY_BYTES;
            let blocks = (bytes / 64) as u16;
            *registers = PageRegisters::new((start / 64) as u16, blocks, data && segment.write, false);
        }
        self.pages[usize::from(data)] += pages;
    }

    /// The physical address, 22 bits, of an access to segment `at` of `segments`.
    pub(super) fn translate(
        &self,
        segments: &[Segment],
        at: usize,
        addr: u64,
        access: Access,
    ) -> Result<u32, SegmentFault> {
        let data = access != Access::Fetch;
        let segment = &segments[at];
        if !data && !is_in(segment, data) {
            return Err(SegmentFault::Type);
        }
        // Constants of the code are read through the instruction space where they have no page of data.
        let data = data && is_in(segment, true);
        let offset = addr - segment.start;
        let page = self.first[at][usize::from(data)] + offset / PAGE_BYTES;
        if page >= PAGES {
            return Err(SegmentFault::Limit);
        }
        let virtual_address = (page * PAGE_BYTES + offset % PAGE_BYTES) as u16;
        match (data, access) {
            (false, Access::Write) => Err(SegmentFault::Type),
            (false, _) => self.spaces.translate(virtual_address, Access::Fetch),
            (true, _) => self.spaces.translate(virtual_address, access),
        }
    }

    /// Why the process does not fit, if it does not.
    pub(super) fn refusal(&self) -> Option<String> {
        let names = ["instruction", "data"];
        let over = names.into_iter().zip(self.pages).find(|(_, pages)| *pages > PAGES);
        match over {
            Some((name, pages)) => {
                Some(format!("{pages} pages of 8 KiB of {name} space; there are 8 (64 KiB)"))
            }
            None if self.too_high => Some("a page beyond the 4 MiB of memory that 22 bits reach".to_owned()),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::space::Part;
    use super::*;

    /// Of a process of 6 KiB of code and 12 KiB of data at odd places, each byte is where its segment is.
    #[test]
    fn registers_lead_to_where_the_segments_are() {
        let segment = |start: u64, bytes: u64, write: bool, place: u64| Segment {
            part: Part::Mapping,
            start,
            end: start + bytes,
            write,
            execute: !write,
            place: Some(place),
            over_pages: false,
        };
        let segments =
            [segment(0x40_0000, 6 << 10, false, 0x1_2040), segment(0x50_0000, 12 << 10, true, 0x3_0000)];
        let split = Split::of(&segments);
        assert_eq!(split.pages, [1, 2]);
        assert_eq!((split.spaces.i[0].par, split.spaces.i[0].pdr), (0o2201, 95 << 8 | 0o2));
        assert_eq!((split.spaces.d[1].par, split.spaces.d[1].pdr), (0o6200, 63 << 8 | 0o6));
        assert_eq!(split.translate(&segments, 0, 0x40_0123, Access::Fetch), Ok(0x1_2163));
        assert_eq!(split.translate(&segments, 0, 0x40_0123, Access::Write), Err(SegmentFault::Type));
        for offset in [0, 8191, 8192, 12287] {
            let there = split.translate(&segments, 1, 0x50_0000 + offset, Access::Write);
            assert_eq!(there, Ok(0x3_0000 + offset as u32));
        }
        assert_eq!(split.translate(&segments, 1, 0x50_0000, Access::Fetch), Err(SegmentFault::Type));
        assert_eq!(split.refusal(), None);
    }
}
