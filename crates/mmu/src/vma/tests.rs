//! Mappings of one or more address spaces without their pages: what merges, splits and is inherited.

use super::{Proposal, VmFlags};
use crate::{Config, Limits, Machine, MmId, VirtAddr, VmaId};

const PAGE: u64 = 4096;
const R: VmFlags = VmFlags::READ;
const RW: VmFlags = VmFlags::READ.union(VmFlags::WRITE);

/// A machine with one address space whose mappings stand at small page numbers.
struct Fixture {
    machine: Machine,
    mm: MmId,
}

fn at(page: u64) -> VirtAddr {
    VirtAddr::new(page * PAGE)
}

impl Fixture {
    fn new() -> Fixture {
        let mut machine = Machine::new(Config::default());
        let mm = machine.new_mm(Limits::default()).expect("frames");
        Fixture { machine, mm }
    }

    /// New anonymous memory, merged where it fits.
    fn map(&mut self, pages: std::ops::Range<u64>, flags: VmFlags) -> VmaId {
        let new = Proposal::anonymous((at(pages.start), at(pages.end)), flags, pages.start);
        self.machine.account_vm(self.mm, flags, (pages.end - pages.start) as i64);
        self.machine.vma_merge_new(self.mm, &new).unwrap_or_else(|| self.machine.insert_vma(self.mm, &new))
    }

    fn modify(&mut self, pages: std::ops::Range<u64>, flags: VmFlags) {
        let id = self.id(pages.start);
        let old = self.machine.mm(self.mm).vmas.get(id).flags;
        let len = (pages.end - pages.start) as i64;
        self.machine.account_vm(self.mm, old, -len);
        self.machine.account_vm(self.mm, flags, len);
        self.machine.vma_modify(self.mm, id, at(pages.start), at(pages.end), flags).expect("few mappings");
    }

    /// A first write.
    fn touch(&mut self, page: u64) {
        let id = self.id(page);
        self.machine.anon_vma_prepare(self.mm, id);
    }

    fn unmap(&mut self, page: u64) {
        let gone = self.machine.remove_vma(self.mm, self.id(page));
        self.machine.account_vm(self.mm, gone.flags, -(gone.pages() as i64));
    }

    /// Moves the mapping at `page`, the whole of it.
    fn remap(&mut self, page: u64, to: u64) {
        let id = self.id(page);
        let old = *self.machine.mm(self.mm).vmas.get(id);
        self.machine.account_vm(self.mm, old.flags, old.pages() as i64);
        let (id, new) = self.machine.copy_vma(self.mm, id, old.start, at(to), old.len_bytes());
        assert_ne!(id, new, "no merge with itself in these tests");
        self.unmap(page);
    }

    fn fork(&mut self) -> MmId {
        self.machine.dup_mm(self.mm).expect("frames")
    }

    fn id(&self, page: u64) -> VmaId {
        self.machine.mm(self.mm).vmas.at(at(page)).expect("a mapping")
    }

    /// The mappings as page ranges.
    fn pages(&self) -> Vec<(u64, u64)> {
        assert_eq!(self.machine.check_vmas(), Ok(()));
        let vmas = &self.machine.mm(self.mm).vmas;
        vmas.iter().map(|(_, v)| (v.start.get() / PAGE, v.end.get() / PAGE)).collect()
    }
}

#[test]
fn new_ranges_join_both_sides() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.map(24..28, RW);
    assert_eq!(f.pages(), [(16, 20), (24, 28)]);
    f.map(20..24, RW);
    assert_eq!(f.pages(), [(16, 28)]);
    f.map(28..30, R);
    assert_eq!(f.pages(), [(16, 28), (28, 30)]);
}

#[test]
fn a_range_between_two_families_joins_the_lower() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.map(24..28, RW);
    f.touch(16);
    f.touch(24);
    f.map(20..24, RW);
    assert_eq!(f.pages(), [(16, 24), (24, 28)]);
}

#[test]
fn special_mappings_stay_alone() {
    let mut f = Fixture::new();
    f.map(16..20, RW | VmFlags::DONTEXPAND);
    f.map(20..24, RW | VmFlags::DONTEXPAND);
    assert_eq!(f.pages(), [(16, 20), (20, 24)]);
}

#[test]
fn a_part_changes_and_changes_back() {
    let mut f = Fixture::new();
    f.map(16..28, RW);
    f.touch(16);
    f.modify(20..24, R);
    assert_eq!(f.pages(), [(16, 20), (20, 24), (24, 28)]);
    f.modify(22..24, RW);
    assert_eq!(f.pages(), [(16, 20), (20, 22), (22, 28)]);
    f.modify(20..21, RW);
    assert_eq!(f.pages(), [(16, 21), (21, 22), (22, 28)]);
    f.modify(21..22, RW);
    assert_eq!(f.pages(), [(16, 28)]);
}

#[test]
fn a_swallowed_family_is_taken_over() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.map(20..24, R);
    f.touch(20);
    f.modify(20..24, RW);
    assert_eq!(f.pages(), [(16, 24)]);
    assert!(f.machine.mm(f.mm).vmas.get(f.id(16)).anon_vma.is_some());
}

#[test]
fn neighbours_that_differ_in_rights_share_a_family() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.map(20..24, R);
    f.touch(16);
    f.touch(20);
    f.modify(20..24, RW);
    assert_eq!(f.pages(), [(16, 24)]);
    assert_eq!(f.machine.anon.len(), 1);
}

#[test]
fn a_childs_inherited_mapping_takes_nothing_new() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.touch(16);
    f.mm = f.fork();
    f.map(20..24, RW);
    assert_eq!(f.pages(), [(16, 20), (20, 24)]);
    f.modify(18..20, R);
    f.modify(18..20, RW);
    assert_eq!(f.pages(), [(16, 20), (20, 24)]);
}

#[test]
fn untouched_mappings_merge_in_a_child() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.mm = f.fork();
    f.map(20..24, RW);
    assert_eq!(f.pages(), [(16, 24)]);
}

#[test]
fn a_childs_mapping_without_pages_of_its_parent_uses_families_again() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.touch(16);
    for _ in 0..20 {
        let child = f.fork();
        f.machine.exit_mmap(f.mm);
        f.mm = child;
        assert_eq!(f.pages(), [(16, 20)]);
    }
    assert!(f.machine.anon.len() <= 3, "{} families", f.machine.anon.len());
    f.unmap(16);
    assert!(f.machine.anon.is_empty());
}

#[test]
fn forks_leave_out_and_wipe() {
    let mut f = Fixture::new();
    f.map(16..20, RW | VmFlags::DONTCOPY);
    f.map(20..24, RW | VmFlags::WIPEONFORK);
    f.map(24..28, RW | VmFlags::LOCKED);
    [16, 20, 24].into_iter().for_each(|page| f.touch(page));
    f.mm = f.fork();
    assert_eq!(f.pages(), [(20, 24), (24, 28)]);
    assert_eq!(f.machine.mm(f.mm).vmas.get(f.id(20)).anon_vma, None);
    assert_eq!(f.machine.mm(f.mm).vmas.get(f.id(24)).flags, RW);
}

#[test]
fn a_moved_mapping_keeps_its_offset_if_it_has_pages() {
    let mut f = Fixture::new();
    f.map(16..20, RW);
    f.map(40..44, RW);
    f.remap(16, 36);
    assert_eq!(f.pages(), [(36, 44)]);
    f.touch(36);
    f.remap(36, 100);
    f.map(108..112, RW);
    assert_eq!(f.pages(), [(100, 108), (108, 112)]);
}

#[test]
fn a_growing_mapping_keeps_its_distance() {
    let mut f = Fixture::new();
    f.map(100..104, RW);
    f.map(1000..1004, RW | VmFlags::GROWSDOWN);
    let stack = f.id(1000);
    let grown = f.machine.expand_downwards(f.mm, stack, at(360) + 5);
    assert_eq!(grown, Ok(()));
    assert_eq!(f.pages(), [(100, 104), (360, 1004)]);
    assert!(f.machine.expand_downwards(f.mm, stack, at(359)).is_err());
    assert!(f.machine.expand_downwards(f.mm, f.id(100), at(99)).is_err());
}

#[test]
fn mappings_print_one_a_line() {
    let mut f = Fixture::new();
    f.map(16..20, RW | VmFlags::MAYREAD);
    f.map(20..21, VmFlags::EXEC | VmFlags::SHARED | VmFlags::MAYSHARE);
    f.touch(16);
    let text = f.machine.mm(f.mm).vmas.to_string();
    assert_eq!(text, "10000-14000 rw-p 10 anon_vma=0 MAYREAD\n14000-15000 --xs 14 SHARED\n");
}
