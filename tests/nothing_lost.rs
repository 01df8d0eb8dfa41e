//! Nothing is lost: what a page holds survives any sequence of stores, forks, exits, kills, swapping, writeback, eviction, swapoff and
//! failing devices, under every policy. A flat model knows what each process must read; the machine is recounted after each step.

mod model;

use memtwin::mmu::policy::PolicyKind;
use model::Model;
use proptest::prelude::*;

/// Pages of the anonymous mapping, of the shared and of the private mapping of the file, of the shared memory.
const ANON: u64 = 40;
const FILE: u64 = 12;

/// The mappings by their names in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    Anon,
    Shared,
    Private,
    Tmpfs,
}

impl Region {
    const ALL: [Region; 4] = [Region::Anon, Region::Shared, Region::Private, Region::Tmpfs];

    fn name(self) -> &'static str {
        match self {
            Region::Anon => "a",
            Region::Shared => "s",
            Region::Private => "p",
            Region::Tmpfs => "t",
        }
    }

    fn pages(self) -> u64 {
        if self == Region::Anon { ANON } else { FILE }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Store(u32, Region, u64, u64),
    Load(u32, Region, u64),
    Sweep(u32),
    Fork(u32, u32),
    Exit(u32),
    Fsync,
    Evict,
    PageOut(u32, Region),
    Punch(u32, u64),
    /// MADV_FREE, and a store to the page before anybody takes it.
    Free(u32, u64, u64),
    DontNeed(u32, u64),
    Touch(u32),
    Collapse(u32),
    SwapOff(u64),
    SwapOn(bool),
    Fail(&'static str, u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let process = || 1u32..4;
    let region = || {
        prop::sample::select(vec![Region::Anon, Region::Anon, Region::Shared, Region::Private, Region::Tmpfs])
    };
    let failing = prop::sample::select(vec!["swap-read", "swap-write", "file-read"]);
    prop_oneof![
        10 => (process(), region(), 0u64..40, 1u64..1 << 40).prop_map(|(p, r, n, v)| Step::Store(p, r, n, v)),
        2 => (process(), region(), 0u64..40).prop_map(|(p, r, n)| Step::Store(p, r, n, 0)),
        8 => (process(), region(), 0u64..40).prop_map(|(p, r, n)| Step::Load(p, r, n)),
        3 => process().prop_map(Step::Sweep),
        2 => (process(), 2u32..4).prop_map(|(p, child)| Step::Fork(p, child)),
        1 => (2u32..4).prop_map(Step::Exit),
        1 => Just(Step::Fsync),
        1 => Just(Step::Evict),
        2 => (process(), region()).prop_map(|(p, r)| Step::PageOut(p, r)),
        1 => (process(), 0u64..FILE).prop_map(|(p, n)| Step::Punch(p, n)),
        1 => (process(), 0u64..40, 1u64..1 << 40).prop_map(|(p, n, v)| Step::Free(p, n, v)),
        1 => (process(), 0u64..40).prop_map(|(p, n)| Step::DontNeed(p, n)),
        1 => process().prop_map(Step::Touch),
        1 => process().prop_map(Step::Collapse),
        1 => (0u64..4).prop_map(Step::SwapOff),
        1 => any::<bool>().prop_map(Step::SwapOn),
        2 => (failing, 0u64..4, 1u64..4).prop_map(|(what, after, times)| Step::Fail(what, after, times)),
    ]
}

fn policies() -> Vec<&'static str> {
    let mut names = vec!["linux", "linux", "linux"];
    names.extend(PolicyKind::ALL.map(PolicyKind::name));
    names
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_keep_what_they_hold(
        policy in prop::sample::select(policies()),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut model = Model::new(policy);
        steps.iter().for_each(|step| model.run(step));
        model.finish();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn huge_pages_keep_what_they_hold(steps in prop::collection::vec(step(), 1..60)) {
        let mut model = Model::huge("linux");
        model.run(&Step::Touch(1));
        steps.iter().for_each(|step| model.run(step));
        model.finish();
    }
}

/// More huge pages than the group may have, under every policy.
#[test]
fn huge_pages_go_to_swap_and_come_back() {
    for policy in PolicyKind::ALL.map(PolicyKind::name).into_iter().chain(["linux"]) {
        for device in ["zram", "disk"] {
            let machine = format!(
                "machine(ram=64M, thp=always, thp_defrag=always, memcg=9M, swap=32M, swap_device={device}, reclaim={policy})"
            );
            let mut model = Model::on(&machine, 103);
            for page in 0..ANON {
                model.store(1, Region::Anon, page, page + 1);
            }
            model.finish();
            let vmstat = model.call("vmstat()");
            assert_eq!(vmstat.contains("thp_swpout="), device == "zram", "{policy}, {device}: {vmstat}");
            assert!(vmstat.contains("thp_fault_alloc="), "{policy}, {device}: {vmstat}");
            assert!(!vmstat.contains("oom_kill="), "{policy}, {device}: {vmstat}");
        }
    }
}

/// The parent reads back what it shares with its child in swap, and the child exits: both forms of swap cache, and every step recounted.
#[test]
fn a_child_that_exits_leaves_the_parent_what_both_had_in_swap() {
    for device in ["zram", "disk", "ssd"] {
        let mut model = Model::empty();
        model.call(&format!("machine(ram=64M, swap=16M, swap_device={device}, memcg=2M)"));
        model.call("a = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
        for page in 0..700 {
            model.call(&format!("store(a+{}, {}, 8)", page * 4096, page + 1));
        }
        model.call("fork(2)");
        model.call("touch(a, 2M, r)");
        model.call("[2] load(a+4096, 8)");
        model.call("[2] store(a+8192, 77, 8)");
        model.call("touch(a, 2800K, r)");
        model.call("[2] exit(0)");
        for page in 0..700 {
            let read = model.call(&format!("load(a+{}, 8)", page * 4096));
            assert_eq!(read.split(' ').next(), Some(&*format!("{:#x}", page + 1)), "{device}: page {page}");
        }
        let vmstat = model.call("vmstat()");
        assert!(vmstat.contains("pswpin="), "{device}: {vmstat}");
    }
}

/// More shared memory than there may be: what does not fit goes to swap, and comes back for whoever asks, parent or child.
#[test]
fn shared_memory_goes_to_swap_and_comes_back() {
    for device in ["zram", "disk", "ssd"] {
        let mut model = Model::empty();
        model.call(&format!("machine(ram=64M, swap=16M, swap_device={device}, memcg=2M)"));
        model.call("a = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)");
        for page in 0..1000 {
            model.call(&format!("store(a+{}, {}, 8)", page * 4096, page + 1));
        }
        model.call("fork(2)");
        for page in 0..1000 {
            let process = 1 + page / 100 % 2;
            let read = model.call(&format!("[{process}] load(a+{}, 8)", page * 4096));
            assert_eq!(read.split(' ').next(), Some(&*format!("{:#x}", page + 1)), "{device}: page {page}");
        }
        let vmstat = model.call("vmstat()");
        assert!(vmstat.contains("pswpin=") && vmstat.contains("pgmajfault="), "{device}: {vmstat}");
        model.call("[2] madvise(a, 4M, MADV_REMOVE)");
        assert_eq!(model.runner.twin().unwrap().kernel.machine.swap.used(), 0, "{device}");
        assert_eq!(model.call("load(a+4096, 8)").split(' ').next(), Some("0x0"), "{device}");
    }
}

/// Devices of several kinds are told apart in /proc/swaps and in the modelled time.
#[test]
fn several_devices_are_several_lines() {
    let mut model = Model::empty();
    model.call("machine(memcg=1M, swap=\"1M zram 5; 4M disk\")");
    model.call("a = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
    model.call("memset(a, 1, 4M)");
    let swaps = model.runner.twin().unwrap().kernel.swaps_text();
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = swaps.lines().skip(1).map(fields).collect();
    assert_eq!(lines[0], ["/dev/zram0", "partition", "1020", "1020", "5"]);
    assert_eq!([&lines[1][..3], &lines[1][4..]].concat(), ["/swapfile", "file", "4092", "-2"]);
    let time = memtwin::workload::report::Report::of(&model.runner).time;
    let parts: Vec<&str> = time.parts.iter().map(|part| part.name.as_str()).collect();
    for part in ["pages written to swap on zram", "pages written to swap on disk"] {
        assert!(parts.contains(&part), "{parts:?}");
    }
}
