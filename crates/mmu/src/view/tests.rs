//! What the views look like.

use crate::limits::Limits;
use crate::phys::{FrameFlags, ZERO_PFN};
use crate::{Config, FlushOwed, Machine, MmId, Pte, PteFlags, VirtAddr};

const RIGHTS: PteFlags =
    PteFlags::PRESENT.union(PteFlags::WRITABLE).union(PteFlags::USER).union(PteFlags::NO_EXECUTE);

/// Three pages side by side, two views of the zero page, a large page, a marker.
fn machine() -> (Machine, MmId) {
    let mut machine = Machine::new(Config { ram_bytes: 16 << 20, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("memory");
    let block = machine.phys.alloc_order(2).expect("memory");
    for (at, pfn) in [(0x1000, block), (0x2000, block + 1), (0x3000, block + 2)] {
        machine.phys.frame_mut(pfn).insert(FrameFlags::ANON | FrameFlags::ANON_EXCLUSIVE);
        map(&mut machine, mm, at, 0, Pte::new(pfn, RIGHTS));
    }
    for at in [0x4000, 0x5000] {
        map(
            &mut machine,
            mm,
            at,
            0,
            Pte::new(ZERO_PFN, PteFlags::PRESENT | PteFlags::USER | PteFlags::SPECIAL),
        );
    }
    map(&mut machine, mm, 0x8000, 0, Pte(0x40));
    let large = machine.phys.alloc_order(9).expect("memory");
    map(&mut machine, mm, 1 << 30, 1, Pte::new(large, RIGHTS | PteFlags::HUGE));
    machine.switch_mm(mm);
    (machine, mm)
}

fn map(machine: &mut Machine, mm: MmId, at: u64, level: u32, pte: Pte) {
    let tables = &mut machine.mms[mm.index()].as_mut().expect("a live mm").tables;
    let at = tables.ensure(&mut machine.phys, VirtAddr::new(at), level).expect("memory");
    tables.write(&mut machine.phys, at, pte);
}

#[test]
fn tables_are_a_tree_of_runs() {
    let (mut machine, mm) = machine();
    machine.store(VirtAddr::new(0x3000), 1, 8).expect("mapped");
    insta::assert_snapshot!(machine.view_tables(mm), @r"
    0 table 3 pfn 32
      0 table 2 pfn 33
        0 table 1 pfn 34
          0 table 0 pfn 35
            1000-3000 rw----- pfn 4..5
            3000-4000 rw-AD-- pfn 6
            4000-6000 r-x--S- pfn 0
            8000-9000 not present 0x40
        40000000 table 1 pfn 36
          40000000-40200000 rw----H pfn 512
    ");
}

#[test]
fn the_tlb_shows_what_it_holds() {
    let (mut machine, mm) = machine();
    machine.store(VirtAddr::new(0x1000), 1, 8).expect("mapped");
    machine.load(VirtAddr::new(0x4000), 8).expect("mapped");
    machine.load(VirtAddr::new((1 << 30) + 0x5000), 8).expect("mapped");
    machine.flush(FlushOwed::page(mm, VirtAddr::new(0x4000)));
    insta::assert_snapshot!(machine.view_tlb(), @r"
    accesses 3 L1 misses 3 L2 misses 3 rewalks 0 page flushes 1 flushes 1
    L1 mm0 1000 pfn 4 rw- D
    L1 mm0 large 40000000 pfn 512 rw- -
    L2 mm0 1000 pfn 4 rw- D
    L2 mm0 large 40000000 pfn 512 rw- -
    ");
    let other = machine.new_mm(Limits::default()).expect("memory");
    machine.switch_mm(other);
    machine.flush(FlushOwed::mm(mm));
    assert!(machine.view_tlb().to_string().contains("1000 pfn"));
    assert!(machine.view_tlb().to_string().contains("stale"));
}

#[test]
fn frames_are_counted_by_use() {
    let (mut machine, _) = machine();
    machine.store(VirtAddr::new(0x1000), 1, 8).expect("mapped");
    insta::assert_snapshot!(machine.view_frames(), @r"
    frames 4096
    free 3574
    page tables 5
    anonymous, exclusive 3
    reserved 1
    with host bytes 6
    ");
}
