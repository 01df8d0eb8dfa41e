//! Segments: what a descriptor allows and where it leads.

use super::global::Register;
use super::*;
use crate::vma::VmFlags;
use crate::{Access, AccessErrorKind, VirtAddr};
use crate::{Config, Limits, NewMapping};
use proptest::prelude::*;

const RW: VmFlags = VmFlags::READ.union(VmFlags::WRITE).union(VmFlags::MAYREAD).union(VmFlags::MAYWRITE);
const BASE: u64 = 0x1000_0000;
const PAGE: u64 = 4096;

fn machine(way: FormatName, ram: u64) -> (Machine, crate::MmId) {
    let mut machine = Machine::new(Config { format: way.format(), ram_bytes: ram, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("a root");
    machine.switch_mm(mm);
    (machine, mm)
}

fn map(machine: &mut Machine, mm: crate::MmId, page: u64, pages: u64) {
    let (start, end) = (VirtAddr::new(BASE + page * PAGE), VirtAddr::new(BASE + (page + pages) * PAGE));
    let new = NewMapping { start, end, flags: RW, pgoff: start.get() / PAGE, file: None };
    machine.mmap_region(mm, &new).expect("room");
    machine.sync_segments();
}

#[test]
fn a_change_of_segment_loads_a_descriptor() {
    let (mut machine, mm) = machine(FormatName::Segments, 64 << 20);
    (0..5).for_each(|i| map(&mut machine, mm, i * 10, 2));
    let touch =
        |machine: &mut Machine, i: u64| machine.store(VirtAddr::new(BASE + i * 10 * PAGE), 1, 1).is_ok();
    assert!([0, 1, 2, 3, 0, 1, 2, 3].iter().all(|i| touch(&mut machine, *i)));
    assert_eq!(machine.segments().unwrap().stats.loads, 4, "four data registers hold four segments");
    assert!(touch(&mut machine, 4) && touch(&mut machine, 0));
    assert_eq!(machine.segments().unwrap().stats.loads, 6);
}

/// What the registers were loaded with from the table in memory leads to where each segment is, also after a compaction.
#[test]
fn descriptors_in_memory_lead_to_the_segments() {
    let (mut machine, mm) = machine(FormatName::Segments, 1 << 20);
    (0..8).for_each(|i| map(&mut machine, mm, i * 100, 30));
    assert!(machine.store(VirtAddr::new(BASE + 600 * PAGE), 1, 1).is_ok());
    let loads = machine.segments().unwrap().stats.loads;
    [1, 3, 5]
        .iter()
        .for_each(|i| machine.munmap_range(mm, BASE + i * 100 * PAGE, 30 * PAGE).expect("mapped"));
    machine.sync_segments();
    map(&mut machine, mm, 5000, 60);
    assert!(machine.store(VirtAddr::new(BASE + 601 * PAGE), 1, 1).is_ok());
    let segments = machine.segments().unwrap();
    assert_eq!(segments.stats.loads, loads + 1, "it was moved");
    assert!(segments.stats.faults.is_empty());
    let space = segments.spaces.values().next().unwrap();
    for (at, segment) in space.segments.iter().enumerate() {
        let descriptor =
            segments.global.load(&machine.phys, Register::Data, Selector::local(at), 3).expect("loaded");
        let linear = fault::linear(segment, descriptor, segment.start + 5, Access::Write);
        assert_eq!(linear.map(u64::from), Ok(segment.place.unwrap() + 5));
    }
    assert_eq!(segments.table_bytes(), 8 * (18 + 6), "the global table and the local one");
    assert_eq!(machine.check(), Ok(()));
    machine.exit_mmap(mm);
    machine.sync_segments();
    assert_eq!((machine.segments().unwrap().table_bytes(), machine.check()), (0, Ok(())));
}

#[test]
fn segment_faults_are_told_from_page_faults() {
    let (mut machine, mm) = machine(FormatName::SegmentsPaged, 64 << 20);
    map(&mut machine, mm, 0, 2);
    assert!(machine.store(VirtAddr::new(BASE), 1, 1).is_ok());
    assert_eq!((machine.ledger.minflt, machine.segments().unwrap().stats.faults.len()), (1, 0));
    assert!(machine.load(VirtAddr::new(BASE + 5 * PAGE), 1).is_err());
    let faults = &machine.segments().unwrap().stats.faults;
    assert_eq!((machine.ledger.minflt, faults.get(&SegmentFault::Limit)), (1, Some(&1)));
}

/// Where segments stand alone, what they do not allow ends the access: the type forbids it, or nothing is there. No page fault is taken.
#[test]
fn segments_alone_decide() {
    let kind = |machine: &mut Machine, access: Access, addr: u64| {
        let result = match access {
            Access::Read => machine.load(VirtAddr::new(addr), 1).map(|_| ()),
            Access::Write => machine.store(VirtAddr::new(addr), 1, 1),
            Access::Fetch => machine.fetch(VirtAddr::new(addr)),
        };
        result.err().map(|error| error.kind)
    };
    let (mut machine, mm) = machine(FormatName::Segments, 64 << 20);
    map(&mut machine, mm, 0, 2);
    let (second, end) = (VirtAddr::new(BASE + PAGE), VirtAddr::new(BASE + 2 * PAGE));
    machine.mprotect_range(mm, second, end, VmFlags::READ, false).expect("mapped");
    assert_eq!(kind(&mut machine, Access::Write, BASE), None);
    assert_eq!(kind(&mut machine, Access::Read, BASE + PAGE), None);
    let minflt = machine.ledger.minflt;
    assert_eq!(kind(&mut machine, Access::Write, BASE + PAGE), Some(AccessErrorKind::AccErr));
    assert_eq!(
        kind(&mut machine, Access::Fetch, BASE),
        Some(AccessErrorKind::AccErr),
        "unlike over 32-bit paging"
    );
    assert_eq!(kind(&mut machine, Access::Read, BASE + 5 * PAGE), Some(AccessErrorKind::MapErr));
    let faults = &machine.segments().unwrap().stats.faults;
    assert_eq!((faults.get(&SegmentFault::Type), faults.get(&SegmentFault::Limit)), (Some(&2), Some(&1)));
    assert_eq!((machine.ledger.minflt, machine.check()), (minflt, Ok(())));
}

/// A segment fault below the stack makes it grow.
#[test]
fn a_stack_grows_by_segment_faults() {
    for way in [FormatName::Segments, FormatName::SplitSpaces, FormatName::BaseBounds] {
        let (mut machine, mm) = machine(way, 4 << 20);
        let (start, end) = (VirtAddr::new(BASE + 8 * PAGE), VirtAddr::new(BASE + 9 * PAGE));
        let flags = RW | VmFlags::GROWSDOWN;
        let new = NewMapping { start, end, flags, pgoff: start.get() / PAGE, file: None };
        machine.mmap_region(mm, &new).expect("room");
        assert!(machine.store(VirtAddr::new(BASE + 8 * PAGE), 1, 1).is_ok());
        assert!(machine.store(VirtAddr::new(BASE + 6 * PAGE), 1, 1).is_ok(), "{way}");
        let segments = machine.segments().unwrap();
        assert_eq!(segments.stats.faults.get(&SegmentFault::Limit), Some(&1), "{way}");
        assert_eq!(segments.refusal(), None, "{way}");
        let (_, vma) = machine.mm(mm).vmas.iter().next().unwrap();
        assert_eq!((vma.start, machine.check()), (VirtAddr::new(BASE + 6 * PAGE), Ok(())), "{way}");
    }
}

/// What is in no part of a process has no offset in its one segment.
#[test]
fn a_bound_is_checked() {
    let (mut machine, mm) = machine(FormatName::BaseBounds, 64 << 20);
    assert!(machine.load(VirtAddr::new(BASE), 1).is_err(), "no part at all");
    map(&mut machine, mm, 0, 2);
    map(&mut machine, mm, 10, 1);
    assert!(machine.store(VirtAddr::new(BASE + 10 * PAGE), 1, 1).is_ok());
    let error = machine.load(VirtAddr::new(BASE + 11 * PAGE), 1).unwrap_err();
    assert_eq!(error.kind, AccessErrorKind::MapErr);
    let segments = machine.segments().unwrap();
    assert_eq!((segments.count(), segments.stats.faults.get(&SegmentFault::Limit)), (1, Some(&2)));
}

#[test]
fn what_grows_is_extended_or_moved() {
    let (mut machine, mm) = machine(FormatName::Segments, 64 << 20);
    map(&mut machine, mm, 0, 2);
    map(&mut machine, mm, 2, 2);
    let stats = *machine.segments().unwrap().placing().unwrap().0;
    assert_eq!((stats.new_bytes, stats.moves), (4 * PAGE, 0), "nothing was behind it");
    map(&mut machine, mm, 10, 1);
    map(&mut machine, mm, 4, 1);
    let stats = *machine.segments().unwrap().placing().unwrap().0;
    assert_eq!((stats.moves, stats.moved_bytes), (1, 4 * PAGE));
}

#[test]
fn a_fragmented_memory_is_compacted() {
    let (mut machine, mm) = machine(FormatName::Segments, 1 << 20);
    (0..8).for_each(|i| map(&mut machine, mm, i * 100, 30));
    for i in [1, 3, 5] {
        machine.munmap_range(mm, BASE + i * 100 * PAGE, 30 * PAGE).expect("mapped");
    }
    machine.sync_segments();
    map(&mut machine, mm, 5000, 60);
    let (stats, memory) = machine.segments().unwrap().placing().unwrap();
    assert_eq!((stats.compactions, stats.refused), (1, 0));
    assert_eq!(stats.compacted_bytes, 4 * 30 * PAGE, "all but the first");
    assert_eq!(memory.holes(), 1);
    map(&mut machine, mm, 6000, 100);
    assert!(machine.segments().unwrap().refusal().is_some());
}

#[test]
fn a_pdp_11_has_eight_pages_of_data() {
    let (mut machine, mm) = machine(FormatName::SplitSpaces, 1 << 20);
    map(&mut machine, mm, 0, 16);
    assert_eq!(machine.segments().unwrap().refusal(), None);
    map(&mut machine, mm, 100, 1);
    assert!(machine.segments().unwrap().refusal().unwrap().contains("there are 8"));
}

proptest! {
    /// Segments in memory are as long as the mappings and do not overlap, whatever is mapped and unmapped.
    #[test]
    fn segments_keep_apart(steps in prop::collection::vec((any::<bool>(), 0..60_u64, 1..12_u64), 1..40)) {
        let (mut machine, mm) = machine(FormatName::Segments, 1 << 20);
        for (map_it, page, pages) in steps {
            machine.munmap_range(mm, BASE + page * PAGE, pages * PAGE).expect("unmapped");
            machine.sync_segments();
            if map_it {
                map(&mut machine, mm, page, pages);
            }
            let space = machine.segments().unwrap().spaces.values().next().unwrap();
            let mapped: u64 = machine.mm(mm).vmas.iter().map(|(_, vma)| vma.len_bytes()).sum();
            prop_assert_eq!(space.segments.iter().map(Segment::len).sum::<u64>(), mapped);
            let mut places: Vec<(u64, u64)> = space.segments.iter().map(|s| (s.place.unwrap(), s.len())).collect();
            places.sort_unstable();
            prop_assert!(places.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
            let (_, memory) = machine.segments().unwrap().placing().unwrap();
            prop_assert_eq!(memory.free_bytes(), (1 << 20) - mapped);
        }
    }
}
