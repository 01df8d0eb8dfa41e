//! Whom the OOM killer takes.

use super::{rows, run};
use std::fmt::Write;

/// One measured case.
struct Case<'a> {
    name: &'a str,
    machine: String,
    /// Name, MiB, adjustment, kind, score.
    processes: Vec<[&'a str; 5]>,
    trigger: (&'a str, u64),
    victims: Vec<&'a str>,
}

fn cases() -> Vec<Case<'static>> {
    let case = |row: Vec<&'static str>| {
        let [name, limit, memsw, zram, processes, trigger, victims] = row[..] else {
            panic!("seven columns")
        };
        let memsw = if memsw == "0" { String::new() } else { format!(", memsw={memsw}") };
        let (kind, pages) = trigger.split_once(':').expect("a trigger");
        Case {
            name,
            machine: format!("machine(memcg={limit}{memsw}, swap={zram}, swap_device=zram)\n"),
            processes: processes
                .split(' ')
                .map(|text| text.split(':').collect::<Vec<_>>().try_into().expect("five parts"))
                .collect(),
            trigger: (kind, pages.parse().expect("pages")),
            victims: victims.split(' ').collect(),
        }
    };
    rows(include_str!("oom-kill.tsv")).into_iter().map(case).collect()
}

#[test]
fn the_worst_goes_first_and_scores_are_those_read() {
    for case in cases() {
        let (log, runner) = run(&scenario(&case));
        let scores: Vec<&str> = outcomes(&log, "oom_score()");
        let expected: Vec<&str> = case.processes.iter().map(|process| process[4]).collect();
        assert_eq!(scores, expected, "{}", case.name);
        let name = |pid: usize| match pid {
            1 => "trigger",
            _ => case.processes[pid - 2][0],
        };
        let killed = log.lines().filter_map(|line| line.strip_prefix("  oom-kill "));
        let killed: Vec<&str> = killed.map(|pid| name(pid.parse().expect("a number"))).collect();
        // The measured trigger's pages went to swap; tmpfs stays in memory here, so the trigger is killed in the end.
        let killed = if case.machine.contains("swap=0") { &killed } else { &killed[..case.victims.len()] };
        assert_eq!(killed, case.victims, "{}", case.name);
        let events = runner.twin().expect("a machine").kernel.oom_events();
        let chosen: Vec<Option<u32>> = events.iter().map(|event| event.killed).collect();
        let worst = |event: &memtwin::kernel::OomEvent| {
            event.table.iter().max_by_key(|row| row.badness).map(|row| row.pid)
        };
        assert_eq!(chosen, events.iter().map(worst).collect::<Vec<_>>(), "{}: the table says why", case.name);
    }
}

fn scenario(case: &Case<'_>) -> String {
    let mut text = case.machine.clone();
    for (pid, [_, mib, adj, kind, _]) in (2..).zip(&case.processes) {
        let make = match *kind {
            "s" => format!("mmap(NULL, {mib}M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)"),
            "m" => format!("malloc({mib}M)"),
            "b" => format!("sbrk({mib}M)"),
            _ => format!("mmap(NULL, {mib}M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"),
        };
        let _ = writeln!(text, "fork({pid})\n[{pid}] a{pid} = {make}\n[{pid}] memset(a{pid}, 1, {mib}M)");
        let _ = writeln!(text, "[{pid}] oom_score_adj({adj})");
    }
    (2..2 + case.processes.len()).for_each(|pid| text += &format!("[{pid}] oom_score()\n"));
    match case.trigger {
        ("w", pages) => {
            text += "b = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmemset(b, 1, 64K)\n";
            text += "f = memfd(\"t\", 0)\n";
            (0..pages).step_by(16).for_each(|page| text += &format!("pwrite(f, b, 64K, {})\n", page * 4096));
        }
        (_, pages) => {
            let len = pages * 4096;
            let _ = writeln!(
                text,
                "b = mmap(NULL, {len}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmemset(b, 1, {len})"
            );
        }
    }
    text
}

/// What calls like this came to.
fn outcomes<'a>(log: &'a str, call: &str) -> Vec<&'a str> {
    let lines = log.lines().filter_map(|line| line.split_once(" -> "));
    lines.filter(|(made, _)| made.ends_with(call)).map(|(_, outcome)| outcome).collect()
}

/// Four processes on a small machine without a group; the last grows.
fn crowd(machine: &str, adj: &str) -> String {
    let mut text = format!("{machine}\n");
    for pid in 2..=3 {
        text += &format!(
            "fork({pid})\n[{pid}] a = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
        );
        text += &format!("[{pid}] memset(a, 1, {pid}M)\n");
    }
    text + adj
        + "b = mmap(NULL, 48M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\nmemset(b, 1, 48M)\n"
}

#[test]
fn a_machine_without_swap_kills_by_size_and_adjustment() {
    let (log, runner) = run(&crowd("machine(ram=32M)", ""));
    assert!(log.ends_with("memset(b, 1, 48M) -> SIGKILL\n  oom-kill 1\n"), "the largest asks: {log}");
    let event = &runner.twin().expect("a machine").kernel.oom_events()[0];
    assert_eq!((event.total_pages, event.table.len(), event.killed), (8192, 3, Some(1)));
    let (log, _) = run(&crowd("machine(ram=32M, oom_kill_allocating_task=0)", "[2] oom_score_adj(1000)\n"));
    assert!(log.ends_with("SIGKILL\n  oom-kill 2\n  oom-kill 1\n"), "{log}");
}

#[test]
fn who_may_not_be_killed_is_spared_to_the_end() {
    let spare = "oom_score_adj(-1000)\n";
    let (log, runner) = run(&crowd("machine(ram=32M, uid=0)", spare));
    assert!(
        log.contains("  oom-kill 3\n  oom-kill 2\n  kernel panic: System is deadlocked on memory\n"),
        "{log}"
    );
    let events = runner.twin().expect("a machine").kernel.oom_events();
    assert_eq!(events[0].table[0].badness, None);
    let (log, _) = run("oom_score_adj(-1)\noom_score_adj(1001)\n");
    assert_eq!(log, "oom_score_adj(-1) -> -1 EACCES\noom_score_adj(1001) -> -1 EINVAL\n");
}

#[test]
fn panic_on_oom_stops_the_machine() {
    let ends = |machine: &str, end: &str| {
        let (log, _) = run(&(crowd(machine, "") + "[2] load(a)\n"));
        assert!(log.ends_with(end), "{machine}: {log}");
    };
    let dead = "[2] load(a) -> -1 ESRCH\n";
    let panic = |kind: &str| {
        format!("SIGKILL\n  kernel panic: Out of memory: {kind} panic_on_oom is enabled\n{dead}")
    };
    ends("machine(ram=32M, panic_on_oom=1)", &panic("system-wide"));
    ends("machine(memcg=32M, panic_on_oom=2)", &panic("compulsory"));
    ends(
        "machine(memcg=32M, panic_on_oom=1)",
        "  oom-kill 1\n[2] load(a) -> 0x1 minflt=0\n".replace(" minflt=0", "").as_str(),
    );
}
