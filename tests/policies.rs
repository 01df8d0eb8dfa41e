//! Replacement policies inside a machine: the same page faults as over a bare string of references, when they see the same.

use std::collections::HashSet;

use memtwin::mmu::Machine;
use memtwin::mmu::policy::{Fifo, Lru, PolicyKind, run};
use memtwin::workload::refs::{References, parse};
use memtwin::workload::{Options, Runner};

/// The first line writes every page, so that none is the zero page, which takes no memory.
const REFERENCES: &[&str] = &[
    "seq a 0 220 1 100 0",
    "zipf 0.9 a 0 200 4000 30 0 5",
    "seq a 20 150 3 100 0",
    "mix 3 1",
    "uni a 0 60 2000 50 0 9",
    "cyc a 100 120 700 0 0",
];

/// Runs the references in a cgroup of 100 pages, checked after each line.
struct Run {
    runner: Runner,
    log: Vec<u8>,
}

impl Run {
    fn new(policy: &str, more: &str) -> Run {
        Run::changed(policy, more, |_| {})
    }

    /// The same on a machine that is changed before it runs.
    fn changed(policy: &str, more: &str, change: impl FnOnce(&mut Machine)) -> Run {
        let mut change = Some(change);
        let specs: Vec<String> = REFERENCES.iter().map(|line| format!("\"{line}\"")).collect();
        let mut run = Run { runner: Runner::new(Options::default()), log: Vec::new() };
        let lines = [
            format!("machine(memcg=400K, swap=4M, swap_device=zram, reclaim={policy}, seed=3{more})"),
            "a = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)".to_owned(),
            format!("refs({}, a=a)", specs.join(", ")),
            "pagemap(a, 1M)".to_owned(),
        ];
        for (number, line) in (1..).zip(&lines) {
            run.line(number, line);
            if let (Some(twin), Some(change)) = (run.runner.twin_mut(), change.take()) {
                change(&mut twin.kernel.machine);
            }
        }
        run
    }

    fn line(&mut self, number: u64, line: &str) {
        self.log.clear();
        self.runner.line(number, line, &mut self.log).unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Some(twin) = self.runner.twin() {
            twin.kernel.machine.check().unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }

    fn majflt(&self) -> u64 {
        self.runner.twin().expect("a machine").kernel.machine.ledger.majflt
    }

    /// Resident pages of the region at the end, when memory is full.
    fn resident(&self) -> usize {
        let log = String::from_utf8_lossy(&self.log);
        log.split("-> ").nth(1).map_or(0, |pages| pages.bytes().filter(|&byte| byte == b'P').count())
    }
}

fn string() -> Vec<u32> {
    let references = References::new(parse(REFERENCES.iter().copied()).unwrap());
    references.map(|reference| reference.page as u32).collect()
}

/// A first touch is no major fault, every other miss is one. 2Q and ARC hear which page comes in only after room was made for it, so
/// they may differ by a few.
#[test]
fn with_every_reference_seen_a_machine_faults_as_the_bare_string_does() {
    let string = string();
    let distinct = string.iter().collect::<HashSet<_>>().len() as u64;
    let pages = Run::new("lru", ", reclaim_sees=references").resident();
    assert!(pages > 80);
    let different = PolicyKind::ALL.into_iter().filter_map(|kind| {
        let got =
            Run::new(kind.name(), &format!(", reclaim_sees=references, reclaim_pages={pages}")).majflt();
        let want = run(kind, pages, 3, &string).misses - distinct;
        let slack = if matches!(kind, PolicyKind::TwoQ | PolicyKind::Arc) { want / 50 } else { 0 };
        (got.abs_diff(want) > slack).then(|| format!("{kind:?}: {got}, not {want}"))
    });
    assert_eq!(different.collect::<Vec<_>>(), [""; 0]);
}

/// What hardware tells is never worth more than the future; what does not look at uses does not care how it learns of them.
#[test]
fn accessed_bits_tell_less_than_the_future() {
    let best = Run::new("opt", "").majflt();
    for kind in PolicyKind::ALL {
        assert!(Run::new(kind.name(), "").majflt() >= best, "{kind:?}");
    }
    let fifo = Run::new("fifo", "").majflt();
    assert_eq!(fifo, Run::new("fifo", ", reclaim_sees=references").majflt());
    assert!(Run::new("clock", "").majflt() < fifo);
    assert!(Run::new("linux", "").majflt() > best);
}

#[test]
fn a_policy_of_ones_own_decides_as_the_same_one_by_name() {
    let fifo = Run::changed("linux", "", |machine| machine.reclaim_by(Fifo::new()));
    assert_eq!(fifo.majflt(), Run::new("fifo", "").majflt());
    let seeing = ", reclaim_sees=references";
    let lru = Run::changed("linux", seeing, |machine| machine.reclaim_by(Lru::new()));
    assert_eq!(lru.majflt(), Run::new("lru", seeing).majflt());
}

/// The major faults of three rounds over a mapped file that is half as large again as a machine without swap or group.
fn rounds(policy: &str) -> u64 {
    let mut runner = Runner::new(Options::default());
    let setup = format!("machine(ram=48M, cpus=1, reclaim={policy}, seed=3)");
    let rounds = ["touch(m, 64M, r)"; 3];
    let lines =
        [&setup, "f = file(\"f\", 64M)", "evict(f)", "m = mmap(NULL, 64M, PROT_READ, MAP_SHARED, f, 0)"];
    let lines = lines.into_iter().chain(["madvise(m, 64M, MADV_RANDOM)"]).chain(rounds);
    for (number, line) in (1..).zip(lines) {
        runner.line(number, line, &mut Vec::new()).unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Some(twin) = runner.twin() {
            twin.kernel.machine.check().unwrap_or_else(|error| panic!("{policy}, {line}: {error}"));
        }
    }
    runner.twin().expect("a machine").kernel.machine.ledger.majflt
}

#[test]
fn the_page_cache_goes_as_the_policy_says_without_swap_or_a_group() {
    let [fifo, lru, random] = ["fifo", "lru", "random"].map(rounds);
    assert_eq!([fifo, lru], [3 * 16384; 2], "a round takes from the next one what it needs first");
    assert!(random < fifo * 3 / 4, "{random}");
}
