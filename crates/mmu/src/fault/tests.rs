//! Anonymous memory from fault to zap, with the counts a user would see.

use crate::vma::Vma;
use crate::{Config, FaultCause, Machine, MmId, VirtAddr, VmFlags, VmaId};

const BASE: VirtAddr = VirtAddr::new(0x7000_0000_0000);
const PAGE: u64 = 4096;

fn machine(pages: u64, more: VmFlags) -> (Machine, MmId, VmaId) {
    let mut machine = Machine::new(Config::default());
    let mm = machine.new_mm(crate::Limits::default()).unwrap();
    let mut vma = Vma::new(BASE, BASE + pages * PAGE, 12);
    vma.flags =
        VmFlags::READ | VmFlags::WRITE | VmFlags::MAYREAD | VmFlags::MAYWRITE | VmFlags::MAYEXEC | more;
    vma.page_prot = vma.flags.page_prot();
    let id = machine.mm_mut(mm).vmas.insert(vma);
    machine.switch_mm(mm);
    (machine, mm, id)
}

fn count(machine: &Machine, cause: FaultCause) -> u64 {
    machine.ledger.by_cause().get(&cause).copied().unwrap_or(0)
}

#[test]
fn a_read_then_a_write_are_two_faults() {
    let (mut machine, mm, _) = machine(2, VmFlags::empty());
    assert_eq!(machine.load(BASE, 8), Ok(0));
    assert_eq!(machine.mm(mm).stats.rss_pages(), 0);
    machine.store(BASE + 8, 7, 1).unwrap();
    machine.store(BASE + PAGE, 1, 1).unwrap();
    assert_eq!(machine.load(BASE + 8, 1), Ok(7));
    assert_eq!(machine.mm(mm).stats.rss_pages(), 2);
    let causes = [FaultCause::ZeroPage, FaultCause::ZeroToFrame, FaultCause::AnonWrite];
    assert_eq!(causes.map(|cause| count(&machine, cause)), [1, 1, 1]);
    assert_eq!((machine.ledger.minflt, machine.ledger.majflt), (3, 0));
}

#[test]
fn after_fork_the_first_writer_copies_and_the_last_takes_over() {
    let (mut machine, parent, _) = machine(1, VmFlags::empty());
    machine.store(BASE, 5, 8).unwrap();
    let child = machine.dup_mm(parent).unwrap();
    machine.switch_mm(child);
    assert_eq!(machine.load(BASE, 8), Ok(5));
    machine.store(BASE, 6, 8).unwrap();
    machine.switch_mm(parent);
    machine.store(BASE + 8, 9, 8).unwrap();
    assert_eq!(machine.load(BASE, 8), Ok(5));
    assert_eq!(count(&machine, FaultCause::CowCopy), 1);
    assert_eq!(count(&machine, FaultCause::CowReuse), 1);
}

#[test]
fn zap_gives_all_frames_and_tables_back() {
    let (mut machine, mm, id) = machine(700, VmFlags::empty());
    let before = machine.phys.used();
    machine.memset(BASE, 1, 700 * PAGE).unwrap();
    assert_eq!(machine.mm(mm).tables.table_bytes, 4 * PAGE);
    machine.zap_range(mm, id, BASE, BASE + 700 * PAGE);
    let none = VirtAddr::new(0);
    machine.free_pgtables(mm, BASE, BASE + 700 * PAGE, none, none);
    assert_eq!(machine.mm(mm).stats.rss_pages(), 0);
    assert_eq!(machine.mm(mm).tables.table_bytes, 0);
    assert_eq!(machine.phys.used(), before);
}

#[test]
fn a_huge_page_is_one_fault_and_splits_under_a_partial_zap() {
    let (mut machine, mm, id) = machine(1024, VmFlags::HUGEPAGE);
    machine.store(BASE, 1, 1).unwrap();
    machine.load(BASE + 512 * PAGE, 1).unwrap();
    assert_eq!(machine.mm(mm).stats.anon_pages, 512);
    assert_eq!(machine.mm(mm).tables.table_bytes, 4 * PAGE);
    machine.zap_range(mm, id, BASE + PAGE, BASE + 2 * PAGE);
    assert_eq!(machine.mm(mm).stats.anon_pages, 511);
    assert_eq!(machine.load(BASE, 1), Ok(1));
    assert_eq!((count(&machine, FaultCause::HugeAnon), count(&machine, FaultCause::HugeZero)), (1, 1));
    machine.zap_range(mm, id, BASE, BASE + 1024 * PAGE);
    assert_eq!(machine.mm(mm).stats.anon_pages, 0);
}

#[test]
fn rights_are_lost_at_once_and_writing_comes_back_without_a_fault() {
    let (mut machine, mm, id) = machine(1, VmFlags::empty());
    machine.store(BASE, 5, 8).unwrap();
    let (flags, prot) = {
        let vma = machine.mm(mm).vmas.get(id);
        (vma.flags, vma.page_prot)
    };
    machine.mm_mut(mm).vmas.get_mut(id).flags = flags - VmFlags::WRITE;
    machine.change_protection(mm, id, BASE, BASE + PAGE);
    assert!(machine.store(BASE, 6, 8).is_err());
    let vma = machine.mm_mut(mm).vmas.get_mut(id);
    (vma.flags, vma.page_prot) = (flags, prot);
    machine.change_protection(mm, id, BASE, BASE + PAGE);
    machine.store(BASE, 6, 8).unwrap();
    assert_eq!(machine.ledger.minflt, 1);
}
