//! The references themselves, one at a time.

use super::Reference;
use super::random::SplitMix64;
use super::spec::{Part, Pattern, Segment};

/// Added to a zipf line's seed for the stream that spreads the ranks.
const RANK_STREAM: u64 = 1_000_003;

/// The references of some parts, in order.
#[derive(Clone, Debug)]
pub struct References {
    parts: std::vec::IntoIter<Part>,
    now: Vec<Turn>,
    at: usize,
}

/// One interleaved line: its references, how many come in a turn, how many of this turn are left.
#[derive(Clone, Debug)]
struct Turn {
    stream: Stream,
    length: u64,
    left: u64,
}

impl References {
    /// The references of `parts`.
    pub fn new(parts: Vec<Part>) -> References {
        References { parts: parts.into_iter(), now: Vec::new(), at: 0 }
    }

    fn next_part(&mut self) -> Option<()> {
        let members = match self.parts.next()? {
            Part::One(segment) => vec![(u64::MAX, segment)],
            Part::Mix(members) => members,
        };
        self.now = members
            .into_iter()
            .filter(|(length, _)| *length > 0)
            .map(|(length, segment)| Turn { stream: Stream::new(segment), length, left: length })
            .collect();
        self.at = 0;
        Some(())
    }

    fn end_turn(&mut self) {
        self.now[self.at].left = self.now[self.at].length;
        if self.now[self.at].stream.is_done() {
            self.now.remove(self.at);
        } else {
            self.at += 1;
        }
        if self.at >= self.now.len() {
            self.at = 0;
        }
    }
}

impl Iterator for References {
    type Item = Reference;

    fn next(&mut self) -> Option<Reference> {
        loop {
            let Some(turn) = self.now.get_mut(self.at) else {
                self.next_part()?;
                continue;
            };
            if turn.left > 0
                && let Some(reference) = turn.stream.next()
            {
                turn.left -= 1;
                return Some(reference);
            }
            self.end_turn();
        }
    }
}

/// The references of one line.
#[derive(Clone, Debug)]
struct Stream {
    segment: Segment,
    done: u64,
    random: SplitMix64,
    order: Vec<u32>,
    cumulated: Vec<f64>,
}

impl Stream {
    fn new(segment: Segment) -> Stream {
        let pages = segment.pages as u32;
        let (seed, order, cumulated) = match segment.pattern {
            Pattern::Uniform(seed) => (seed, Vec::new(), Vec::new()),
            Pattern::Chase(seed) => (1, SplitMix64(seed).permutation(pages), Vec::new()),
            Pattern::Zipf(skew, seed) => {
                let ranks = SplitMix64(seed.wrapping_add(RANK_STREAM)).permutation(pages);
                (seed, ranks, cumulated_weights(pages, skew))
            }
            Pattern::Upwards | Pattern::Downwards | Pattern::Stride(_) => (1, Vec::new(), Vec::new()),
        };
        Stream { segment, done: 0, random: SplitMix64(seed), order, cumulated }
    }

    fn is_done(&self) -> bool {
        self.done >= self.segment.count
    }

    fn page(&mut self) -> u64 {
        let (i, pages) = (self.done, self.segment.pages);
        match self.segment.pattern {
            Pattern::Upwards => i % pages,
            Pattern::Downwards => pages - 1 - i % pages,
            Pattern::Stride(stride) => i.wrapping_mul(stride) % pages,
            Pattern::Uniform(_) => self.random.below(pages),
            Pattern::Chase(_) => u64::from(self.order[(i % pages) as usize]),
            Pattern::Zipf(..) => {
                let drawn = self.random.unit() * self.cumulated.last().copied().unwrap_or(0.0);
                let rank = self.cumulated.partition_point(|&sum| sum <= drawn).min(self.order.len() - 1);
                u64::from(self.order[rank])
            }
        }
    }

    fn is_store(&mut self) -> bool {
        match self.segment.store_percent {
            0 => false,
            100.. => true,
            percent => self.random.below(100) < percent,
        }
    }
}

impl Iterator for Stream {
    type Item = Reference;

    fn next(&mut self) -> Option<Reference> {
        if self.is_done() {
            return None;
        }
        let page = self.segment.base + self.page();
        let store = self.is_store();
        self.done += 1;
        Some(Reference { region: self.segment.region, page, store })
    }
}

fn cumulated_weights(pages: u32, skew: f64) -> Vec<f64> {
    let mut sum = 0.0;
    (1..=pages)
        .map(|rank| {
            sum += f64::from(rank).powf(-skew);
            sum
        })
        .collect()
}
