//! Shootdowns: which processors are asked to flush, and what happens where none is.

use super::super::TlbConfig;
use super::{RIGHTS, map};
use crate::limits::Limits;
use crate::{Config, FlushOwed, Machine, MmId, PteFlags, VirtAddr};
use proptest::prelude::*;

const CPUS: u32 = 3;

fn machine(spaces: usize) -> (Machine, Vec<MmId>) {
    let mut machine = Machine::new(Config { cpus: CPUS, tlb: TlbConfig::default(), ..Config::default() });
    let spaces: Vec<MmId> = (0..spaces).map(|_| machine.new_mm(Limits::default()).expect("memory")).collect();
    for &mm in &spaces {
        for page in 1..64 {
            let pfn = machine.phys.alloc().expect("memory");
            map(&mut machine, mm, page << 12, 0, pfn, RIGHTS);
        }
    }
    machine.switch_mm(spaces[0]);
    (machine, spaces)
}

fn run(machine: &mut Machine, cpu: u32, mm: MmId) {
    machine.run_on(cpu);
    machine.switch_mm(mm);
}

#[test]
fn a_flush_reaches_each_processor_that_runs_the_address_space() {
    let (mut machine, spaces) = machine(2);
    let at = VirtAddr::new(0x5000);
    for cpu in 0..CPUS {
        run(&mut machine, cpu, spaces[usize::from(cpu == 2)]);
        machine.load(at, 8).expect("mapped");
    }
    machine.run_on(0);
    machine.flush(FlushOwed::page(spaces[0], at));
    assert_eq!(machine.tlb_stats().shootdowns, 1);
    assert_eq!(machine.tlb_stats().page_flushes, 2);
    machine.flush(FlushOwed::range(spaces[0], VirtAddr::new(0), VirtAddr::new(34 << 12)));
    assert_eq!(machine.tlb_stats().shootdowns, 2);
    assert_eq!(machine.tlb_stats().page_flushes, 2);
}

#[test]
fn an_idle_processor_is_left_alone_and_flushes_when_it_goes_on() {
    let (mut machine, spaces) = machine(1);
    let (mm, at) = (spaces[0], VirtAddr::new(0x5000));
    run(&mut machine, 1, mm);
    machine.store(at, 7, 8).expect("mapped");
    machine.run_on(0);
    machine.switch_mm(mm);
    machine.idle(1);
    let other = machine.phys.alloc().expect("memory");
    map(&mut machine, mm, at.get(), 0, other, RIGHTS);
    machine.flush(FlushOwed::page(mm, at));
    assert_eq!(machine.tlb_stats().shootdowns, 0);
    assert_eq!(machine.check_tlb(), Ok(()));
    run(&mut machine, 1, mm);
    assert_eq!(machine.load(at, 8), Ok(0));
}

#[test]
fn without_a_flush_another_processor_goes_on_with_the_old_page() {
    let (mut machine, spaces) = machine(1);
    let (mm, at) = (spaces[0], VirtAddr::new(0x5000));
    machine.store(at, 7, 8).expect("mapped");
    run(&mut machine, 1, mm);
    let other = machine.phys.alloc().expect("memory");
    map(&mut machine, mm, at.get(), 0, other, RIGHTS.difference(PteFlags::WRITABLE));
    assert_eq!(machine.load(at, 8), Ok(0));
    assert!(machine.check_tlb().is_err());
    run(&mut machine, 0, mm);
    assert_eq!(machine.load(at, 8), Ok(7));
    assert!(machine.check_tlb().is_err());
    machine.flush(FlushOwed::page(mm, at));
    assert_eq!(machine.load(at, 8), Ok(0));
    assert_eq!(machine.check_tlb(), Ok(()));
}

#[test]
fn gathered_flushes_are_one() {
    let (mut machine, spaces) = machine(1);
    let mm = spaces[0];
    run(&mut machine, 1, mm);
    run(&mut machine, 0, mm);
    machine.gather(|machine| {
        for page in 1..20 {
            machine.flush(FlushOwed::page(mm, VirtAddr::new(page << 12)));
        }
    });
    assert_eq!((machine.tlb_stats().shootdowns, machine.tlb_stats().page_flushes), (1, 38));
    machine.gather_whole(|machine| machine.flush(FlushOwed::page(mm, VirtAddr::new(4096))));
    assert_eq!((machine.tlb_stats().shootdowns, machine.tlb_stats().page_flushes), (2, 38));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Pages move under three processors' feet, with a flush each time: nobody ever reads an old page.
    #[test]
    fn flushed_changes_are_seen_everywhere(
        steps in prop::collection::vec((0..6u8, 0..CPUS, 0..2usize, 1..16u64), 1..200),
    ) {
        let (mut machine, spaces) = machine(2);
        let mut values = std::collections::BTreeMap::new();
        for (number, (kind, cpu, space, page)) in steps.into_iter().enumerate() {
            let (mm, at) = (spaces[space], VirtAddr::new(page << 12));
            match kind {
                0 => {
                    let pfn = machine.phys.alloc().expect("memory");
                    map(&mut machine, mm, at.get(), 0, pfn, RIGHTS);
                    machine.flush(FlushOwed::page(mm, at));
                    values.remove(&(space, page));
                }
                1 if cpu != machine.cpu() => machine.idle(cpu),
                2 => {
                    run(&mut machine, cpu, mm);
                    machine.store(at, number as u64 + 1, 8).expect("mapped");
                    values.insert((space, page), number as u64 + 1);
                }
                _ => {
                    run(&mut machine, cpu, mm);
                    let expected = values.get(&(space, page)).copied().unwrap_or(0);
                    prop_assert_eq!(machine.load(at, 8), Ok(expected));
                }
            }
            prop_assert_eq!(machine.check_tlb(), Ok(()));
        }
    }
}
