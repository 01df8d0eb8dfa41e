//! Pools: what is promised is there, and who was promised nothing may go without.

use crate::limits::Limits;
use crate::{AccessErrorKind, Config, Machine, MmId, NewMapping, VirtAddr, VmFlags};

const HUGE: u64 = 2 << 20;
const START: u64 = 1 << 30;

fn machine(pages: u64) -> (Machine, MmId) {
    let mut machine = Machine::new(Config { ram_bytes: 256 << 20, nr_hugepages: pages, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("memory");
    machine.switch_mm(mm);
    (machine, mm)
}

/// Maps `pages` pool pages at [`START`].
fn map(machine: &mut Machine, mm: MmId, pages: u64, shared: bool, reserve: bool) -> bool {
    let mut flags =
        VmFlags::READ | VmFlags::WRITE | VmFlags::HUGETLB | VmFlags::DONTEXPAND | VmFlags::MAYWRITE;
    if shared {
        flags |= VmFlags::SHARED | VmFlags::MAYSHARE;
    }
    if !reserve {
        flags |= VmFlags::NORESERVE;
    }
    let whole = machine.hugetlb_file_setup(1, pages * HUGE);
    let promised = machine.hugetlb_map(whole, 0..pages, flags);
    machine.fput(whole);
    let Ok((file, flags)) = promised else { return false };
    let (start, end) = (VirtAddr::new(START), VirtAddr::new(START + pages * HUGE));
    let new = NewMapping { start, end, flags, pgoff: 0, file: Some(file) };
    let mapped = machine.mmap_region(mm, &new).is_ok();
    machine.fput(file);
    mapped
}

fn counts(machine: &Machine) -> (u64, u64, u64) {
    let counts = machine.hugetlb_pool(1);
    (counts.total, counts.free, counts.reserved)
}

fn at(page: u64) -> VirtAddr {
    VirtAddr::new(START + page * HUGE + 0x1238)
}

#[test]
fn a_mapping_reserves_and_its_faults_take() {
    let (mut machine, mm) = machine(4);
    assert!(map(&mut machine, mm, 3, false, true));
    assert_eq!(counts(&machine), (4, 4, 3));
    let more = machine.hugetlb_file_setup(1, 2 * HUGE);
    assert!(machine.hugetlb_map(more, 0..2, VmFlags::empty()).is_err());
    machine.fput(more);
    machine.store(at(0), 7, 8).expect("promised");
    assert_eq!(machine.load(at(2), 8), Ok(0));
    assert_eq!(counts(&machine), (4, 2, 1));
    assert_eq!(machine.ledger.minflt, 2);
    machine.store(at(2), 9, 8).expect("its own");
    assert_eq!((machine.load(at(0), 8), machine.load(at(2), 8)), (Ok(7), Ok(9)));
    assert_eq!((machine.ledger.minflt, machine.mm(mm).stats.rss_pages()), (3, 0));
    assert_eq!(machine.hugetlb_bytes(mm), 2 * HUGE);
    assert_eq!(machine.check(), Ok(()));
    machine.munmap_range(mm, START + HUGE, HUGE).expect("aligned");
    assert_eq!(counts(&machine), (4, 2, 0));
    assert!(machine.munmap_range(mm, START, 4096).is_err());
    machine.munmap_range(mm, START, 3 * HUGE).expect("aligned");
    assert_eq!(counts(&machine), (4, 4, 0));
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn without_a_promise_the_last_page_missing_is_sigbus() {
    let (mut machine, mm) = machine(1);
    assert!(map(&mut machine, mm, 2, false, false));
    assert_eq!(counts(&machine), (1, 1, 0));
    machine.store(at(0), 1, 8).expect("one is free");
    let error = machine.store(at(1), 1, 8).expect_err("none is left");
    assert_eq!(error.kind, AccessErrorKind::BusAdrErr);
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn shared_pages_are_the_memory_s_and_outlive_their_mappings_parts() {
    let (mut machine, mm) = machine(2);
    assert!(map(&mut machine, mm, 2, true, true));
    machine.store(at(0), 5, 8).expect("promised");
    let child = machine.dup_mm(mm).expect("memory");
    machine.switch_mm(child);
    assert_eq!(machine.load(at(0), 8), Ok(5));
    machine.store(at(1), 6, 8).expect("promised");
    machine.exit_mmap(child);
    machine.switch_mm(mm);
    assert_eq!(machine.load(at(1), 8), Ok(6));
    assert_eq!(counts(&machine), (2, 0, 0));
    assert_eq!(machine.check(), Ok(()));
    machine.exit_mmap(mm);
    assert_eq!(counts(&machine), (2, 2, 0));
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn after_a_fork_the_owner_keeps_what_it_was_promised() {
    let (mut machine, mm) = machine(1);
    assert!(map(&mut machine, mm, 1, false, true));
    machine.store(at(0), 5, 8).expect("promised");
    let child = machine.dup_mm(mm).expect("memory");
    machine.switch_mm(child);
    assert_eq!(machine.load(at(0), 8), Ok(5));
    let error = machine.store(at(0), 6, 8).expect_err("the pool is empty");
    assert_eq!(error.kind, AccessErrorKind::BusAdrErr);
    machine.switch_mm(mm);
    machine.store(at(0), 7, 8).expect("taken from the child");
    assert_eq!(machine.check(), Ok(()));
    machine.switch_mm(child);
    assert!(machine.load(at(0), 8).is_err());
    machine.exit_mmap(child);
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn a_copy_takes_a_free_page() {
    let (mut machine, mm) = machine(2);
    assert!(map(&mut machine, mm, 1, false, true));
    machine.store(at(0), 5, 8).expect("promised");
    let child = machine.dup_mm(mm).expect("memory");
    machine.switch_mm(child);
    machine.store(at(0), 6, 8).expect("one is free");
    machine.switch_mm(mm);
    assert_eq!(machine.load(at(0), 8), Ok(5));
    assert_eq!(machine.hugetlb_work_pages(), (512, 512));
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn the_pool_grows_and_shrinks_as_memory_allows() {
    let (mut machine, mm) = machine(0);
    assert!(!map(&mut machine, mm, 1, false, true));
    let most = machine.set_nr_hugepages(1, 1 << 20);
    assert!(most > 100 && most < 128, "{most}");
    assert!(map(&mut machine, mm, 3, false, true));
    assert_eq!(machine.set_nr_hugepages(1, 0), 3);
    assert_eq!(machine.set_nr_hugepages(2, 1), 0);
    assert_eq!(machine.check(), Ok(()));
    insta::assert_snapshot!(machine.hugetlb_meminfo_text(), @r"
    HugePages_Total:       3
    HugePages_Free:        3
    HugePages_Rsvd:        3
    HugePages_Surp:        3
    Hugepagesize:       2048 kB
    Hugetlb:            6144 kB
    ");
}

#[test]
fn a_page_of_1_gib_is_one_fault_and_one_entry() {
    let mut machine = Machine::new(Config { ram_bytes: 3 << 30, nr_hugepages_1g: 1, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("memory");
    machine.switch_mm(mm);
    assert_eq!(machine.hugetlb_pool(2).total, 1);
    let flags = VmFlags::READ | VmFlags::WRITE | VmFlags::HUGETLB | VmFlags::HUGETLB_1G | VmFlags::DONTEXPAND;
    let whole = machine.hugetlb_file_setup(2, 1 << 30);
    let (file, flags) = machine.hugetlb_map(whole, 0..1, flags).expect("a page");
    machine.fput(whole);
    let (start, end) = (VirtAddr::new(1 << 30), VirtAddr::new(2 << 30));
    machine.mmap_region(mm, &NewMapping { start, end, flags, pgoff: 0, file: Some(file) }).expect("room");
    machine.fput(file);
    machine.store(start, 1, 8).expect("promised");
    machine.store(VirtAddr::new((2 << 30) - 8), 2, 8).expect("the same page");
    assert_eq!((machine.ledger.minflt, machine.tlb_stats().walks()), (1, 2));
    assert_eq!(machine.check(), Ok(()));
    machine.exit_mmap(mm);
    assert_eq!(machine.check(), Ok(()));
}
