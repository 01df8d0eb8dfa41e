//! The references of page walks with paging-structure caches, against a plain list of what was walked.

use super::super::{Home, TlbConfig, TlbGeometry, TlbLevel};
use super::{RIGHTS, map};
use crate::limits::Limits;
use crate::{Config, FlushOwed, Machine, MmId, VirtAddr};
use proptest::prelude::*;

const SIZES: [usize; 3] = [3, 2, 1];

/// A TLB that forgets at once, with small caches of PDEs, PDPTEs and PML4Es.
fn forgetful() -> TlbConfig {
    let one = TlbLevel { small: TlbGeometry::full(1), large: Home::WithSmall, huge: Home::WithSmall };
    let cache = |entries: usize| Some(TlbGeometry::full(entries as u32));
    let walk = [cache(SIZES[0]), cache(SIZES[1]), cache(SIZES[2]), None];
    TlbConfig { data: one, code: None, l2: one, l2_code: None, walk }
}

/// Pages that differ in one index of each level.
fn address(at: u64) -> u64 {
    let bit = |n: u64| at >> n & 1;
    bit(0) << 12 | bit(1) << 21 | bit(2) << 22 | bit(3) << 30 | bit(4) << 39 | bit(5) << 40
}

fn machine() -> (Machine, MmId) {
    let mut machine = Machine::new(Config { tlb: forgetful(), ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("memory");
    for at in 0..64 {
        let pfn = machine.phys.alloc().expect("memory");
        map(&mut machine, mm, address(at), 0, pfn, RIGHTS);
    }
    machine.switch_mm(mm);
    (machine, mm)
}

/// Entries by level, the one used last at the end.
#[derive(Default)]
struct Lists {
    cached: [Vec<u64>; 3],
    references: u64,
    last: Option<u64>,
}

impl Lists {
    fn access(&mut self, addr: u64) {
        if self.last.replace(addr >> 12) == Some(addr >> 12) {
            return;
        }
        let prefix = |level: usize| addr >> (12 + 9 * level);
        let known = (1..4).find(|&level| self.cached[level - 1].contains(&prefix(level)));
        self.references += known.unwrap_or(4) as u64;
        if let Some(level) = known {
            self.note(level, prefix(level));
        }
        for level in (1..known.unwrap_or(4)).rev() {
            self.note(level, prefix(level));
        }
    }

    fn note(&mut self, level: usize, prefix: u64) {
        let list = &mut self.cached[level - 1];
        list.retain(|&p| p != prefix);
        if list.len() == SIZES[level - 1] {
            list.remove(0);
        }
        list.push(prefix);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn references_are_those_of_what_is_not_cached(steps in prop::collection::vec((0..64u64, 0..20u8), 1..200)) {
        let (mut machine, mm) = machine();
        let mut lists = Lists::default();
        for (at, kind) in steps {
            let addr = address(at);
            if kind == 0 {
                machine.flush(FlushOwed::page(mm, VirtAddr::new(addr)));
                lists.cached = Default::default();
                lists.last = lists.last.filter(|&page| page != addr >> 12);
            }
            machine.load(VirtAddr::new(addr), 8).expect("mapped");
            lists.access(addr);
            prop_assert_eq!(machine.walk_references(), lists.references);
            prop_assert_eq!(machine.check_tlb(), Ok(()));
        }
    }
}

#[test]
fn a_stale_table_is_walked_and_found_by_the_check() {
    let (mut machine, mm) = machine();
    let (near, far) = (VirtAddr::new(address(0)), VirtAddr::new(address(1)));
    machine.store(near, 7, 8).expect("mapped");
    machine.load(far, 8).expect("mapped");
    // The table of base pages moves, and nobody flushes.
    let tables = &machine.mm(mm).tables;
    let above = tables.entry(&machine.phys, near, 1).expect("a table");
    let empty = machine.phys.alloc().expect("memory");
    let pde = machine.mm(mm).tables.read(&machine.phys, above);
    machine.set_entry(above, crate::Pte::new(empty, pde.flags()));
    assert_eq!(machine.load(near, 8), Ok(7));
    assert!(machine.check_tlb().is_err());
    machine.flush(FlushOwed::page(mm, near));
    assert!(machine.load(near, 8).is_err());
    assert_eq!(machine.check_tlb(), Ok(()));
}
