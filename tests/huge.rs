//! Huge pages as a program meets them: pools, policies, khugepaged, fragmented memory; and processors as a report shows them.

use memtwin::workload::report::Report;
use memtwin::workload::{Options, Runner};

/// The log of a scenario, and its report.
fn run(scenario: &str) -> (Vec<String>, Report) {
    let mut runner = Runner::new(Options::default());
    let mut log = Vec::new();
    for (at, line) in scenario.lines().enumerate() {
        runner.line(at as u64 + 1, line, &mut log).unwrap();
    }
    let twin = runner.twin().unwrap();
    assert_eq!(twin.kernel.machine.check(), Ok(()));
    let lines = String::from_utf8(log).unwrap();
    let outcome = |line: &str| line.split_once(" -> ").map_or(line, |(_, outcome)| outcome).to_owned();
    (lines.lines().map(outcome).collect(), Report::of(&runner))
}

const MAP: &str = "a = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";

#[test]
fn the_policy_decides_who_gets_huge_pages() {
    let faults = |machine: &str, advise: &str| {
        let (log, report) = run(&format!("machine({machine})\n{MAP}{advise}touch(a, 8M, w)\n"));
        (log.last().unwrap().clone(), report.pages.large_bytes)
    };
    assert_eq!(faults("thp=always", ""), ("2048 minflt=4".to_owned(), 8 << 20));
    assert_eq!(faults("thp=madvise", ""), ("2048 minflt=2048".to_owned(), 0));
    assert_eq!(
        faults("thp=madvise", "madvise(a, 8M, MADV_HUGEPAGE)\n"),
        ("2048 minflt=4".to_owned(), 8 << 20)
    );
    assert_eq!(faults("thp=never", "madvise(a, 8M, MADV_HUGEPAGE)\n"), ("2048 minflt=2048".to_owned(), 0));
}

/// Every other page of a mapping was given back: no block is free, but some can be made, by whoever may wait. (Its tables come first, so
/// that none is among the pages.)
#[test]
fn huge_pages_by_compaction() {
    let huge = |policy: &str| {
        let mut scenario = format!("machine(ram=64M, thp_defrag={policy})\n");
        scenario += "m = mmap(NULL, 56M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
        (0..28).for_each(|i| scenario += &format!("store(m+{}M, 1)\n", 2 * i));
        scenario += "touch(m, 56M, w)\n";
        (0..8192).step_by(2).for_each(|i| scenario += &format!("madvise(m+{}K, 4K, MADV_DONTNEED)\n", 4 * i));
        scenario += &format!(
            "{MAP}madvise(a, 8M, MADV_HUGEPAGE)\nstore(m+4K, 77)\ntouch(a, 8M, w)\nload(m+4K)\nvmstat()\n"
        );
        let (log, report) = run(&scenario);
        let load = log.iter().rfind(|line| line.starts_with("0x4d"));
        let counters = log.last().unwrap();
        let of = |name: &str| {
            let count = counters.split(' ').find_map(|counter| counter.strip_prefix(name)?.strip_prefix('='));
            count.map_or(0, |count| count.parse::<u64>().unwrap())
        };
        let counts = (of("compact_success"), of("thp_fault_alloc"), of("thp_fault_fallback"));
        (report.pages.large_bytes, load.is_some(), counts)
    };
    let (bytes, kept, (successes, allocated, fallbacks)) = huge("madvise");
    assert_eq!((bytes, kept, allocated, fallbacks), (8 << 20, true, 4, 0));
    assert!((1..=4).contains(&successes), "{successes}");
    assert_eq!(huge("always").0, 8 << 20);
    let (bytes, kept, (successes, allocated, fallbacks)) = huge("never");
    assert!(bytes < 8 << 20 && kept, "{bytes}");
    assert_eq!((successes, allocated < 4, allocated + fallbacks > 3), (0, true, true));
    assert_eq!(huge("defer").0, bytes);
}

/// The value of a counter in a line of `vmstat()` or `memstat()`.
fn counter(line: &str, name: &str) -> u64 {
    let count = line.split(' ').find_map(|counter| counter.strip_prefix(name)?.strip_prefix('='));
    count.map_or(0, |count| count.parse().unwrap())
}

/// All of memory is locked: compaction that fails is tried less and less often, and who does not wait does not even try.
#[test]
fn compaction_that_fails_is_put_off() {
    let counts = |policy: &str, advice: &str| {
        let mut scenario =
            format!("machine(ram=64M, thp=always, thp_defrag={policy}, fragment=6)\n{MAP}{advice}");
        scenario +=
            "touch(a, 8M, w)\nb = mmap(NULL, 24M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
        scenario += "madvise(b, 24M, MADV_HUGEPAGE)\ntouch(b, 24M, w)\nvmstat()\n";
        let (log, report) = run(&scenario);
        assert_eq!(report.pages.large_bytes, 0);
        let line = log.last().unwrap();
        ["thp_fault_fallback", "compact_stall", "compact_fail", "compact_success"]
            .map(|name| counter(line, name))
    };
    let [fallbacks, stalls, fails, successes] = counts("madvise", "");
    assert_eq!((fallbacks, successes), (16, 0));
    assert_eq!(stalls, fails);
    assert!((12..=24).contains(&stalls), "twice for each of the twelve advised at most: {stalls}");
    assert_eq!(counts("never", ""), [16, 0, 0, 0]);
    assert_eq!(counts("defer", ""), [16, 0, 0, 0]);
}

/// A group's limit is in the way of a huge page: base pages are taken, nobody is killed, and advice makes room by reclaim.
#[test]
fn the_limit_of_a_group_turns_huge_pages_down() {
    let (log, report) = run("machine(thp=always, memcg=5M)\n\
         a = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n\
         touch(a, 4200K, w)\nvmstat()\n");
    assert!(log[2].starts_with("1050 "), "{}", log[2]);
    assert_eq!(report.pages.large_bytes, 4 << 20);
    let names = ["thp_fault_alloc", "thp_fault_fallback", "thp_fault_fallback_charge", "oom_kill"];
    assert_eq!(names.map(|name| counter(&log[3], name)), [2, 1, 1, 0]);
    let advised = |advice: &str| {
        let (log, report) = run(&format!(
            "machine(memcg=5M)\nf = file(\"x\", 4M)\nb = mmap(NULL, 4M, PROT_READ, MAP_SHARED, f, 0)\nevict(f)\ntouch(b, 4M, r)\n\
             {MAP}{advice}touch(a, 2M, w)\nvmstat()\n"
        ));
        (report.pages.large_bytes, counter(log.last().unwrap(), "pgsteal_file") >= 300)
    };
    assert_eq!(advised("madvise(a, 8M, MADV_HUGEPAGE)\n"), (2 << 20, true));
}

#[test]
fn fragmented_memory_has_no_huge_pages() {
    let (log, report) = run(&format!(
        "machine(thp=always, fragment=8)\n{MAP}touch(a, 8M, w)\nnr_hugepages(1)\nbuddyinfo()\n"
    ));
    assert_eq!(log[2], "2048 minflt=2048");
    assert_eq!(log[3], "0");
    assert!(log[4].ends_with(" 0 0"), "{}", log[4]);
    assert_eq!(report.pages.large_bytes, 0);
}

#[test]
fn khugepaged_makes_huge_what_was_touched_in_small() {
    let scenario = format!(
        "machine(thp=always, max_ptes_none=64)\n{MAP}\
        madvise(a, 8M, MADV_NOHUGEPAGE)\ntouch(a, 2M, w)\ntouch(a+2M, 1M, w)\nmadvise(a, 8M, MADV_HUGEPAGE)\n\
        khugepaged(100000)\nkhugepaged(100000)\nload(a+2M-8)\n"
    );
    let (log, report) = run(&scenario);
    assert_eq!(log[6..], ["1", "0", "0x0"]);
    assert_eq!(report.pages.large_bytes, 2 << 20);
}

#[test]
fn pool_pages_are_mapped_reserved_and_given_back() {
    let scenario = "machine(nr_hugepages=3)\n\
        a = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n\
        b = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)\n\
        c = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB|MAP_NORESERVE, -1, 0)\n\
        touch(a, 4M, w)\nstore(c, 1)\nstore(c+2M, 1)\nmunmap(a, 4K)\nmunmap(a, 2M)\nstore(c+2M, 1)\nstatus()\n";
    let (log, report) = run(scenario);
    assert_eq!(log[2], "-1 ENOMEM");
    assert_eq!(log[4..6], ["1024 minflt=2", "0 minflt=1"]);
    assert!(log[6].starts_with("SIGBUS"), "{}", log[6]);
    assert_eq!(log[7..10], ["-1 EINVAL", "0", "0 minflt=1"]);
    assert_eq!((report.pages.pool_pages, report.pages.pool_free_pages), (3, 0));
    assert_eq!(report.faults.by_cause.get("Hugetlb"), Some(&4));
}

/// No host at hand had two free gigabytes side by side to ask: what the smaller pages do is recorded in `scenarios/hugetlb`.
#[test]
fn a_file_of_the_largest_pages_does_as_one_of_the_smaller() {
    let (mut log, _) = run(
        "machine(nr_hugepages_1g=2)\nf = memfd(\"G\", 1G, MFD_HUGETLB|MFD_HUGE_1GB)\nftruncate(f, 2M)\n\
         a = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)\nstore(a+512M, 3)\n\
         p = mmap(NULL, 1G, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)\nload(p+512M)\nhugepages()\nmunmap(p+2M, 2M)\n\
         store(p, 1)\nhugepages()\nb = mmap(NULL, 1G, PROT_READ, MAP_SHARED|MAP_NORESERVE, f, 1G)\nload(b)\n\
         fallocate(f, FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE, 512M, 1)\nload(a+512M)\nmunmap(p, 1G)\nftruncate(f, 0)\nhugepages()\n",
    );
    let end = log.split_off(2);
    assert_eq!(end[..3], ["-1 EINVAL", "0x7fff80000000", "0 minflt=1"]);
    assert_eq!(
        end[4..9],
        ["0x3 minflt=1", "1g_total=2 1g_free=1 1g_rsvd=1", "-1 EINVAL", "0 minflt=1", "1g_total=2"]
    );
    assert!(end[10].starts_with("SIGBUS"), "{}", end[10]);
    assert_eq!(end[11..], ["0", "0x0", "0", "0", "1g_total=2 1g_free=2"]);
}

#[test]
fn a_report_follows_the_processor() {
    let walks =
        |tlb: &str| run(&format!("machine(tlb={tlb})\n{MAP}touch(a, 8M, w)\ntouch(a, 8M, r)\n")).1.tlb;
    let (skylake, zen) = (walks("skylake-server"), walks("zen4"));
    assert_eq!(skylake.accesses, zen.accesses);
    // 2,048 pages are more than 1,536 entries in order of use, and less than 3,072.
    assert_eq!((skylake.l2_hits, zen.l2_hits), (0, 2048));
    let cached = walks("zen4, walk_caches=64");
    assert!(cached.walk_references < zen.walk_references, "the page directory cache saves references");
    assert_eq!(skylake.walk_references / skylake.walks, 3);
}

#[test]
fn threads_apart_have_their_mappings_shot_down() {
    let shot = |threads: &str| {
        run(&format!("machine(threads={threads})\n{MAP}touch(a, 64K, w)\nthread(2)\n[1.2] touch(a, 64K, r)\nmunmap(a, 64K)\n"))
            .1
            .tlb
            .shootdowns
    };
    assert_eq!((shot("one"), shot("spread")), (0, 1));
}
