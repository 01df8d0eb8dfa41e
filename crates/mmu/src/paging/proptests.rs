//! Every format against an independent model: a map from page to frame, and a list of the pages that walks went to.

use super::FormatName;
use crate::vma::VmFlags;
use crate::{Config, Limits, Machine, MmId, NewMapping, VirtAddr};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What may happen to the few pages of the test.
#[derive(Clone, Copy, Debug)]
enum Step {
    Map(u64, u64),
    Unmap(u64, u64),
    Store(u64, u8),
    Load(u64),
    Fork,
    Switch,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..48_u64, 1..8_u64).prop_map(|(page, len)| Step::Map(page, len)),
        2 => (0..48_u64, 1..8_u64).prop_map(|(page, len)| Step::Unmap(page, len)),
        8 => (0..48_u64, any::<u8>()).prop_map(|(page, value)| Step::Store(page, value)),
        8 => (0..48_u64).prop_map(Step::Load),
        1 => Just(Step::Fork),
        2 => Just(Step::Switch),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the program should see: the byte at the start of each mapped page, an address space each.
type Seen = BTreeMap<u64, u8>;

struct Pair {
    machine: Machine,
    spaces: Vec<(MmId, Seen)>,
    running: usize,
    base: u64,
}

const READ_WRITE: VmFlags =
    VmFlags::READ.union(VmFlags::WRITE).union(VmFlags::MAYREAD).union(VmFlags::MAYWRITE);

impl Pair {
    fn new(name: FormatName) -> Pair {
        let config = Config { format: name.format(), ram_bytes: 64 << 20, ..Config::default() };
        let mut machine = Machine::new(config);
        let mm = machine.new_mm(Limits::default()).expect("a root");
        machine.switch_mm(mm);
        let base = machine.page_down(name.format().mmap_base() / 2);
        Pair { machine, spaces: vec![(mm, Seen::new())], running: 0, base }
    }

    fn addr(&self, page: u64) -> VirtAddr {
        VirtAddr::new(self.base + page * self.machine.page_size())
    }

    fn step(&mut self, step: Step) {
        let (mm, _) = self.spaces[self.running];
        match step {
            Step::Map(page, len) => {
                self.unmap(mm, page, len);
                let (start, end) = (self.addr(page), self.addr(page + len));
                let pgoff = start.get() >> self.machine.page_shift();
                let new = NewMapping { start, end, flags: READ_WRITE, pgoff, file: None };
                self.machine.mmap_region(mm, &new).expect("room");
                self.spaces[self.running].1.extend((page..page + len).map(|page| (page, 0)));
            }
            Step::Unmap(page, len) => self.unmap(mm, page, len),
            Step::Store(page, value) => {
                let stored = self.machine.store(self.addr(page), value.into(), 1).is_ok();
                let expected = self.spaces[self.running].1.get_mut(&page);
                assert_eq!(stored, expected.is_some());
                expected.into_iter().for_each(|byte| *byte = value);
            }
            Step::Load(page) => {
                let before = self.walks();
                let loaded = self.machine.load(self.addr(page), 1).ok().map(|value| value as u8);
                self.check_walks(page, before);
                assert_eq!(loaded, self.spaces[self.running].1.get(&page).copied());
            }
            Step::Fork if self.spaces.len() < 4 => {
                let child = self.machine.dup_mm(mm).expect("memory");
                let seen = self.spaces[self.running].1.clone();
                self.spaces.push((child, seen));
            }
            Step::Fork => {}
            Step::Switch => {
                self.running = (self.running + 1) % self.spaces.len();
                self.machine.switch_mm(self.spaces[self.running].0);
            }
        }
    }

    /// Walks and references so far.
    fn walks(&self) -> (u64, u64) {
        (self.machine.tlb_stats().walks(), self.machine.walk_references())
    }

    /// A load of a page that was stored to before, here or before a fork, finds it after one walk at most, of an entry a level.
    fn check_walks(&mut self, page: u64, before: (u64, u64)) {
        let format = self.machine.config.format;
        let known = self.spaces[self.running].1.get(&page).is_some_and(|byte| *byte != 0);
        if !known || format.name.is_hashed() || !format.name.is_paged() {
            return;
        }
        let (walks, references) = (self.walks().0 - before.0, self.walks().1 - before.1);
        assert!(walks <= 1 && references == walks * u64::from(format.levels), "{}", format.name);
    }

    fn unmap(&mut self, mm: MmId, page: u64, len: u64) {
        let bytes = len * self.machine.page_size();
        self.machine.munmap_range(mm, self.addr(page).get(), bytes).expect("unmapped");
        self.spaces[self.running].1.retain(|at, _| !(page..page + len).contains(at));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Every load gives what was stored, in every format, and all counts agree after every step.
    #[test]
    fn all_formats_show_the_same_memory(steps in steps()) {
        for name in FormatName::ALL {
            let mut pair = Pair::new(name);
            for step in &steps {
                pair.step(*step);
                if let Err(error) = pair.machine.check() {
                    prop_assert!(false, "{}: {:?}: {}", name, step, error);
                }
            }
        }
    }
}

/// A walk reads an entry a level, so much is read of hand-counted tables: levels of each format, one for the single table.
#[test]
fn a_walk_reads_one_entry_a_level() {
    let expected = [
        ("x86-64", 4),
        ("x86-64-la57", 5),
        ("x86", 2),
        ("x86-pae", 3),
        ("sv32", 2),
        ("sv39", 3),
        ("sv48", 4),
        ("sv57", 5),
        ("arm64-4k", 4),
        ("arm64-16k", 4),
        ("arm64-64k", 3),
        ("single", 1),
    ];
    for (name, levels) in expected {
        let format = name.parse::<FormatName>().expect("a name").format();
        assert_eq!(format.levels, levels, "{name}");
        let mut pair = Pair::new(format.name);
        pair.step(Step::Map(0, 1));
        pair.step(Step::Store(0, 1));
        let tables = &pair.machine.mm(pair.spaces[0].0).tables;
        assert_eq!(tables.table_bytes, u64::from(levels - 1) * format.page_size(), "{name}");
    }
}
