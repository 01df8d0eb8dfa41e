//! The numbers by which a policy of the literature knows pages.
//!
//! A policy remembers pages that have gone, so a number belongs to what a page holds, not to its frame: it is found again when that
//! comes back from swap or from its file. What has gone once keeps its number for as long as the machine lives.

use crate::Pfn;
use crate::phys::{Frame, FrameFlags};
use crate::policy::list::PerPage;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a page holds: the page of a family of anonymous memory, or of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    anon: bool,
    mapping: u32,
    index: u64,
}

impl Identity {
    pub(super) fn of(frame: &Frame) -> Identity {
        Identity { anon: frame.has(FrameFlags::ANON), mapping: frame.mapping, index: frame.index() }
    }
}

/// The numbers of resident pages and of those that have gone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Numbers {
    /// A frame's number, counted from 1; 0 if it has none.
    of: PerPage<u32>,
    /// The frame of a number.
    frames: Vec<Option<Pfn>>,
    gone: HashMap<Identity, u32>,
    free: Vec<u32>,
}

impl Numbers {
    /// The number of a resident page.
    pub(super) fn get(&self, pfn: Pfn) -> Option<u32> {
        self.of.get(pfn.0).checked_sub(1)
    }

    /// The resident page with a number.
    pub(super) fn frame(&self, number: u32) -> Option<Pfn> {
        self.frames.get(number as usize).copied().flatten()
    }

    /// A page comes in: the number it had when it went, or a new one.
    pub(super) fn enter(&mut self, pfn: Pfn, identity: Identity) -> u32 {
        let number = self.gone.remove(&identity).or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.frames.push(None);
            self.frames.len() as u32 - 1
        });
        self.frames[number as usize] = Some(pfn);
        self.of.set(pfn.0, number + 1);
        number
    }

    /// A page has moved to another frame.
    pub(super) fn rename(&mut self, from: Pfn, to: Pfn) {
        if let Some(number) = self.drop_frame(from) {
            self.frames[number as usize] = Some(to);
            self.of.set(to.0, number + 1);
        }
    }

    /// A page was reclaimed: what it holds keeps its number.
    pub(super) fn leave(&mut self, pfn: Pfn, identity: Identity) -> Option<u32> {
        let number = self.drop_frame(pfn)?;
        if let Some(other) = self.gone.insert(identity, number) {
            self.free.push(other);
        }
        Some(number)
    }

    /// A page is no more, and what it held with it.
    pub(super) fn forget(&mut self, pfn: Pfn) -> Option<u32> {
        let number = self.drop_frame(pfn)?;
        self.free.push(number);
        Some(number)
    }

    fn drop_frame(&mut self, pfn: Pfn) -> Option<u32> {
        let number = self.get(pfn)?;
        self.of.set(pfn.0, 0);
        self.frames[number as usize] = None;
        Some(number)
    }

    /// The resident pages with their numbers.
    pub(super) fn resident(&self) -> impl Iterator<Item = (Pfn, u32)> {
        (0u32..).zip(&self.frames).filter_map(|(number, pfn)| Some(((*pfn)?, number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_has_its_number() {
        let identity = |index| Identity { anon: true, mapping: 1, index };
        let mut numbers = Numbers::default();
        assert_eq!(numbers.enter(Pfn(10), identity(0)), 0);
        assert_eq!(numbers.enter(Pfn(11), identity(1)), 1);
        assert_eq!(numbers.leave(Pfn(10), identity(0)), Some(0));
        assert_eq!((numbers.get(Pfn(10)), numbers.frame(1)), (None, Some(Pfn(11))));
        assert_eq!(numbers.forget(Pfn(11)), Some(1));
        assert_eq!(numbers.enter(Pfn(11), identity(2)), 1, "nobody remembers the other");
        assert_eq!(numbers.enter(Pfn(12), identity(0)), 0);
        assert_eq!(numbers.resident().count(), 2);
    }
}
