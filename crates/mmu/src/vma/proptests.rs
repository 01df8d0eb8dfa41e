//! Random histories of mappings over several address spaces against a page-by-page account: every page keeps its flags and its
//! offset, and every anonymous page is found, through its family, in every address space that has it.

use super::{Proposal, RmapMember, VmFlags};
use crate::{AnonVmaId, Config, Limits, Machine, MmId, VirtAddr};
use proptest::prelude::*;
use std::collections::BTreeMap;

const PAGE: u64 = 4096;
const FIRST: u64 = 16;
const PAGES: u64 = 48;

/// What the account knows of a page of an address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    flags: VmFlags,
    pgoff: u64,
    /// The family of its anonymous page, if it was written.
    family: Option<AnonVmaId>,
}

type Account = BTreeMap<u64, Known>;

struct World {
    machine: Machine,
    spaces: Vec<(MmId, Account)>,
}

#[derive(Clone, Debug)]
enum Step {
    Map(u64, u64, VmFlags),
    Unmap(u64, u64),
    Modify(u64, u64, VmFlags),
    Touch(u64),
    Move(u64, u64),
    Fork,
    Exit,
}

fn at(page: u64) -> VirtAddr {
    VirtAddr::new(page * PAGE)
}

fn flags() -> impl Strategy<Value = VmFlags> {
    let rw = VmFlags::READ | VmFlags::WRITE;
    prop_oneof![
        4 => Just(rw),
        3 => Just(VmFlags::READ),
        1 => Just(rw | VmFlags::WIPEONFORK),
        1 => Just(rw | VmFlags::DONTCOPY),
        1 => Just(rw | VmFlags::LOCKED),
        1 => Just(rw | VmFlags::MAYBE_GUARD),
        1 => Just(rw | VmFlags::DONTEXPAND),
    ]
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let page = || FIRST..FIRST + PAGES;
    let step = prop_oneof![
        6 => (page(), 1..9u64, flags()).prop_map(|(start, len, flags)| Step::Map(start, len, flags)),
        3 => (page(), 1..9u64).prop_map(|(start, len)| Step::Unmap(start, len)),
        6 => (page(), 1..9u64, flags()).prop_map(|(start, len, flags)| Step::Modify(start, len, flags)),
        6 => page().prop_map(Step::Touch),
        3 => (page(), page()).prop_map(|(from, to)| Step::Move(from, to)),
        2 => Just(Step::Fork),
        1 => Just(Step::Exit),
    ];
    (any::<usize>(), step)
}

impl World {
    fn new() -> World {
        let mut machine = Machine::new(Config::default());
        let mm = machine.new_mm(Limits::default()).expect("frames");
        World { machine, spaces: vec![(mm, Account::new())] }
    }

    fn apply(&mut self, which: usize, step: &Step) {
        let space = which % self.spaces.len();
        let mm = self.spaces[space].0;
        match *step {
            Step::Map(start, len, flags) => self.map(space, start, start + len, flags),
            Step::Unmap(start, len) => self.unmap(space, start, start + len),
            Step::Modify(start, len, flags) => self.modify(space, start, start + len, flags),
            Step::Touch(page) => self.touch(space, page),
            Step::Move(from, to) => self.shift(space, from, to),
            Step::Fork if self.spaces.len() < 5 => {
                let child = self.machine.dup_mm(mm).expect("frames");
                let inherited = self.spaces[space].1.iter().filter_map(|(page, known)| {
                    let wiped = known.flags.contains(VmFlags::WIPEONFORK);
                    let family = known.family.filter(|_| !wiped);
                    let flags = known.flags - VmFlags::LOCKED;
                    let left_out = known.flags.contains(VmFlags::DONTCOPY);
                    (!left_out).then_some((*page, Known { flags, family, ..*known }))
                });
                let account = inherited.collect();
                self.spaces.push((child, account));
            }
            Step::Exit if self.spaces.len() > 1 => {
                self.spaces.swap_remove(space);
                self.machine.exit_mmap(mm);
            }
            Step::Fork | Step::Exit => {}
        }
    }

    fn map(&mut self, space: usize, start: u64, end: u64, flags: VmFlags) {
        let (mm, account) = &mut self.spaces[space];
        if account.range(start..end).next().is_some() {
            return;
        }
        let new = Proposal::anonymous((at(start), at(end)), flags, start);
        if self.machine.vma_merge_new(*mm, &new).is_none() {
            self.machine.insert_vma(*mm, &new);
        }
        self.machine.account_vm(*mm, flags, (end - start) as i64);
        account.extend((start..end).map(|page| (page, Known { flags, pgoff: page, family: None })));
    }

    fn unmap(&mut self, space: usize, start: u64, end: u64) {
        let (mm, account) = &mut self.spaces[space];
        self.machine.munmap_range(*mm, start * PAGE, (end - start) * PAGE).expect("few mappings");
        account.retain(|page, _| !(start..end).contains(page));
    }

    fn modify(&mut self, space: usize, start: u64, end: u64, flags: VmFlags) {
        let (mm, account) = &mut self.spaces[space];
        let mut page = start;
        while let Some(id) = self.machine.mm(*mm).vmas.intersection(at(page), at(end)) {
            if page >= end {
                break;
            }
            let vma = *self.machine.mm(*mm).vmas.get(id);
            let (from, to) = (vma.start.max(at(page)), vma.end.min(at(end)));
            page = to.get() / PAGE;
            let pages = ((to - from) / PAGE) as i64;
            self.machine.account_vm(*mm, vma.flags, -pages);
            self.machine.account_vm(*mm, flags, pages);
            self.machine.vma_modify(*mm, id, from, to, flags).expect("few mappings");
        }
        account.range_mut(start..end).for_each(|(_, known)| known.flags = flags);
    }

    fn touch(&mut self, space: usize, page: u64) {
        let (mm, account) = &mut self.spaces[space];
        if let (Some(known), Some(id)) = (account.get_mut(&page), self.machine.mm(*mm).vmas.at(at(page))) {
            let family = self.machine.anon_vma_prepare(*mm, id);
            known.family.get_or_insert(family);
        }
    }

    /// Moves the whole mapping at `from` to `to`.
    fn shift(&mut self, space: usize, from: u64, to: u64) {
        let (mm, account) = &mut self.spaces[space];
        let Some(id) = self.machine.mm(*mm).vmas.at(at(from)) else { return };
        let vma = *self.machine.mm(*mm).vmas.get(id);
        let from = vma.start.get() / PAGE;
        if account.range(to..to + vma.pages()).next().is_some() {
            return;
        }
        let (_, new) = self.machine.copy_vma(*mm, id, vma.start, at(to), vma.len_bytes());
        self.machine.account_vm(*mm, vma.flags, vma.pages() as i64);
        let pgoff = self.machine.mm(*mm).vmas.get(new).page_index(at(to), 12);
        for n in 0..vma.pages() {
            let known = account[&(from + n)];
            account.insert(to + n, Known { pgoff: pgoff + n, ..known });
        }
        self.unmap(space, from, from + vma.pages());
    }

    fn check(&self) {
        assert_eq!(self.machine.check_vmas(), Ok(()));
        for (mm, account) in &self.spaces {
            let mut pages = 0;
            for (id, vma) in self.machine.mm(*mm).vmas.iter() {
                for n in 0..vma.pages() {
                    let known = account[&(vma.start.get() / PAGE + n)];
                    assert_eq!(vma.flags - VmFlags::MAYBE_GUARD, known.flags - VmFlags::MAYBE_GUARD);
                    assert_eq!(vma.pgoff + n, known.pgoff);
                    self.check_found(RmapMember { mm: *mm, vma: id }, known);
                    pages += 1;
                }
            }
            assert_eq!(pages, account.len());
        }
    }

    fn check_found(&self, member: RmapMember, known: Known) {
        if let Some(family) = known.family {
            let mut found = Vec::new();
            self.machine.anon.mappings(family, known.pgoff, known.pgoff, &mut found);
            assert!(found.contains(&member), "{member:?} has a page of {family:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]
    #[test]
    fn pages_keep_what_they_are(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for (which, step) in &steps {
            world.apply(*which, step);
            world.check();
        }
        for (mm, _) in world.spaces.drain(..) {
            world.machine.exit_mmap(mm);
        }
        prop_assert!(world.machine.anon.is_empty());
    }
}
