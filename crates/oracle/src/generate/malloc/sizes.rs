//! The sizes that a program asks for.

use super::super::profile::Profile;
use super::Program;

/// Where glibc decides: tcache and fastbin limits, the large bins' steps, consolidation, mmap and trim thresholds.
const EDGES: &[u64] = &[
    0,
    1,
    24,
    25,
    120,
    121,
    128,
    160,
    1000,
    1008,
    1009,
    1016,
    1032,
    1033,
    1040,
    1100,
    2048,
    3072,
    4096,
    10_000,
    11_264,
    44_032,
    65_504,
    65_536,
    66_000,
    100_000,
    131_000,
    131_032,
    131_048,
    131_049,
    131_064,
    131_072,
    135_152,
    135_168,
    200_000,
    262_144,
    266_240,
    500_000,
    524_288,
    1 << 20,
    (1 << 20) + 4096,
    2 << 20,
    4 << 20,
    (32 << 20) - 8192,
    (32 << 20) - 4096,
    32 << 20,
    33 << 20,
];

impl Program {
    /// The size of the next block, bytes.
    pub(super) fn size(&mut self) -> u64 {
        match self.profile {
            Profile::MallocSmall => self.small(),
            Profile::MallocThreshold => self.edge(),
            Profile::MallocLimits => match self.dice.below(10) {
                0..=3 => self.small(),
                4..=8 => self.dice.spread(1000, 300_000),
                _ => self.dice.spread(100_000, 4 << 20),
            },
            Profile::MallocThreads => match self.dice.below(20) {
                0..=10 => self.small(),
                11..=17 => self.dice.spread(100, 60_000),
                18 => self.dice.spread(60_000, 3 << 20),
                _ => self.edge(),
            },
            _ => self.mixed(),
        }
    }

    fn small(&mut self) -> u64 {
        match self.dice.below(20) {
            0 => 0,
            1..=13 => self.dice.between(1, 136),
            _ => self.dice.between(1, 1040),
        }
    }

    fn mixed(&mut self) -> u64 {
        match self.dice.below(100) {
            0..=59 => self.dice.spread(1, 500),
            60..=89 => self.dice.spread(400, 20_000),
            90..=96 => self.dice.spread(16_000, 140_000),
            97..=98 => self.dice.spread(100_000, 2 << 20),
            _ => self.edge(),
        }
    }

    fn edge(&mut self) -> u64 {
        let edge = self.dice.pick(EDGES);
        match self.dice.below(10) {
            0..=4 => edge,
            5..=6 => edge + self.dice.below(40),
            _ => edge.saturating_sub(self.dice.below(40)),
        }
    }

    /// A size that no machine has; `None` mostly.
    pub(super) fn absurd(&mut self) -> Option<&'static str> {
        let absurd =
            ["-1", "-100", "0x7fffffffffffffff", "0x7fffffffffffffe0", "0x8000000000000000", "1T", "100T"];
        (self.dice.below(400) == 0).then(|| self.dice.pick(&absurd))
    }
}
