//! Where a scenario's calls go: a stretch of address space, the break, mappings by name, and a few odd places.

use super::super::dice::{Dice, size};
use super::super::profile::Profile;
use super::Script;

const K: u64 = 1 << 10;
const M: u64 = 1 << 20;

/// The stretch of address space that most of a scenario's calls are about.
pub(super) struct Ground {
    /// Where it ends, in the scenario's words.
    top: &'static str,
    /// Its length, bytes.
    pub(super) len: u64,
    /// What most addresses in it are a multiple of, bytes.
    grain: u64,
    /// The usual lengths of a call, bytes.
    lens: &'static [u64],
    /// The usual distances from a named mapping, bytes.
    offsets: &'static [u64],
    /// Of 100 addresses, how many are near the break.
    heap: u64,
}

const SMALL: &[u64] = &[4 * K, 4 * K, 4 * K, 4 * K, 8 * K, 8 * K, 12 * K, 16 * K, 24 * K, 32 * K];
const NEAR: &[u64] = &[0, 0, 0, 4 * K, 8 * K, 12 * K, 20 * K];
const HUGE: &[u64] = &[4 * K, 8 * K, 12 * K, 64 * K, 512 * K, M, 2 * M, 2 * M, 2 * M, 4 * M, 8 * M];
const HUGE_NEAR: &[u64] = &[0, 0, 512 * K, M, 1536 * K, 2560 * K];
const WINDOW: &[u64] = &[4 * K, 8 * K, 16 * K, 64 * K, 96 * K, 128 * K, 256 * K];

impl Ground {
    /// The ground of a scenario in `profile`.
    pub(super) fn new(profile: Profile, dice: &mut Dice) -> Self {
        let small =
            Self { top: "mmap_base", len: 128 * K, grain: 4 * K, lens: SMALL, offsets: NEAR, heap: 3 };
        let len = dice.pick(&[96 * K, 128 * K, 128 * K, 192 * K]);
        match profile {
            Profile::Huge => Self { heap: 0, ..huge() },
            Profile::Stack => Self { top: "mmap_base-4M", len: 2 * M, heap: 0, ..small },
            Profile::Heap => Self { len, heap: 55, ..small },
            Profile::Limits => Self { len, heap: 20, ..small },
            Profile::Folios => Self { top: "mmap_base-4M", len: 512 * K, lens: WINDOW, heap: 0, ..small },
            Profile::Readahead => {
                Self { len: M, grain: 16 * K, lens: WINDOW, offsets: &[0, 64 * K, 128 * K], heap: 0, ..small }
            }
            Profile::Placement => Self { len: 64 * M, grain: 4 * K, lens: HUGE, offsets: HUGE_NEAR, ..small },
            Profile::Populate | Profile::Madvise | Profile::Merge if dice.percent(25) => huge(),
            _ => Self { len, ..small },
        }
    }

    /// The address `offset` bytes into the ground.
    pub(super) fn at(&self, offset: u64) -> String {
        match self.len - offset {
            0 => self.top.to_owned(),
            below => format!("{}-{}", self.top, size(below)),
        }
    }
}

fn huge() -> Ground {
    Ground { top: "mmap_base-2M+4K", len: 16 * M, grain: 512 * K, lens: HUGE, offsets: HUGE_NEAR, heap: 2 }
}

impl Script {
    /// An address that is a multiple of the page size.
    pub(super) fn page(&mut self) -> String {
        if self.dice.percent(self.ground.heap) {
            return format!("heap+{}", size(self.heap_offset()));
        }
        if self.mappings > 0 && self.dice.percent(22) {
            return self.named();
        }
        if self.dice.percent(1) {
            return self.odd_place();
        }
        let offset = self.ground_offset();
        self.ground.at(offset)
    }

    /// As [`page`](Self::page), but never one of the kernel's.
    pub(super) fn user_page(&mut self) -> String {
        let page = self.page();
        if page.starts_with("0xff") { self.ground.at(0) } else { page }
    }

    /// An address, seldom not a multiple of the page size.
    pub(super) fn address(&mut self) -> String {
        if self.dice.percent(96) {
            return self.page();
        }
        let offset = self.ground_offset() + self.dice.pick(&[1, 100, 512, 2 * K, 4095]);
        self.ground.at(offset.min(self.ground.len))
    }

    /// An offset into the ground, a multiple of the page size.
    pub(super) fn ground_offset(&mut self) -> u64 {
        let grain = if self.dice.percent(75) { self.ground.grain } else { 4 * K };
        self.dice.below(self.ground.len / grain) * grain
    }

    fn heap_offset(&mut self) -> u64 {
        self.dice.below(40) * 4 * K
    }

    /// A mapping by its name, or a place shortly after its start.
    fn named(&mut self) -> String {
        let name = match self.dice.percent(60) {
            true => self.dice.below(self.mappings),
            false => self.mappings - 1 - self.dice.below(self.mappings.min(3)),
        };
        match self.dice.pick(self.ground.offsets) {
            0 => format!("m{name}"),
            offset => format!("m{name}+{}", size(offset)),
        }
    }

    /// The ends of what there is, and places where a program has no business.
    fn odd_place(&mut self) -> String {
        let places = [
            "NULL",
            "0x1000",
            "0xf000",
            "0x10000",
            "0x400000",
            "0x40000000",
            "0x7fff0000",
            "0x7ffff0000000",
            "0x7ffffffff000",
            "0x800000000000",
            "0xffff800000000000",
            "0xfffffffffffff000",
        ];
        self.dice.pick(&places).to_owned()
    }

    /// A length of a range, seldom none or not a multiple of the page size.
    pub(super) fn length(&mut self) -> String {
        match self.dice.below(100) {
            0..=2 => "0".to_owned(),
            3..=6 => size(self.dice.pick(&[1, 100, 4095, 4097, 5000, 10_000])),
            7..=9 => size(self.dice.below(self.ground.len / (4 * K)) * 4 * K),
            _ => size(self.dice.pick(self.ground.lens)),
        }
    }

    /// As [`length`](Self::length), and seldom one that no range can have; for calls that refuse such a range.
    pub(super) fn wide_length(&mut self) -> String {
        let percent = if self.profile == Profile::Errors { 8 } else { 1 };
        match self.dice.percent(percent) {
            true => self.dice.pick(&["-1", "-4K", "0x7fffffffffff", "0x800000000000"]).to_owned(),
            false => self.length(),
        }
    }

    /// A protection for mmap and mprotect.
    pub(super) fn protection(&mut self) -> &'static str {
        self.dice.weighted(&[
            (56, "PROT_READ|PROT_WRITE"),
            (15, "PROT_READ"),
            (8, "PROT_NONE"),
            (6, "PROT_READ|PROT_EXEC"),
            (5, "PROT_READ|PROT_WRITE|PROT_EXEC"),
            (4, "PROT_WRITE"),
            (4, "PROT_EXEC"),
            (1, "PROT_READ|PROT_WRITE|PROT_SEM"),
        ])
    }
}
