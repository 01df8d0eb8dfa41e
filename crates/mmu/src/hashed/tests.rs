//! The hashed tables against tiny models of them: what is found, and how many references that takes.

use super::clustered::Clustered;
use super::ia64::Ia64;
use super::inverted::Inverted;
use super::power::Power;
use super::{Key, cached};
use crate::limits::Limits;
use crate::paging::{FormatName, Pte, PteFlags};
use crate::phys::Phys;
use crate::tlb::{Home, TlbConfig, TlbGeometry, TlbLevel};
use crate::{Config, Machine, NewMapping, Pfn, VirtAddr, VmFlags};
use proptest::prelude::*;

/// Frames of the machine: few, so that chains grow and groups fill.
const FRAMES: u32 = 4096;
const PAGES: u64 = 96;

#[derive(Clone, Copy, Debug)]
enum Step {
    Enter { key: Key, frame: u32 },
    Remove { context: u64, first: u64, pages: u64 },
    Search { key: Key },
}

fn any_step() -> impl Strategy<Value = Step> {
    // Pages far apart share buckets.
    let key = (1..4_u64, 0..PAGES, 0..3_u64)
        .prop_map(|(context, page, far)| Key { context, page: page + far * u64::from(FRAMES) });
    prop_oneof![
        6 => (key.clone(), 0..64_u32).prop_map(|(key, frame)| Step::Enter { key, frame }),
        1 => (1..4_u64, 0..PAGES, 1..20_u64).prop_map(|(context, first, pages)| Step::Remove { context, first, pages }),
        6 => key.prop_map(|key| Step::Search { key }),
    ]
}

fn pte(frame: u32) -> Pte {
    Pte::new(Pfn(frame), PteFlags::PRESENT | PteFlags::USER | PteFlags::WRITABLE)
}

/// PowerPC's idea of a hash, once more.
fn bucket(key: Key, buckets: u64) -> usize {
    ((key.page ^ key.context.wrapping_mul(0x0bf6_e61b)) % buckets) as usize
}

/// Chains as vectors, the newest first.
struct Chained<T>(Vec<Vec<(Key, T)>>);

impl<T> Chained<T> {
    fn new(buckets: u64) -> Chained<T> {
        Chained((0..buckets).map(|_| Vec::new()).collect())
    }

    /// What is on the chain, and how many elements were looked at.
    fn find(&self, key: Key) -> (Option<&T>, u64) {
        let chain = &self.0[bucket(key, self.0.len() as u64)];
        match chain.iter().position(|(there, _)| *there == key) {
            Some(at) => (Some(&chain[at].1), at as u64 + 1),
            None => (None, chain.len() as u64),
        }
    }

    fn push(&mut self, key: Key, value: T) {
        let buckets = self.0.len() as u64;
        self.0[bucket(key, buckets)].insert(0, (key, value));
    }

    fn drop(&mut self, which: impl Fn(Key, &T) -> bool) {
        self.0.iter_mut().for_each(|chain| chain.retain(|(key, value)| !which(*key, value)));
    }
}

fn removed(key: Key, context: u64, first: u64, pages: u64) -> bool {
    key.context == context && (first..first + pages).contains(&key.page)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The anchor, then each entry of the chain up to the one; a frame has one entry.
    #[test]
    fn inverted(steps in prop::collection::vec(any_step(), 1..300)) {
        let mut phys = Phys::new(FRAMES, FormatName::Inverted.format());
        let mut table = Inverted::new(&mut phys).unwrap();
        let mut model = Chained::new(u64::from(FRAMES));
        for step in steps {
            match step {
                Step::Enter { key, frame } => {
                    let evicted = table.enter(&mut phys, key, pte(frame));
                    let others = |there: Key, f: &u32| *f == frame && there != key;
                    prop_assert_eq!(evicted, model.0.iter().flatten().any(|(there, f)| others(*there, f)));
                    model.drop(|there, f| there == key || *f == frame);
                    model.push(key, frame);
                }
                Step::Remove { context, first, pages } => {
                    table.remove(&mut phys, context, first..first + pages);
                    model.drop(|key, _| removed(key, context, first, pages));
                }
                Step::Search { key } => {
                    let (found, looked_at) = model.find(key);
                    prop_assert_eq!(table.search(&phys, key), (found.map(|frame| pte(*frame)), 1 + looked_at));
                }
            }
        }
        let longest = model.0.iter().map(Vec::len).max().unwrap_or(0) as u64;
        prop_assert_eq!(table.chains().max(), longest);
    }

    /// The anchor, each node's tag up to the one, and the mapping in it; nodes without mappings go.
    #[test]
    fn clustered(steps in prop::collection::vec(any_step(), 1..300)) {
        let mut phys = Phys::new(FRAMES, FormatName::Clustered.format());
        let mut table = Clustered::new(&mut phys).unwrap();
        let mut model = Chained::<[Option<u32>; 16]>::new(u64::from(FRAMES) / 16);
        let block = |key: Key| (Key { page: key.page / 16, ..key }, (key.page % 16) as usize);
        for step in steps {
            match step {
                Step::Enter { key, frame } => {
                    table.enter(&mut phys, key, pte(frame));
                    let (block, at) = block(key);
                    let mut mappings = model.find(block).0.copied();
                    if mappings.is_none() {
                        model.push(block, [None; 16]);
                        mappings = Some([None; 16]);
                    }
                    let buckets = model.0.len() as u64;
                    let chain = &mut model.0[bucket(block, buckets)];
                    let node = chain.iter_mut().find(|(there, _)| *there == block).unwrap();
                    node.1 = mappings.unwrap();
                    node.1[at] = Some(frame);
                }
                Step::Remove { context, first, pages } => {
                    table.remove(&mut phys, context, first..first + pages);
                    for (there, mappings) in model.0.iter_mut().flatten() {
                        for (at, mapping) in (0..).zip(mappings) {
                            let key = Key { page: there.page * 16 + at, ..*there };
                            *mapping = mapping.filter(|_| !removed(key, context, first, pages));
                        }
                    }
                    model.drop(|_, mappings| mappings.iter().all(Option::is_none));
                }
                Step::Search { key } => {
                    let (block, at) = block(key);
                    let (found, looked_at) = model.find(block);
                    let mapping = u64::from(found.is_some());
                    let frame = found.and_then(|mappings| mappings[at]);
                    prop_assert_eq!(table.search(&phys, key), (frame.map(pte), 1 + looked_at + mapping));
                }
            }
        }
        prop_assert_eq!(table.chains().elements(), model.0.iter().flatten().count() as u64);
    }

    /// One reference for the entry in the table, one for each on the chain; what is found there changes places with the first.
    #[test]
    fn ia64(steps in prop::collection::vec(any_step(), 1..300)) {
        let mut phys = Phys::new(FRAMES, FormatName::Ia64.format());
        let mut table = Ia64::new(&mut phys).unwrap();
        let mut model = Chained::new(u64::from(FRAMES));
        for step in steps {
            match step {
                Step::Enter { key, frame } => {
                    table.enter(&mut phys, key, pte(frame));
                    model.drop(|there, _| there == key);
                    model.push(key, frame);
                }
                Step::Remove { context, first, pages } => {
                    table.remove(&mut phys, context, first..first + pages);
                    model.drop(|key, _| removed(key, context, first, pages));
                }
                Step::Search { key } => {
                    let (found, looked_at) = model.find(key);
                    let found = found.copied();
                    prop_assert_eq!(table.search(&phys, key), (found.map(pte), looked_at.max(1)));
                    prop_assert_eq!(table.promote(&mut phys, key), found.is_some() && looked_at > 1);
                    if found.is_some() {
                        model.0[bucket(key, u64::from(FRAMES))].swap(0, looked_at as usize - 1);
                    }
                }
            }
        }
        prop_assert_eq!(table.chains().elements(), model.0.iter().flatten().count() as u64);
    }

    /// One reference for the first group, two for both; an entry is found until it is removed or given up, and groups hold eight.
    #[test]
    fn power(steps in prop::collection::vec(any_step(), 1..300)) {
        let mut phys = Phys::new(FRAMES, FormatName::Power.format());
        let mut table = Power::new(&mut phys).unwrap();
        let groups = table.chains().buckets;
        let mut model: Vec<[Option<(Key, u32)>; 8]> = vec![[None; 8]; groups as usize];
        let mut turn = 0;
        // Segment and page in it; the segment is scattered by a multiplication into 37 bits.
        let primary = |key: Key| {
            let vsid = (key.context * (1 << 20) + (key.page >> 16)).wrapping_mul(12_538_073) % (1 << 37);
            (vsid ^ (key.page % (1 << 16))) % groups
        };
        for step in steps {
            match step {
                Step::Enter { key, frame } => {
                    let gave_up = table.enter(&mut phys, key, pte(frame));
                    let first = primary(key) as usize;
                    let second = groups as usize - 1 - first;
                    let there = model.iter_mut().flatten().flatten().find(|(there, _)| *there == key);
                    if let Some(entry) = there {
                        entry.1 = frame;
                        prop_assert!(!gave_up);
                        continue;
                    }
                    let free = [first, second].into_iter().find_map(|group| {
                        Some((group, model[group].iter().position(Option::is_none)?))
                    });
                    prop_assert_eq!(gave_up, free.is_none());
                    let (group, slot) = free.unwrap_or_else(|| {
                        turn += 1;
                        (first, turn % 8)
                    });
                    model[group][slot] = Some((key, frame));
                }
                Step::Remove { context, first, pages } => {
                    table.remove(&mut phys, context, first..first + pages);
                    for entry in model.iter_mut().flatten() {
                        *entry = entry.filter(|(key, _)| !removed(*key, context, first, pages));
                    }
                }
                Step::Search { key } => {
                    let first = primary(key) as usize;
                    let is = |entry: &&(Key, u32)| entry.0 == key;
                    let found = model.iter().flatten().flatten().find(is).map(|(_, frame)| *frame);
                    let in_first = model[first].iter().flatten().any(|(there, _)| *there == key);
                    prop_assert_eq!(table.search(&phys, key), (found.map(pte), if in_first { 1 } else { 2 }));
                }
            }
        }
    }
}

/// Three pages, touched once and then by turns with a TLB of one entry. By hand: each first touch searches in vain (the anchor, both
/// groups, or the walker's entry), faults, searches in vain again, and with the kernel's entry finds it; each later one finds it.
#[test]
fn references_of_a_short_string_are_those_counted_by_hand() {
    let one = TlbLevel { small: TlbGeometry::full(1), large: Home::WithSmall, huge: Home::WithSmall };
    let tlb = TlbConfig { data: one, code: None, l2: one, l2_code: None, walk: [None; 4] };
    let ways = [(FormatName::Inverted, 1, 2), (FormatName::Power, 2, 1), (FormatName::Ia64, 1, 1)];
    for (name, missed, found) in ways {
        let mut machine = Machine::new(Config { format: name.format(), tlb, ..Config::default() });
        let mm = machine.new_mm(Limits::default()).expect("memory");
        machine.switch_mm(mm);
        let flags = VmFlags::READ | VmFlags::WRITE | VmFlags::MAYREAD | VmFlags::MAYWRITE;
        let (start, end) = (VirtAddr::new(1 << 30), VirtAddr::new((1 << 30) + (3 << 12)));
        let new = NewMapping { start, end, flags, pgoff: start.get() >> 12, file: None };
        machine.mmap_region(mm, &new).expect("room");
        for _ in 0..4 {
            (0..3).for_each(|page| machine.store(start + (page << 12), 1, 8).expect("mapped"));
        }
        let hashed = machine.hashed().expect("a hashed table");
        assert_eq!(hashed.stats.searches, 3 * 3 + 9, "{name}");
        assert_eq!(hashed.stats.references, 3 * (2 * missed + found) + 9 * found, "{name}");
        assert_eq!((hashed.stats.refills, machine.ledger.minflt), (3, 3), "{name}");
        assert_eq!(cached(pte(1)), pte(1));
    }
}
