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
