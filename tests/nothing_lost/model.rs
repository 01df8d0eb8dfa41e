//! A scenario under way, and the flat model of what its pages must hold.

use super::{ANON, FILE, Region, Step};
use memtwin::workload::{Options, Runner};
use std::collections::{BTreeMap, BTreeSet};

/// A scenario under way, and what its pages must hold.
pub(super) struct Model {
    pub(super) runner: Runner,
    lines: u64,
    /// Pages from one page of the anonymous mapping that is looked at to the next.
    stride: u64,
    alive: BTreeSet<u32>,
    /// By process; what all share stands at process 0.
    values: BTreeMap<(u32, Region, u64), u64>,
}

impl Model {
    pub(super) fn new(policy: &str) -> Model {
        let machine = "machine(memcg=304K, swap=\"48K zram 5; 64K disk 5; 32K ssd\"";
        Model::on(&format!("{machine}, reclaim={policy})"), 1)
    }

    /// The same of a machine with huge pages for all: seven fit in its group, but not all of the mapping's.
    pub(super) fn huge(policy: &str) -> Model {
        let machine =
            "machine(thp=always, thp_defrag=always, memcg=14M, swap=\"8M zram 5; 2M disk 5; 12M zram\"";
        Model::on(&format!("{machine}, reclaim={policy})"), 103)
    }

    /// Nothing has run yet.
    pub(super) fn empty() -> Model {
        Model {
            runner: Runner::new(Options::default()),
            lines: 0,
            stride: 1,
            alive: BTreeSet::from([1]),
            values: BTreeMap::new(),
        }
    }

    pub(super) fn on(machine: &str, stride: u64) -> Model {
        let mut model = Model { stride, ..Model::empty() };
        model.call(machine);
        let bytes = model.anon_bytes();
        model.call(&format!(
            "a = mmap(NULL, {bytes}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"
        ));
        model.call("f = file(\"x\", 48K)");
        model.call("s = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)");
        model.call("p = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)");
        model.call("g = memfd(\"y\", 48K)");
        model.call("t = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_SHARED, g, 0)");
        model
    }

    pub(super) fn anon_bytes(&self) -> u64 {
        ANON * self.stride * 4096
    }

    /// Runs a line: its outcome, empty for a refused one; the machine must recount.
    pub(super) fn call(&mut self, line: &str) -> String {
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

    pub(super) fn end(&mut self, process: u32) {
        self.alive.remove(&process);
        self.values.retain(|key, _| key.0 != process);
    }

    /// The name of a region, a page of it, and where that is.
    pub(super) fn place(&self, region: Region, page: u64) -> (&'static str, u64, u64) {
        let page = page % region.pages();
        (region.name(), page, page * 4096 * if region == Region::Anon { self.stride } else { 1 })
    }

    pub(super) fn key(process: u32, region: Region, page: u64) -> (u32, Region, u64) {
        (if matches!(region, Region::Shared | Region::Tmpfs) { 0 } else { process }, region, page)
    }

    /// What the file held at first.
    pub(super) fn original(page: u64) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|i| {
            let at = page * 4096 + i as u64;
            ((at / 4096 * 7 + at) & 0xff) as u8
        }))
    }

    pub(super) fn expected(&self, process: u32, region: Region, page: u64) -> u64 {
        if let Some(&value) = self.values.get(&Model::key(process, region, page)) {
            return value;
        }
        match region {
            Region::Anon => 0,
            Region::Shared | Region::Tmpfs => Model::original(page),
            Region::Private => self.expected(0, Region::Shared, page),
        }
    }

    pub(super) fn store(&mut self, process: u32, region: Region, page: u64, value: u64) {
        let (name, page, offset) = self.place(region, page);
        let outcome = self.call(&format!("[{process}] store({name}+{offset}, {value}, 8)"));
        if outcome.starts_with('0') && self.alive.contains(&process) {
            self.values.insert(Model::key(process, region, page), value);
        } else {
            self.stopped(process, &outcome);
        }
    }

    pub(super) fn load(&mut self, process: u32, region: Region, page: u64) {
        let (name, page, offset) = self.place(region, page);
        let want = self.expected(process, region, page);
        let outcome = self.call(&format!("[{process}] load({name}+{offset}, 8)"));
        match outcome.split(' ').next().unwrap_or_default() {
            value if value.starts_with("0x") || value == "0" => {
                let value = u64::from_str_radix(value.trim_start_matches("0x"), 16).unwrap();
                assert_eq!(value, want, "process {process}, page {page} of {region:?}");
            }
            _ => self.stopped(process, &outcome),
        }
    }

    /// A process may only be stopped by a device or for want of memory.
    pub(super) fn stopped(&self, process: u32, outcome: &str) {
        let dead = !self.alive.contains(&process);
        assert!(outcome.starts_with("SIGBUS") || outcome.starts_with("SIGKILL") || dead, "{outcome}");
    }

    pub(super) fn run(&mut self, step: &Step) {
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
                let bytes = if region == Region::Anon { self.anon_bytes() } else { FILE * 4096 };
                self.call(&format!("[{process}] madvise({}, {bytes}, MADV_PAGEOUT)", region.name()));
            }
            Step::Free(process, page, value) if alive(&process) => {
                let (name, page, offset) = self.place(Region::Anon, page);
                self.call(&format!("[{process}] madvise({name}+{offset}, 4K, MADV_FREE)"));
                self.values.insert((process, Region::Anon, page), 0);
                self.store(process, Region::Anon, page, value);
            }
            Step::DontNeed(process, page) if alive(&process) => {
                let (name, page, offset) = self.place(Region::Anon, page);
                self.call(&format!("[{process}] madvise({name}+{offset}, 4K, MADV_DONTNEED)"));
                self.values.insert((process, Region::Anon, page), 0);
            }
            Step::Touch(process) if alive(&process) => {
                drop(self.call(&format!("[{process}] touch(a, {}, w)", self.anon_bytes())));
            }
            Step::Collapse(process) if alive(&process) => {
                drop(self.call(&format!("[{process}] madvise(a, {}, MADV_COLLAPSE)", self.anon_bytes())));
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

    pub(super) fn fork(&mut self, parent: u32, child: u32) {
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
    pub(super) fn finish(&mut self) {
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
