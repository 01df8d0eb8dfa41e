//! The TLB against a naive model of it: every look-up must hit and miss alike, whatever windows stand in front.

use super::{TlbConfig, TlbGeometry, TlbStats};
use crate::limits::Limits;
use crate::{Config, FlushOwed, Machine, MmId, Pfn, Pte, PteFlags, VirtAddr};
use proptest::prelude::*;

const SPACES: usize = 8;
/// Base pages mapped from address 0; then large pages.
const BASE_PAGES: u64 = 48;
const LARGE_PAGES: u64 = 6;
const LARGE_START: u64 = 1 << 30;
const RIGHTS: PteFlags = PteFlags::PRESENT.union(PteFlags::WRITABLE).union(PteFlags::USER);

#[derive(Clone, Debug)]
enum Step {
    Load { at: u64 },
    Store { at: u64, value: u64 },
    Fetch { at: u64 },
    FlushPages { at: u64, pages: u64 },
    FlushSpace { space: usize },
    Switch { space: usize },
}

fn any_address() -> impl Strategy<Value = u64> {
    let base = (0..BASE_PAGES, 0..2u64).prop_map(|(page, word)| page << 12 | word << 3);
    let large = (0..LARGE_PAGES * 512).prop_map(|page| LARGE_START + (page << 12));
    let near = (0..LARGE_PAGES, 0..3u64).prop_map(|(page, part)| LARGE_START + (page << 21) + (part << 12));
    prop_oneof![6 => base, 1 => large, 2 => near]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => any_address().prop_map(|at| Step::Load { at }),
        8 => (any_address(), 0..3u64).prop_map(|(at, value)| Step::Store { at, value }),
        1 => any_address().prop_map(|at| Step::Fetch { at }),
        1 => (any_address(), 1..40u64).prop_map(|(at, pages)| Step::FlushPages { at, pages }),
        1 => (0..SPACES).prop_map(|space| Step::FlushSpace { space }),
        1 => (0..SPACES).prop_map(|space| Step::Switch { space }),
    ]
}

fn any_config() -> impl Strategy<Value = TlbConfig> {
    let of = |small, large, shared| TlbConfig { l1_small: small, l1_large: large, l2: shared };
    let geometry = TlbGeometry::new;
    prop_oneof![
        Just(TlbConfig::default()),
        Just(of(geometry(8, 2), geometry(4, 2), geometry(16, 4))),
        Just(of(geometry(6, 6), geometry(2, 2), geometry(16, 16))),
        Just(of(geometry(32, 1), geometry(1, 1), geometry(32, 4))),
    ]
}

/// A set-associative array as the textbook has it: entries with the time of their last use.
struct Naive {
    geometry: TlbGeometry,
    entries: Vec<(Key, u64)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Key {
    page: u64,
    large: bool,
    space: usize,
}

impl Naive {
    fn use_key(&mut self, key: Key, now: u64) -> bool {
        let found = self.entries.iter_mut().find(|(k, _)| *k == key);
        found.map(|entry| entry.1 = now).is_some()
    }

    fn enter(&mut self, key: Key, now: u64) {
        let sets = u64::from(self.geometry.entries / self.geometry.ways);
        let set = |key: &Key| key.page % sets;
        let same = self.entries.iter().filter(|(k, _)| set(k) == set(&key));
        if same.clone().count() == self.geometry.ways as usize {
            let oldest = *same.min_by_key(|(_, used)| *used).expect("a full set");
            self.entries.retain(|e| *e != oldest);
        }
        self.entries.push((key, now));
    }
}

struct Model {
    small: Naive,
    large: Naive,
    shared: Naive,
    /// Pages whose entries in the tables are dirty, and TLB keys entered as dirty.
    dirty_pages: Vec<Key>,
    dirty_keys: Vec<Key>,
    ids: Vec<Option<usize>>,
    next_id: usize,
    /// Spaces that must be flushed before they run again.
    behind: [bool; SPACES],
    running: usize,
    now: u64,
    stats: TlbStats,
}

impl Model {
    fn new(config: &TlbConfig) -> Model {
        let naive = |geometry| Naive { geometry, entries: Vec::new() };
        Model {
            small: naive(config.l1_small),
            large: naive(config.l1_large),
            shared: naive(config.l2),
            dirty_pages: Vec::new(),
            dirty_keys: Vec::new(),
            ids: vec![None; super::asid::ASIDS],
            next_id: 0,
            behind: [false; SPACES],
            running: usize::MAX,
            now: 0,
            stats: TlbStats::default(),
        }
    }

    fn key(&self, at: u64) -> Key {
        let large = at >= LARGE_START;
        Key { page: if large { at >> 21 } else { at >> 12 }, large, space: self.running }
    }

    fn access(&mut self, at: u64, write: bool) {
        self.now += 1;
        self.stats.accesses += 1;
        let key = self.key(at);
        let first = if key.large { &mut self.large } else { &mut self.small };
        let hit = first.use_key(key, self.now) || {
            self.stats.l1_misses += 1;
            let hit = self.shared.use_key(key, self.now);
            if hit {
                first.enter(key, self.now);
            }
            hit
        };
        if hit && (!write || self.dirty_keys.contains(&key)) {
            return;
        }
        if hit {
            self.stats.rewalks += 1;
            self.drop_keys(|k| k == key);
        } else {
            self.stats.l2_misses += 1;
        }
        self.stats.references_saved += u64::from(key.large);
        if write {
            self.dirty_pages.push(key);
        }
        if self.dirty_pages.contains(&key) {
            self.dirty_keys.push(key);
        }
        self.shared.enter(key, self.now);
        if key.large { &mut self.large } else { &mut self.small }.enter(key, self.now);
    }

    fn drop_keys(&mut self, which: impl Fn(Key) -> bool) {
        for array in [&mut self.small, &mut self.large, &mut self.shared] {
            array.entries.retain(|(key, _)| !which(*key));
        }
        self.dirty_keys.retain(|key| !which(*key));
    }

    fn flush_pages(&mut self, at: u64, pages: u64) {
        if pages > 33 {
            return self.flush_space(self.running);
        }
        self.stats.page_flushes += pages;
        for page in (at >> 12)..(at >> 12) + pages {
            let space = self.running;
            self.drop_keys(|key| key.space == space && key.page == if key.large { page >> 9 } else { page });
        }
    }

    fn flush_space(&mut self, space: usize) {
        if space == self.running {
            self.stats.asid_flushes += 1;
            self.drop_keys(|key| key.space == space);
        } else {
            self.behind[space] = true;
        }
    }

    fn switch(&mut self, space: usize) {
        if self.running == space {
            return;
        }
        self.running = space;
        if self.ids.contains(&Some(space)) {
            if std::mem::take(&mut self.behind[space]) {
                self.flush_space(space);
            }
            return;
        }
        let out = self.ids[self.next_id].replace(space);
        self.next_id = (self.next_id + 1) % self.ids.len();
        self.drop_keys(|key| Some(key.space) == out || key.space == space);
        self.behind[space] = false;
        self.stats.asid_flushes += 1;
    }
}

/// Every space has all pages; base page 1 shows the frame of base page 0.
fn machine(tlb: TlbConfig) -> (Machine, Vec<MmId>) {
    let mut machine = Machine::new(Config { tlb, ..Config::default() });
    let spaces = (0..SPACES).map(|_| machine.new_mm(Limits::default()).expect("memory")).collect::<Vec<_>>();
    for &mm in &spaces {
        let mut shared = None;
        for page in 0..BASE_PAGES {
            let pfn = if page == 1 { shared } else { None }
                .unwrap_or_else(|| machine.phys.alloc().expect("memory"));
            shared = shared.or(Some(pfn));
            map(&mut machine, mm, page << 12, 0, pfn, RIGHTS);
        }
        for page in 0..LARGE_PAGES {
            let pfn = machine.phys.alloc_order(9).expect("memory");
            map(&mut machine, mm, LARGE_START + (page << 21), 1, pfn, RIGHTS | PteFlags::HUGE);
        }
    }
    (machine, spaces)
}

fn map(machine: &mut Machine, mm: MmId, at: u64, level: u32, pfn: Pfn, flags: PteFlags) {
    let tables = &mut machine.mms[mm.index()].as_mut().expect("a live mm").tables;
    let at = tables.ensure(&mut machine.phys, VirtAddr::new(at), level).expect("memory");
    tables.write(&mut machine.phys, at, Pte::new(pfn, flags));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn hits_and_misses_as_the_textbook(config in any_config(), steps in prop::collection::vec(any_step(), 1..400)) {
        let (mut machine, spaces) = machine(config);
        let mut model = Model::new(&config);
        let mut memory = std::collections::BTreeMap::new();
        machine.switch_mm(spaces[0]);
        model.switch(0);
        for step in steps {
            match step {
                Step::Load { at } => {
                    let value = machine.load(VirtAddr::new(at), 8).expect("mapped");
                    model.access(at, false);
                    prop_assert_eq!(value, memory.get(&cell(model.running, at)).copied().unwrap_or(0));
                }
                Step::Store { at, value } => {
                    machine.store(VirtAddr::new(at), value, 8).expect("mapped");
                    model.access(at, true);
                    memory.insert(cell(model.running, at), value);
                }
                Step::Fetch { at } => {
                    machine.fetch(VirtAddr::new(at)).expect("mapped");
                    model.access(at, false);
                }
                Step::FlushPages { at, pages } => {
                    let (mm, start) = (spaces[model.running], VirtAddr::new(at));
                    let owed = FlushOwed::range(mm, start, start.align_down(4096) + pages * 4096);
                    machine.flush(owed);
                    model.flush_pages(at, pages);
                }
                Step::FlushSpace { space } => {
                    machine.flush(FlushOwed::mm(spaces[space]));
                    model.flush_space(space);
                }
                Step::Switch { space } => {
                    machine.switch_mm(spaces[space]);
                    model.switch(space);
                }
            }
            prop_assert_eq!(machine.tlb.stats(), &model.stats);
        }
    }
}

/// Where an address's bytes are: base pages 0 and 1 are one frame.
fn cell(space: usize, at: u64) -> (usize, u64) {
    (space, if at >> 12 == 1 { at - 4096 } else { at })
}

#[test]
fn a_stale_entry_acts_until_it_is_flushed() {
    let (mut machine, spaces) = machine(TlbConfig::default());
    let (mm, at) = (spaces[0], VirtAddr::new(0x5000));
    machine.switch_mm(mm);
    machine.store(at, 7, 8).expect("mapped");
    let other = machine.phys.alloc().expect("memory");
    map(&mut machine, mm, at.get(), 0, other, RIGHTS.difference(PteFlags::WRITABLE));
    assert_eq!(machine.load(at, 8), Ok(7));
    assert_eq!(machine.store(at, 8, 8), Ok(()));
    assert!(machine.check_tlb().is_err());
    machine.flush(FlushOwed::page(mm, at));
    assert_eq!(machine.load(at, 8), Ok(0));
    assert!(machine.store(at, 9, 8).is_err());
    assert_eq!(machine.check_tlb(), Ok(()));
}

#[test]
fn a_stale_entry_never_shows_another_frame_s_bytes() {
    let (mut machine, spaces) = machine(TlbConfig::default());
    let (mm, at) = (spaces[0], VirtAddr::new(0x5000));
    machine.switch_mm(mm);
    machine.store(at, 7, 8).expect("mapped");
    let frame =
        machine.tlb.lookup(at, &mut machine.phys.host.windows).map(|page| machine.tlb.frame(page, at));
    let frame = frame.expect("just used");
    machine.phys.free(frame);
    let thief = machine.phys.alloc_order(1).expect("memory");
    machine.phys.host_mut().set_word(thief, 0, 99);
    assert_eq!(machine.load(at, 8), Ok(0));
}
