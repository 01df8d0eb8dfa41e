//! Nothing is lost: what a page holds survives any sequence of stores, forks, exits, kills, swapping, writeback, eviction, swapoff and
//! failing devices, under every policy. A flat model knows what each process must read; the machine is recounted after each step.

use std::collections::{BTreeMap, BTreeSet};

use memtwin::mmu::policy::PolicyKind;
use memtwin::workload::{Options, Runner};
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
        1 => (0u64..4).prop_map(Step::SwapOff),
        1 => any::<bool>().prop_map(Step::SwapOn),
        2 => (failing, 0u64..4, 1u64..4).prop_map(|(what, after, times)| Step::Fail(what, after, times)),
    ]
}

/// A scenario under way, and what its pages must hold.
struct Model {
    runner: Runner,
    lines: u64,
    alive: BTreeSet<u32>,
    /// By process; what all share stands at process 0.
    values: BTreeMap<(u32, Region, u64), u64>,
}

impl Model {
    fn new(policy: &str) -> Model {
        let mut model = Model {
            runner: Runner::new(Options::default()),
            lines: 0,
            alive: BTreeSet::from([1]),
            values: BTreeMap::new(),
        };
        model.call(&format!(
            "machine(memcg=304K, swap=\"48K zram 5; 64K disk 5; 32K ssd\", reclaim={policy})"
        ));
        model.call("a = mmap(NULL, 160K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
        model.call("f = file(\"x\", 48K)");
        model.call("s = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)");
        model.call("p = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)");
        model.call("g = memfd(\"y\", 48K)");
        model.call("t = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_SHARED, g, 0)");
        model
    }

    /// Runs a line: its outcome, empty for a refused one; the machine must recount.
    fn call(&mut self, line: &str) -> String {
        self.lines += 1;
        let mut log = Vec::new();
        self.runner.line(self.lines, line, &mut log).unwrap_or_else(|error| panic!("{line}: {error}"));
        let log = String::from_utf8(log).unwrap();
        if let Some(twin) = self.runner.twin() {
            twin.kernel.machine.check().unwrap_or_else(|error| panic!("after {line}: {error}"));
        }
        for killed in log.lines().filter_map(|line| line.strip_prefix("  oom-kill ")) {
            self.end(killed.trim().parse().unwrap());
        }
        let first = log.lines().next().unwrap_or_default();
        first.split_once(" -> ").map_or(String::new(), |(_, outcome)| outcome.to_owned())
    }

    fn end(&mut self, process: u32) {
        self.alive.remove(&process);
        self.values.retain(|key, _| key.0 != process);
    }

    fn place(region: Region, page: u64) -> (&'static str, u64) {
        (region.name(), page % region.pages())
    }

    fn key(process: u32, region: Region, page: u64) -> (u32, Region, u64) {
        (if matches!(region, Region::Shared | Region::Tmpfs) { 0 } else { process }, region, page)
    }

    /// What the file held at first.
    fn original(page: u64) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|i| {
            let at = page * 4096 + i as u64;
            ((at / 4096 * 7 + at) & 0xff) as u8
        }))
    }

    fn expected(&self, process: u32, region: Region, page: u64) -> u64 {
        if let Some(&value) = self.values.get(&Model::key(process, region, page)) {
            return value;
        }
        match region {
            Region::Anon => 0,
            Region::Shared | Region::Tmpfs => Model::original(page),
            Region::Private => self.expected(0, Region::Shared, page),
        }
    }

    fn store(&mut self, process: u32, region: Region, page: u64, value: u64) {
        let (name, page) = Model::place(region, page);
        let outcome = self.call(&format!("[{process}] store({name}+{}, {value}, 8)", page * 4096));
        if outcome.starts_with('0') && self.alive.contains(&process) {
            self.values.insert(Model::key(process, region, page), value);
        } else {
            self.stopped(process, &outcome);
        }
    }

    fn load(&mut self, process: u32, region: Region, page: u64) {
        let (name, page) = Model::place(region, page);
        let want = self.expected(process, region, page);
        let outcome = self.call(&format!("[{process}] load({name}+{}, 8)", page * 4096));
        match outcome.split(' ').next().unwrap_or_default() {
            value if value.starts_with("0x") || value == "0" => {
                let value = u64::from_str_radix(value.trim_start_matches("0x"), 16).unwrap();
                assert_eq!(value, want, "process {process}, page {page} of {region:?}");
            }
            _ => self.stopped(process, &outcome),
        }
    }

    /// A process may only be stopped by a device or for want of memory.
    fn stopped(&self, process: u32, outcome: &str) {
        let dead = !self.alive.contains(&process);
        assert!(outcome.starts_with("SIGBUS") || outcome.starts_with("SIGKILL") || dead, "{outcome}");
    }

    fn run(&mut self, step: &Step) {
        let alive = |process: &u32| self.alive.contains(process);
        match *step {
            Step::Store(process, region, page, value) if alive(&process) => {
                self.store(process, region, page, value);
            }
            Step::Load(process, region, page) if alive(&process) => self.load(process, region, page),
            Step::Sweep(process) => (0..ANON).for_each(|page| {
                if self.alive.contains(&process) {
                    self.load(process, Region::Anon, page);
                }
            }),
            Step::Fork(parent, child) if alive(&parent) && !alive(&child) => self.fork(parent, child),
            Step::Exit(process) if alive(&process) => {
                self.call(&format!("[{process}] exit(0)"));
                self.end(process);
            }
            Step::Fsync if alive(&1) => drop(self.call("fsync(f)")),
            Step::Evict if alive(&1) => drop(self.call("evict(f)")),
            Step::PageOut(process, region) if alive(&process) => {
                let (name, pages) = (region.name(), region.pages());
                self.call(&format!("[{process}] madvise({name}, {}K, MADV_PAGEOUT)", 4 * pages));
            }
            Step::Punch(process, page) if alive(&process) => {
                self.call(&format!("[{process}] madvise(t+{}K, 4K, MADV_REMOVE)", 4 * page));
                self.values.insert(Model::key(process, Region::Tmpfs, page), 0);
            }
            Step::SwapOff(device) if alive(&1) => drop(self.call(&format!("swapoff({device})"))),
            Step::SwapOn(disk) if alive(&1) => {
                self.call(&format!("swapon(\"{}\", 40K)", if disk { "disk" } else { "zram" }));
            }
            Step::Fail(what, after, times) if alive(&1) => {
                self.call(&format!("fail(\"{what}\", {after}, {times})"));
            }
            _ => {}
        }
    }

    fn fork(&mut self, parent: u32, child: u32) {
        let outcome = self.call(&format!("[{parent}] fork({child})"));
        if !outcome.starts_with(&child.to_string()) || !self.alive.contains(&parent) {
            return;
        }
        self.alive.insert(child);
        let own = self.values.iter().filter(|(key, _)| key.0 == parent);
        let copied: Vec<_> = own.map(|(key, &value)| ((child, key.1, key.2), value)).collect();
        self.values.extend(copied);
    }

    /// With working devices, everything is read back.
    fn finish(&mut self) {
        if self.alive.contains(&1) {
            for what in ["swap-read", "swap-write", "file-read"] {
                self.call(&format!("fail(\"{what}\", 0, 0)"));
            }
        }
        for process in 1..4 {
            for region in Region::ALL {
                for page in 0..region.pages() {
                    if self.alive.contains(&process) {
                        self.load(process, region, page);
                    }
                }
            }
        }
    }
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

/// The parent reads back what it shares with its child in swap, and the child exits: both forms of swap cache, and every step recounted.
#[test]
fn a_child_that_exits_leaves_the_parent_what_both_had_in_swap() {
    for device in ["zram", "disk", "ssd"] {
        let mut model = Model { runner: Runner::new(Options::default()), ..Model::new("linux") };
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
        let mut model = Model { runner: Runner::new(Options::default()), ..Model::new("linux") };
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
    let mut model = Model { runner: Runner::new(Options::default()), ..Model::new("linux") };
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
