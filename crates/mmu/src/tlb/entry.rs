//! What a TLB holds of a page.

use super::array::Entry;
use super::asid::{GLOBAL_TAG, TAG_BITS};
use super::level::Place;
use super::{KEY_SHIFT, SIZE_BITS, Tlb};
use crate::paging::{Pte, PteFlags};
use crate::{Access, Pfn};

/// A page as the TLB knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(super) entry: Entry,
    /// 0: a base page.
    pub(super) size: u8,
    /// What its windows depend on besides their own set: a set of an array of larger pages; 0: nothing.
    pub(crate) large_set: u32,
}

/// An entry, taken apart for checks and views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    /// 1 or 2.
    pub(crate) level: u32,
    /// An instruction TLB has it.
    pub(crate) code: bool,
    /// Whose it is; None: everybody's (global).
    pub(crate) context: Option<u64>,
    /// Up to which of its owner's flushes.
    pub(crate) generation: u64,
    /// 0: a base page; else the level of the leaves whose span it has.
    pub(crate) size: u32,
    /// The low bits of the page's first address that are translated.
    pub(crate) addr: u64,
    pub(crate) pfn: Pfn,
    pub(crate) writable: bool,
    pub(crate) dirty: bool,
    pub(crate) executable: bool,
}

const FRAME_SHIFT: u32 = 8;
const WRITABLE: u64 = 1;
const DIRTY: u64 = 2;
const NO_EXECUTE: u64 = 4;

impl Mapped {
    /// A base page.
    #[inline]
    pub(crate) fn small(entry: Entry) -> Mapped {
        Mapped { entry, size: 0, large_set: 0 }
    }

    /// A page of `size` in a first-level set.
    pub(super) fn at(entry: Entry, size: usize, place: Place, set: usize) -> Mapped {
        let large_set = match place {
            Place::Small if size == 0 => 0,
            Place::Small => 1 << 30,
            Place::Large => set as u32 + 1,
            Place::Huge => (1 << 29) + set as u32,
        };
        Mapped { entry, size: size as u8, large_set }
    }

    /// Whether it may be used as it is. A store to a page whose entry is not dirty has to walk, to set the dirty bit.
    #[inline]
    pub(crate) fn allows(self, access: Access) -> bool {
        match access {
            Access::Read => true,
            Access::Write => self.is_dirty(),
            Access::Fetch => self.entry.0 & NO_EXECUTE == 0,
        }
    }

    /// Writable, and stored to before.
    #[inline]
    pub(crate) fn is_dirty(self) -> bool {
        self.entry.0 & (WRITABLE | DIRTY) == WRITABLE | DIRTY
    }

    #[inline]
    pub(crate) fn first_frame(self) -> Pfn {
        self.entry.first_frame()
    }
}

impl Entry {
    /// The entry of a page that begins at `pfn` with the rights of `pte`.
    #[inline]
    pub(super) fn of(pfn: Pfn, pte: Pte) -> Entry {
        let bit = |flag, bit| u64::from(pte.has(flag)) * bit;
        let rights = bit(PteFlags::WRITABLE, WRITABLE)
            | bit(PteFlags::DIRTY, DIRTY)
            | bit(PteFlags::NO_EXECUTE, NO_EXECUTE);
        Entry(u64::from(pfn.0) << FRAME_SHIFT | rights)
    }

    /// The same rights for the piece that begins `frames` frames on.
    pub(super) fn piece(self, frames: u64) -> Entry {
        Entry(self.0 + (frames << FRAME_SHIFT))
    }

    #[inline]
    fn first_frame(self) -> Pfn {
        Pfn((self.0 >> FRAME_SHIFT) as u32)
    }
}

impl Tlb {
    /// All live entries, the first level first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cached> {
        let code = |level: &'_ Option<Box<super::level::Level>>| -> Vec<(u64, Entry)> {
            level.as_ref().map(|level| level.iter().collect()).unwrap_or_default()
        };
        let of = |entries: Vec<(u64, Entry)>, level, code| {
            entries.into_iter().filter_map(move |(key, entry)| self.cached((level, code), key, entry))
        };
        of(self.data.iter().collect(), 1, false)
            .chain(of(code(&self.code), 1, true))
            .chain(of(self.second.iter().collect(), 2, false))
            .chain(of(code(&self.second_code), 2, true))
    }

    fn cached(&self, (level, code): (u32, bool), key: u64, entry: Entry) -> Option<Cached> {
        let tag = key & ((1 << TAG_BITS) - 1);
        let (context, generation) = match tag {
            GLOBAL_TAG => (None, 0),
            _ => self.asids.context(tag).map(|(context, generation)| (Some(context), generation))?,
        };
        let size = key >> TAG_BITS & ((1 << SIZE_BITS) - 1);
        let bit = |bit| entry.0 & bit != 0;
        Some(Cached {
            level,
            code,
            context,
            generation,
            size: size as u32,
            addr: key >> KEY_SHIFT << self.shifts[size as usize],
            pfn: entry.first_frame(),
            writable: bit(WRITABLE),
            dirty: bit(DIRTY),
            executable: !bit(NO_EXECUTE),
        })
    }
}
