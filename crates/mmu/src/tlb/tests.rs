//! The TLB against a naive model of it: every look-up must hit and miss alike, whatever windows stand in front.

mod cpus;
mod kinds;
mod textbook;
mod walks;

use super::{Home, Replacement, TlbConfig, TlbGeometry, TlbLevel};
use crate::limits::Limits;
use crate::{Config, FlushOwed, Machine, MmId, Pfn, Pte, PteFlags, VirtAddr};
use proptest::prelude::*;
use textbook::{Model, Use};

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

/// Small TLBs, so that entries have to go: split and shared, with few ways and with many.
fn any_shape() -> impl Strategy<Value = TlbConfig> {
    let geometry = TlbGeometry::new;
    let level = |small, large| TlbLevel { small, large, huge: Home::Pieces };
    let of = |data, l2| TlbConfig { data, code: None, l2, l2_code: None, walk: [None; 4] };
    let own = Home::Own;
    let plain = of(level(geometry(8, 2), own(geometry(4, 2))), level(geometry(16, 4), Home::WithSmall));
    let split = TlbConfig { code: Some(level(geometry(4, 4), own(geometry(2, 1)))), ..plain };
    let shared = of(level(geometry(20, 20), Home::WithSmall), level(geometry(48, 24), Home::WithSmall));
    prop_oneof![
        Just(TlbConfig::default()),
        Just(plain),
        Just(split),
        Just(TlbConfig { l2_code: Some(level(geometry(8, 4), Home::WithSmall)), ..split }),
        Just(of(level(geometry(6, 6), own(geometry(2, 2))), level(geometry(12, 12), Home::WithSmall))),
        Just(of(level(geometry(32, 1), own(geometry(1, 1))), level(geometry(32, 4), own(geometry(4, 2))))),
        Just(shared),
        Just(TlbConfig { code: Some(level(geometry(3, 3), Home::Pieces)), ..shared }),
        Just(of(level(geometry(7, 7), Home::Pieces), level(geometry(32, 4), Home::WithSmall))),
    ]
}

fn any_config() -> impl Strategy<Value = TlbConfig> {
    let replacement = prop::sample::select(Replacement::NAMED.map(|(_, replacement)| replacement).to_vec());
    (any_shape(), replacement).prop_map(|(shape, replacement)| shape.with(replacement))
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
    #![proptest_config(ProptestConfig::with_cases(96))]
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
                    model.access(at, Use::Load);
                    prop_assert_eq!(value, memory.get(&cell(model.running, at)).copied().unwrap_or(0));
                }
                Step::Store { at, value } => {
                    machine.store(VirtAddr::new(at), value, 8).expect("mapped");
                    model.access(at, Use::Store);
                    memory.insert(cell(model.running, at), value);
                }
                Step::Fetch { at } => {
                    machine.fetch(VirtAddr::new(at)).expect("mapped");
                    model.access(at, Use::Fetch);
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
