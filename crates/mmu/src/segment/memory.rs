//! Physical memory given out in pieces of any length, as machines with segments alone have to: first, best or worst fit, holes, and
//! compaction (Knuth, "The Art of Computer Programming" 1, section 2.5; Silberschatz, "Operating System Concepts", contiguous allocation).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Which hole a piece is cut from; always its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fit {
    /// The lowest that is large enough.
    #[default]
    First,
    /// The smallest that is large enough; the lowest of these.
    Best,
    /// The largest; the lowest of these.
    Worst,
}

impl FromStr for Fit {
    type Err = String;
    fn from_str(text: &str) -> Result<Fit, String> {
        match text {
            "first" => Ok(Fit::First),
            "best" => Ok(Fit::Best),
            "worst" => Ok(Fit::Worst),
            _ => Err(format!("there is no fit `{text}`; there are first, best and worst")),
        }
    }
}

/// A moved piece: from where, to where, how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it was.
    pub from: u64,
    /// Where it is.
    pub to: u64,
    /// Its length.
    pub len: u64,
}

/// Memory of which pieces are in use, the rest are holes. All in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableMemory {
    total: u64,
    fit: Fit,
    /// Length by start; no two touch.
    holes: BTreeMap<u64, u64>,
}

impl VariableMemory {
    /// `total` bytes, all free.
    pub fn new(total: u64, fit: Fit) -> VariableMemory {
        VariableMemory {
            total,
            fit,
            holes: BTreeMap::from([(0, total)]).into_iter().filter(|hole| hole.1 > 0).collect(),
        }
    }

    /// A piece of `len` bytes; None where no hole is large enough.
    pub fn allocate(&mut self, len: u64) -> Option<u64> {
        let fitting = self.holes.iter().map(|(start, hole)| (*start, *hole)).filter(|(_, hole)| *hole >= len);
        let (start, hole) = match self.fit {
            Fit::First => fitting.into_iter().next(),
            Fit::Best => fitting.min_by_key(|(start, hole)| (*hole, *start)),
            Fit::Worst => fitting.min_by_key(|(start, hole)| (u64::MAX - *hole, *start)),
        }?;
        self.cut(start, hole, len);
        Some(start)
    }

    /// Makes the piece `start..end` reach to `new_end`: whether what is behind it was free.
    pub fn extend(&mut self, end: u64, new_end: u64) -> bool {
        let more = new_end - end;
        match self.holes.get(&end).copied() {
            Some(hole) if hole >= more => {
                self.cut(end, hole, more);
                true
            }
            _ => more == 0,
        }
    }

    fn cut(&mut self, start: u64, hole: u64, len: u64) {
        self.holes.remove(&start);
        if hole > len {
            self.holes.insert(start + len, hole - len);
        }
    }

    /// Gives `len` bytes at `start` back; they join their neighbours.
    pub fn free(&mut self, start: u64, len: u64) {
        if len == 0 {
            return;
        }
        let (mut from, mut to) = (start, start + len);
        if let Some((&before, &hole)) = self.holes.range(..start).next_back()
            && before + hole == start
        {
            self.holes.remove(&before);
            from = before;
        }
        if let Some(hole) = self.holes.remove(&to) {
            to += hole;
        }
        self.holes.insert(from, to - from);
    }

    /// Moves all pieces in use down until there is one hole, at the end. `used` are the pieces by start and length; those that
    /// move, in the order in which they can be copied.
    pub fn compact(&mut self, used: &BTreeMap<u64, u64>) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut end = 0;
        for (&from, &len) in used {
            if from != end {
                moves.push(Move { from, to: end, len });
            }
            end += len;
        }
        self.holes.clear();
        if end < self.total {
            self.holes.insert(end, self.total - end);
        }
        moves
    }

    /// Free bytes.
    pub fn free_bytes(&self) -> u64 {
        self.holes.values().sum()
    }

    /// The largest hole.
    pub fn largest_hole(&self) -> u64 {
        self.holes.values().copied().max().unwrap_or(0)
    }

    /// Holes.
    pub fn holes(&self) -> usize {
        self.holes.len()
    }

    /// The part of the free memory that is not in the largest hole, 0 to 1.
    pub fn external_fragmentation(&self) -> f64 {
        match self.free_bytes() {
            0 => 0.0,
            free => 1.0 - self.largest_hole() as f64 / free as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Holes of 100, 500, 200, 300 and 600 bytes and requests of 212, 417, 112 and 426: the exercise of Silberschatz, chapter 9.
    fn places(fit: Fit) -> [Option<u64>; 4] {
        let mut memory = VariableMemory::new(0, fit);
        memory.holes = BTreeMap::from([(0, 100), (1000, 500), (2000, 200), (3000, 300), (4000, 600)]);
        [212, 417, 112, 426].map(|len| memory.allocate(len))
    }

    #[test]
    fn fits_are_those_of_the_textbook() {
        assert_eq!(places(Fit::First), [Some(1000), Some(4000), Some(1212), None]);
        assert_eq!(places(Fit::Best), [Some(3000), Some(1000), Some(2000), Some(4000)]);
        assert_eq!(places(Fit::Worst), [Some(4000), Some(1000), Some(4212), None]);
    }

    #[test]
    fn compaction_leaves_one_hole() {
        let mut memory = VariableMemory::new(100, Fit::First);
        let places: Vec<u64> = (0..5).filter_map(|_| memory.allocate(20)).collect();
        memory.free(places[1], 20);
        memory.free(places[3], 20);
        assert_eq!((memory.allocate(30), memory.holes(), memory.external_fragmentation()), (None, 2, 0.5));
        let moves = memory.compact(&BTreeMap::from([(0, 20), (40, 20), (80, 20)]));
        assert_eq!(moves, [Move { from: 40, to: 20, len: 20 }, Move { from: 80, to: 40, len: 20 }]);
        assert_eq!(memory.allocate(30), Some(60));
    }

    proptest! {
        /// Against a map of bytes: pieces never overlap, and what is free is free.
        #[test]
        fn pieces_do_not_overlap(steps in prop::collection::vec((any::<bool>(), 1..40_u64, 0..8_usize), 1..80), fit in 0..3_usize) {
            let mut memory = VariableMemory::new(256, [Fit::First, Fit::Best, Fit::Worst][fit]);
            let (mut bytes, mut pieces) = ([false; 256], Vec::<(u64, u64)>::new());
            for (allocate, len, which) in steps {
                if allocate {
                    let room = bytes.chunk_by(|a, b| a == b).any(|run| !run[0] && run.len() as u64 >= len);
                    let place = memory.allocate(len);
                    prop_assert_eq!(place.is_some(), room);
                    if let Some(start) = place {
                        for at in start..start + len {
                            prop_assert!(!std::mem::replace(&mut bytes[at as usize], true));
                        }
                        pieces.push((start, len));
                    }
                } else if !pieces.is_empty() {
                    let (start, len) = pieces.swap_remove(which % pieces.len());
                    memory.free(start, len);
                    (start..start + len).for_each(|at| bytes[at as usize] = false);
                }
                prop_assert_eq!(memory.free_bytes(), bytes.iter().filter(|used| !**used).count() as u64);
            }
        }
    }
}
