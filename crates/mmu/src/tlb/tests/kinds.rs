//! Global pages, pages of 1 GiB, and the presets.

use super::super::{Replacement, TlbConfig};
use super::{RIGHTS, map};
use crate::limits::Limits;
use crate::{Config, FlushOwed, Machine, MmId, PteFlags, VirtAddr};

const GIB: u64 = 1 << 30;

/// Two spaces with a global page at 4096 and one of 1 GiB at 1 GiB.
fn machine(tlb: TlbConfig) -> (Machine, [MmId; 2]) {
    let mut machine = Machine::new(Config { tlb, ..Config::default() });
    let spaces = [0, 1].map(|_| machine.new_mm(Limits::default()).expect("memory"));
    let global = machine.phys.alloc().expect("memory");
    let tables = machine.phys.alloc_order(9).expect("memory");
    for mm in spaces {
        map(&mut machine, mm, 4096, 0, global, RIGHTS | PteFlags::GLOBAL);
        map(&mut machine, mm, GIB, 2, tables, RIGHTS | PteFlags::HUGE);
    }
    machine.switch_mm(spaces[0]);
    (machine, spaces)
}

#[test]
fn a_global_page_outlives_its_address_space_s_flush() {
    let (mut machine, [first, second]) = machine(TlbConfig::default());
    let at = VirtAddr::new(4096);
    machine.store(at, 7, 8).expect("mapped");
    machine.switch_mm(second);
    assert_eq!(machine.load(at, 8), Ok(7));
    machine.flush(FlushOwed::mm(second));
    assert_eq!(machine.load(at, 8), Ok(7));
    assert_eq!(machine.tlb_stats().walks(), 1);
    machine.flush(FlushOwed::page(second, at));
    machine.load(at, 8).expect("mapped");
    assert_eq!(machine.tlb_stats().walks(), 2);
    machine.switch_mm(first);
    machine.load(at, 8).expect("mapped");
    assert_eq!(machine.tlb_stats().walks(), 2);
    assert_eq!(machine.check_tlb(), Ok(()));
}

/// One page of 1 GiB is one walk where it has an array, 512 where it comes in pieces of 2 MiB.
#[test]
fn reach_depends_on_where_a_size_is_kept() {
    let walks = |tlb: TlbConfig| {
        let (mut machine, _) = machine(tlb);
        for piece in 0..512 {
            machine.load(VirtAddr::new(GIB + (piece << 21)), 8).expect("mapped");
        }
        assert_eq!(machine.check_tlb(), Ok(()));
        machine.tlb_stats().walks()
    };
    assert_eq!(walks(TlbConfig::default()), 1);
    let mut split = TlbConfig::default();
    split.data.huge = super::super::Home::Pieces;
    split.l2.huge = super::super::Home::Pieces;
    assert_eq!(walks(split), 512);
}

#[test]
fn presets_run_and_name_their_source() {
    for preset in TlbConfig::presets() {
        assert_eq!(TlbConfig::preset(preset.name), Some(preset.config));
        assert!(preset.source.len() > 40, "{}", preset.name);
        for (_, replacement) in Replacement::NAMED {
            let (mut machine, _) = machine(preset.config.with(replacement));
            for at in [4096, GIB, GIB + 4096, GIB + (5 << 21), 4096] {
                machine.load(VirtAddr::new(at), 8).expect("mapped");
                machine.fetch(VirtAddr::new(at)).expect("mapped");
            }
            assert_eq!(machine.check_tlb(), Ok(()));
        }
    }
}
