//! Pages being written, in the order in which the writes end. Any of them is found, or forgotten, without looking at the others.

use crate::Pfn;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// Writes under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Writes {
    /// When each ends, and of what. A page that is not written any more stays here until then.
    queue: VecDeque<(u64, Pfn)>,
    /// When the write of each page ends.
    #[serde(serialize_with = "crate::ids::ordered")]
    ends_ns: HashMap<Pfn, u64>,
}

impl Writes {
    /// A write of `pfn` begins; it ends at `ends_ns`, no sooner than those before it.
    pub(super) fn push(&mut self, ends_ns: u64, pfn: Pfn) {
        self.queue.push_back((ends_ns, pfn));
        self.ends_ns.insert(pfn, ends_ns);
    }

    /// When the last write ends.
    pub(super) fn last_end_ns(&self) -> Option<u64> {
        self.queue.back().map(|(ends, _)| *ends)
    }

    /// When the next write ends.
    pub(super) fn next_end_ns(&self) -> Option<u64> {
        self.queue.front().map(|(ends, _)| *ends)
    }

    /// When the write of a page ends, if it is under way.
    pub(super) fn end_ns(&self, pfn: Pfn) -> Option<u64> {
        self.ends_ns.get(&pfn).copied()
    }

    /// The page of the next write that has ended by `now_ns`.
    pub(super) fn pop_ended(&mut self, now_ns: u64) -> Option<Pfn> {
        while let Some((ends, pfn)) = self.queue.pop_front_if(|(ends, _)| *ends <= now_ns) {
            if self.ends_ns.get(&pfn) == Some(&ends) {
                self.ends_ns.remove(&pfn);
                return Some(pfn);
            }
        }
        None
    }

    /// Nobody waits for a page any more: whether it was being written.
    pub(super) fn forget(&mut self, pfn: Pfn) -> bool {
        self.ends_ns.remove(&pfn).is_some()
    }

    /// The pages.
    pub(super) fn pages(&self) -> impl Iterator<Item = Pfn> {
        self.ends_ns.keys().copied()
    }
}
