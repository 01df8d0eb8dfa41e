//! The short way against the long one, on two machines that get the same calls.

use crate::region::{NewMapping, Placement};
use crate::vma::{Proposal, Vma};
use crate::{Config, Limits, Machine, MmId, Rlimit, VirtAddr, VmFlags};
use proptest::prelude::*;

const PAGE: u64 = 4096;
const HEAP: u64 = 0x5555_5555_6000;
const STACK: (u64, u64) = (0x7fff_f7f0_0000, 0x7fff_f7f2_1000);
const MAY: VmFlags = VmFlags::MAYREAD.union(VmFlags::MAYWRITE).union(VmFlags::MAYEXEC);

#[derive(Clone, Copy, Debug)]
enum Call {
    Mmap(u64, u64),
    /// Of the mapping with this number, so many pages from one on.
    Munmap(usize, u64, u64),
    Brk(u64),
    Grow(u64),
    Touch(usize, u64),
    Protect(usize, u64),
    Fork,
    DataLimit(u64),
    Overcommit(u8),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let whole = any::<usize>().prop_map(|n| Call::Munmap(n, 0, u64::MAX));
    let call = prop_oneof![
        6 => (1..40u64, prop::sample::select(vec![0, 1, 3, 3, 3, 7])).prop_map(|(pages, prot)| Call::Mmap(pages, prot)),
        1 => prop::sample::select(vec![512u64, 700, 1 << 18, 1 << 45]).prop_map(|pages| Call::Mmap(pages, 3)),
        5 => whole,
        1 => (any::<usize>(), 0..4u64, 1..4u64).prop_map(|(n, from, pages)| Call::Munmap(n, from, pages)),
        2 => (0..40 * PAGE).prop_map(Call::Brk),
        6 => prop_oneof![1..3 * PAGE, Just(PAGE)].prop_map(Call::Grow),
        3 => (any::<usize>(), 0..4u64).prop_map(|(n, page)| Call::Touch(n, page)),
        1 => (any::<usize>(), 0..8u64).prop_map(|(n, prot)| Call::Protect(n, prot)),
        1 => Just(Call::Fork),
        1 => prop::sample::select(vec![0, 60 * PAGE, 200 * PAGE, u64::MAX]).prop_map(Call::DataLimit),
        1 => (0..3u8).prop_map(Call::Overcommit),
    ];
    prop::collection::vec(call, 1..80)
}

fn machine() -> (Machine, MmId) {
    let mut machine = Machine::new(Config { ram_bytes: 64 << 20, max_map_count: 50, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).unwrap();
    let space = machine.mm_mut(mm);
    (space.start_brk, space.brk) = (HEAP, HEAP);
    let range = (VirtAddr::new(STACK.0), VirtAddr::new(STACK.1));
    let flags = VmFlags::READ | VmFlags::WRITE | VmFlags::GROWSDOWN | VmFlags::ACCOUNT | MAY;
    machine.insert_vma(mm, &Proposal::anonymous(range, flags, STACK.0 / PAGE));
    machine.account_vm(mm, flags, ((STACK.1 - STACK.0) / PAGE) as i64);
    machine.commit.pages = (STACK.1 - STACK.0) / PAGE;
    machine.switch_mm(mm);
    (machine, mm)
}

/// Makes a call; what it answers.
fn make(machine: &mut Machine, mm: MmId, call: Call, quick: bool) -> Option<u64> {
    match call {
        Call::Mmap(pages, prot) => {
            let access = VmFlags::from_bits_truncate(prot);
            let quickly = if quick { machine.quick_mmap(mm, pages * PAGE, access) } else { None };
            quickly.or_else(|| map(machine, mm, pages * PAGE, access))
        }
        Call::Munmap(n, from, pages) => {
            let vma = nth(machine, mm, n)?;
            let start = vma.start + from * PAGE;
            let end =
                VirtAddr::new(start.get().saturating_add(pages.saturating_mul(PAGE)).min(vma.end.get()));
            (start < end).then(|| unmap(machine, mm, (start, end), quick))?
        }
        Call::Brk(up) => Some(brk(machine, mm, HEAP + up, quick)),
        Call::Grow(by) => {
            let to = machine.mm(mm).brk + by;
            Some(brk(machine, mm, to, quick))
        }
        Call::Touch(n, page) => {
            let at = nth(machine, mm, n)?.start + page * PAGE;
            machine.store(at, 1, 8).ok().map(|()| at.get())
        }
        Call::Protect(n, prot) => {
            let vma = nth(machine, mm, n)?;
            let access = VmFlags::from_bits_truncate(prot);
            machine.mprotect_range(mm, vma.start, vma.start + PAGE, access, false).ok().map(|()| 0)
        }
        Call::Fork => machine.dup_mm(mm).ok().map(|child| u64::from(child.0)),
        Call::DataLimit(bytes) => {
            machine.mm_mut(mm).limits.data = Rlimit { soft: bytes, hard: u64::MAX };
            None
        }
        Call::Overcommit(mode) => {
            machine.config.overcommit_memory = mode;
            None
        }
    }
}

fn nth(machine: &Machine, mm: MmId, n: usize) -> Option<Vma> {
    let vmas = &machine.mm(mm).vmas;
    vmas.iter().nth(n % vmas.len().max(1)).map(|(_, vma)| *vma)
}

/// As the call mmap does, the long way.
fn map(machine: &mut Machine, mm: MmId, len: u64, access: VmFlags) -> Option<u64> {
    let space = machine.mm(mm);
    if space.vmas.len() > machine.config.max_map_count {
        return None;
    }
    let flags = space.def_flags | access | MAY;
    let want = Placement { len, ..Placement::default() };
    let addr = machine.get_unmapped_area(mm, &want).ok()?;
    let (start, end) = (VirtAddr::new(addr), VirtAddr::new(addr + len));
    machine.mmap_region(mm, &NewMapping { start, end, flags, pgoff: addr / PAGE, file: None }).ok()?;
    Some(addr)
}

fn unmap(machine: &mut Machine, mm: MmId, (start, end): (VirtAddr, VirtAddr), quick: bool) -> Option<u64> {
    let done = match quick {
        true => machine.unmap_aligned(mm, start, end),
        false => machine.unmap_gathered(mm, start, end),
    };
    done.ok().map(|()| start.get())
}

fn brk(machine: &mut Machine, mm: MmId, brk: u64, quick: bool) -> u64 {
    if quick { machine.set_brk(mm, brk) } else { machine.change_brk(mm, brk) }
}

/// What can be seen of an address space.
fn seen(machine: &Machine, mm: MmId) -> String {
    let space = machine.mm(mm);
    let vmas: Vec<_> = space.vmas.iter().collect();
    let counts = (machine.commit.pages, machine.phys.used(), space.brk, space.tables.table_bytes);
    let highest = [machine.breaks, machine.rss].map(|count| (count.now(), count.high()));
    format!("{vmas:?} {:?} {counts:?} {highest:?}", space.stats)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_comes_to_the_same_as_the_long_one(calls in calls()) {
        let ((mut quick, mm), (mut long, _)) = (machine(), machine());
        for call in calls {
            let answers = (make(&mut quick, mm, call, true), make(&mut long, mm, call, false));
            prop_assert_eq!(answers.0, answers.1, "{:?}", call);
            prop_assert_eq!(seen(&quick, mm), seen(&long, mm), "{:?}", call);
        }
        prop_assert_eq!(quick.check(), Ok(()));
    }
}
