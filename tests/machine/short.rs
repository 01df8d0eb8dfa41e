//! A machine short of frames: who reclaims, and who waits.

use super::{last, run};
use std::collections::BTreeMap;

fn counters(line: &str) -> BTreeMap<&str, u64> {
    let fields = line.split(' ').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (name, value.parse().expect("a count"))).collect()
}

#[test]
fn eight_gib_on_four_touched_or_not() {
    let map = "a = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
    for (keys, had) in [
        ("ram=4G", false),
        ("ram=4G, swap=5G", true),
        ("ram=4G, overcommit_memory=1", true),
        ("ram=4G, overcommit_memory=2", false),
        ("ram=4G, overcommit_memory=2, swap=7G", true),
    ] {
        let outcome = last(&format!("machine({keys})\n{map}"));
        assert_eq!(outcome.starts_with("0x"), had, "{keys}: {outcome}");
    }
}

#[test]
fn anonymous_memory_ends_where_the_reserves_begin() {
    let (log, runner) = run("machine(ram=64M, overcommit_memory=1)\n\
         a = mmap(NULL, 1G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(a, 1G, w)\n");
    assert!(log.ends_with("touch(a, 1G, w) -> SIGKILL\n  oom-kill 1\n"), "{log}");
    let kernel = &runner.twin().expect("a machine").kernel;
    let rss = kernel.oom_events()[0].table[0].rss_pages;
    let zones: Vec<_> = kernel.machine.phys.zones.iter().collect();
    let kept: u64 = zones.iter().map(|zone| zone.managed.min(zone.watermarks().min + zone.reserve())).sum();
    let tables = rss.div_ceil(512) + 4;
    assert!(
        (16_384 - kept - tables - 10..=16_384 - kept - tables).contains(&rss),
        "{rss} of 16384, {kept} kept"
    );
}

#[test]
fn with_swap_kswapd_and_the_program_reclaim_and_pressure_is_told() {
    let (log, _) = run("machine(ram=64M, swap=256M, swap_device=zram)\n\
         a = mmap(NULL, 128M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n\
         memset(a, 1, 128M)\nload(a)\nvmstat()\nproc(\"pressure/memory\")\nproc(\"swaps\")\nproc(\"meminfo\")\n");
    let line = log.lines().find(|line| line.starts_with("vmstat()")).expect("the line");
    let counters = counters(line);
    assert!(counters["pgsteal_kswapd"] > 1000 && counters["pageoutrun"] > 0, "{line}");
    assert!(counters["pgsteal_direct"] > 0 && counters["allocstall_movable"] > 0, "{line}");
    assert_eq!(counters["pgsteal_kswapd"] + counters["pgsteal_direct"], counters["pgsteal_anon"], "{line}");
    assert_eq!(counters["pgscan_kswapd"] + counters["pgscan_direct"], counters["pgscan_anon"], "{line}");
    assert_eq!((counters["pswpin"], counters["pswpout"]), (1, counters["pgsteal_anon"]), "{line}");
    let stalled = log.lines().find(|line| line.contains("some avg10=")).expect("the line");
    assert!(!stalled.ends_with("total=0"), "{stalled}");
    assert!(!log.contains("oom-kill"));
}

#[test]
fn while_memory_is_plentiful_nothing_is_kept() {
    let (_, runner) = run(
        "machine(ram=64M)\na = mmap(NULL, 32M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(a, 32M, w)\n",
    );
    let machine = &runner.twin().expect("a machine").kernel.machine;
    assert_eq!(machine.vmstat().pageoutrun, 0);
}

#[test]
fn clean_file_pages_go_before_anybody_is_killed() {
    let (log, _) = run("machine(ram=64M)\nf = file(\"data\", 32M)\n\
         a = mmap(NULL, 48M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmemset(a, 1, 48M)\nvmstat()\n");
    let counters = counters(log.lines().last().expect("a line"));
    assert!(counters["pgsteal_file"] > 1000 && !counters.contains_key("oom_kill"), "{log}");
}

#[test]
fn writers_wait_where_too_much_is_dirty() {
    let mut text = "machine(ram=256M)\nf = file(\"out\", 0)\n\
                    b = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmemset(b, 1, 1M)\n"
        .to_owned();
    (0..100).for_each(|mib| text += &format!("pwrite(f, b, 1M, {mib}M)\n"));
    let (_, runner) = run(&text);
    let machine = &runner.twin().expect("a machine").kernel.machine;
    let (background, limit) = machine.dirty_thresholds();
    let dirty = machine.files.dirty.pages + machine.files.dirty.writing();
    assert!(background < limit && dirty < limit && dirty > background, "{background} < {dirty} < {limit}");
    assert!(machine.files.dirty.throttled_ns > 0 && machine.vmstat().nr_written > 10_000);
}

#[test]
fn dirty_pages_of_a_mapping_are_written_so_that_they_can_go() {
    let (log, _) = run("machine(memcg=16M)\nf = file(\"data\", 48M)\nevict(f)\n\
         m = mmap(NULL, 48M, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)\nmemset(m, 7, 48M)\nload(m)\nload(m+47M)\nvmstat()\n");
    assert!(log.contains("load(m) -> 0x7") && log.contains("load(m+47M) -> 0x7"), "{log}");
    assert!(!log.contains("SIGKILL"), "{log}");
}

#[test]
fn memory_stat_and_limits_are_the_groups() {
    let (log, _) = run("machine(memcg=16M, memsw=24M, swap=64M)\n\
         a = mmap(NULL, 32M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmemset(a, 1, 20M)\nmemstat()\n\
         proc(\"memory.stat\")\nmemset(a, 1, 32M)\n");
    let line = log.lines().find(|line| line.starts_with("memstat()")).expect("the line");
    let fields = counters(line);
    let pages = |name: &str| fields[name] / 4096;
    assert_eq!(pages("rss") + pages("swap"), 5120, "{line}");
    assert_eq!(fields["pgpgin"] - fields["pgpgout"], pages("rss"), "{line}");
    assert!(log.contains("  hierarchical_memsw_limit 25165824\n"), "{log}");
    assert!(log.ends_with("memset(a, 1, 32M) -> SIGKILL\n  oom-kill 1\n"), "24 MiB are all: {log}");
}

#[test]
fn impossible_machines_are_refused() {
    use memtwin::workload::source::Lines;
    use memtwin::workload::{Options, Runner};
    for (line, reason) in [
        ("machine(memsw=1G)", "give its memcg, too"),
        ("machine(memcg=2M, memsw=1M)", "is below memcg"),
        ("machine(ram=64M, min_free_kbytes=100000)", "is more than there is"),
        ("machine(panic_on_oom=3)", "at most 2"),
        ("machine(dirty_ration=3)", "unknown key"),
    ] {
        let mut lines = Lines::new(std::io::Cursor::new(line)).expect("text");
        let error = Runner::new(Options::default()).run(&mut lines, &mut Vec::new()).expect_err(line);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
