//! Runs of entries against the same entries one by one.

use super::*;
use crate::ids::AnonVmaId;
use crate::rmap::{add_new_anon, is_large};
use crate::{Config, Machine, MmId};
use proptest::prelude::*;

/// What is odd about one of [`MANY`] pages, and in which order they are mapped.
#[derive(Clone, Copy, Debug)]
struct Block {
    odd: Odd,
    at: usize,
    order: Order,
    data: bool,
}

#[derive(Clone, Copy, Debug)]
enum Odd {
    Nothing,
    Mapped(u32),
    Flags(FrameFlags),
    Data,
    Entry(u64),
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Up,
    Down,
    From(usize),
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let odd = prop_oneof![
        4 => Just(Odd::Nothing),
        1 => (2..6u32).prop_map(Odd::Mapped),
        1 => (4090..4100u32).prop_map(Odd::Mapped),
        1 => prop::sample::select(vec![FrameFlags::SWAPCACHE, FrameFlags::HEAD, FrameFlags::TAIL]).prop_map(Odd::Flags),
        1 => Just(Odd::Data),
        1 => prop::sample::select(vec![0, PRESENT_KIND.bits(), PteFlags::ACCESSED.bits()]).prop_map(Odd::Entry),
    ];
    let order = prop_oneof![Just(Order::Up), Just(Order::Down), (1..MANY).prop_map(Order::From)];
    let block = (odd, 0..MANY, order, any::<bool>()).prop_map(|(odd, at, order, data)| Block {
        odd,
        at,
        order,
        data,
    });
    prop::collection::vec(block, 1..8)
}

/// A machine with these pages, and the entries that map them.
fn build(blocks: &[Block], shared: bool) -> (Machine, Vec<u64>) {
    let mut machine = Machine::new(Config { ram_bytes: 16 << 20, ..Config::default() });
    let mut words = Vec::new();
    for block in blocks {
        let mut entries: Vec<u64> = (0..MANY).map(|i| add_page(&mut machine.phys, block, i)).collect();
        match block.order {
            Order::Up => {}
            Order::Down => entries.reverse(),
            Order::From(first) => entries.rotate_left(first),
        }
        words.extend(entries);
    }
    if shared {
        machine = machine.branch();
    }
    (machine, words)
}

fn add_page(phys: &mut Phys, block: &Block, i: usize) -> u64 {
    let pfn = phys.alloc().unwrap();
    add_new_anon(phys, pfn, AnonVmaId(3), i as u64);
    let is_odd = i == block.at;
    if block.data != (is_odd && matches!(block.odd, Odd::Data)) {
        phys.host_mut().write(pfn, 8, &[7]);
    }
    let mut pte = Pte::new(pfn, PteFlags::PRESENT | PteFlags::WRITABLE).0;
    match block.odd {
        Odd::Mapped(count) if is_odd => phys.frame_mut(pfn).set_mapcount(count),
        Odd::Flags(flags) if is_odd => phys.frame_mut(pfn).insert(flags),
        Odd::Entry(flags) if is_odd => pte = pte & Pte::PFN_MASK | flags,
        _ => {}
    }
    pte
}

/// Applies `run` to as many entries as it takes at a time, and `one` to those that it leaves; to all `one` with `by_one`.
fn apply(
    (machine, words): &mut (Machine, Vec<u64>),
    by_one: bool,
    run: impl Fn(&mut Phys, &mut [u64]) -> usize,
    one: impl Fn(&mut Machine, Pfn),
) {
    let mut at = 0;
    while at < words.len() {
        let taken = if by_one { 0 } else { run(&mut machine.phys, &mut words[at..]) };
        let pte = Pte(words[at]);
        if taken == 0 && pte.is_mapped() && !pte.is_special() && !is_large(machine.phys.frame(pte.pfn())) {
            one(machine, pte.pfn());
            words[at] = 0;
        }
        words[at..at + taken].fill(0);
        at += taken.max(1);
    }
}

fn assert_same((a, left): &mut (Machine, Vec<u64>), (b, right): &mut (Machine, Vec<u64>)) {
    assert_eq!(left, right);
    assert_eq!((a.phys.used(), a.phys.host().used_slots()), (b.phys.used(), b.phys.host().used_slots()));
    assert!(a.phys.frames.iter().eq(b.phys.frames.iter()));
    assert!(a.phys.host().frames().eq(b.phys.host().frames()));
    for _ in 0..left.len() + 1 {
        assert_eq!(a.phys.alloc(), b.phys.alloc());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_entries_lose_their_pages_as_each_does(blocks in blocks(), shared in any::<bool>()) {
        let [mut run, mut each] = [(); 2].map(|()| build(&blocks, shared));
        let remove = |machine: &mut Machine, pfn| machine.rmap_remove(MmId(0), pfn);
        apply(&mut run, false, remove_small_anon, remove);
        apply(&mut each, true, remove_small_anon, remove);
        assert_same(&mut run, &mut each);
    }

    #[test]
    fn many_entries_are_forked_as_each_is(blocks in blocks(), shared in any::<bool>()) {
        let [mut run, mut each] = [(); 2].map(|()| build(&blocks, shared));
        let dup = |machine: &mut Machine, pfn| machine.rmap_dup(MmId(0), pfn);
        apply(&mut run, false, |phys, words| dup_small_anon(phys, words), dup);
        apply(&mut each, true, |phys, words| dup_small_anon(phys, words), dup);
        assert_same(&mut run, &mut each);
    }
}
