//! The command as its users meet it: output, error messages, exit codes.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

/// Runs `memtwin` with `args` and `input` on its standard input.
fn memtwin(args: &[&str], input: &[u8]) -> Output {
    let mut child = start(args);
    // A command that refuses early leaves its input unread.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn start(args: &[&str]) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memtwin"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_log_comes_from_standard_input() {
    let output = memtwin(&["run", "-"], b"# nothing\n  rusage()  # now\n[9] rusage()\n");
    assert_eq!(text(&output.stdout), "rusage() -> minflt=0 majflt=0\n[9] rusage() -> -1 ESRCH\n");
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

#[test]
fn a_bad_line_is_shown_and_ends_the_run() {
    let output = memtwin(&["run", "-"], b"rusage()\nx = loud(4)\nrusage()\n");
    assert_eq!(text(&output.stdout), "rusage() -> minflt=0 majflt=0\n");
    let want = "memtwin: -:2:5: unknown call `loud` (did you mean `load`?); `memtwin support` lists the calls\n   |\n 2 | x = loud(4)\n   |     ^^^^\n";
    assert_eq!((text(&output.stderr), output.status.code()), (want, Some(2)));
}

#[test]
fn bad_input_is_refused_with_exit_code_2() {
    let truncated = [0x1f, 0x8b, 8, 0, 0];
    let long = vec![b'x'; 2 << 20];
    let inputs: [&[u8]; 8] = [
        &truncated,
        &long,
        b"\xff\xfe",
        b"load(18446744073709551616)",
        b"load(1, 3)",
        b"load()",
        b"machine(ram=x)",
        b"rusage()\nmachine(cpus=1)",
    ];
    for input in inputs {
        let output = memtwin(&["run", "-"], input);
        let shown = String::from_utf8_lossy(&input[..input.len().min(40)]);
        assert_eq!(output.status.code(), Some(2), "{shown:?}");
        assert!(text(&output.stderr).starts_with("memtwin: -:"), "{shown:?}: {}", text(&output.stderr));
    }
    let output = memtwin(&["run", "/no/such/file"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("/no/such/file"));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let said = |input: &[u8]| {
        let output = memtwin(&["run", "-"], input);
        assert_eq!(output.status.code(), Some(2));
        (text(&output.stdout).lines().count(), text(&output.stderr).to_owned())
    };
    let unread = "memtwin: -:1:1: cannot read on: ";
    let (ran, error) = said(&[0x1f, 0x8b, 8, 0, 0]);
    assert!(ran == 0 && error.starts_with(unread), "{error}");
    let (_, error) = said(b"rusage()\nrusage() # \xff");
    assert_eq!(error, "memtwin: -:2:12: not UTF-8; a scenario is text\n");
    let whole = include_bytes!("../../../tests/scenarios/real/82-real-sqlite.scn.gz");
    let (ran, error) = said(&whole[..whole.len() / 2]);
    let line: usize = error["memtwin: -:".len()..].split(':').next().unwrap().parse().unwrap();
    assert!(ran > 100 && line > 100 && error.contains(": cannot read on: "), "{ran} {error}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = start(&["run", "-"]);
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all("rusage()\n".repeat(20_000).as_bytes());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn help_has_examples_and_exit_codes() {
    for command in [
        "run",
        "show",
        "diff",
        "when",
        "sample",
        "ask",
        "report",
        "policies",
        "compare",
        "support",
        "verify",
        "calibrate",
        "completions",
    ] {
        let output = memtwin(&[command, "--help"], b"");
        assert!(text(&output.stdout).contains("Examples:"), "{command}");
        assert!(text(&output.stdout).contains("Exit codes:"), "{command}");
    }
}

#[test]
fn the_report_is_text_or_json() {
    let scenario = b"fork(2)\n";
    let report = memtwin(&["report", "-"], scenario);
    assert!(text(&report.stdout).contains("Page faults by cause"));
    let json = memtwin(&["report", "--json", "-"], scenario);
    assert!(text(&json.stdout).contains("\"syscalls\": {\n    \"fork\": 1\n  }"), "{}", text(&json.stdout));
}

#[test]
fn support_lists_every_call() {
    let output = memtwin(&["support"], b"");
    for call in ["mmap(addr", "malloc(size)", "machine(", "overcommit_memory="] {
        assert!(text(&output.stdout).contains(call), "{call}");
    }
}

#[test]
fn policies_are_compared_over_one_string() {
    let output = memtwin(&["policies", "--file", "-", "--pages", "3", "--pages", "4"], b"1 2\n");
    assert_eq!(
        (text(&output.stderr), output.status.code()),
        ("memtwin: -:1: `1 2` is no page number\n", Some(2))
    );
    let belady: String = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5].map(|page| format!("{page}\n")).concat();
    let output = memtwin(&["policies", "--file", "-", "--pages", "3", "--pages", "4"], belady.as_bytes());
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(lines[0], "Misses of 12 references to 5 pages");
    let fifo: Vec<&str> =
        lines.iter().find(|line| line.contains("fifo")).unwrap().split_whitespace().collect();
    assert_eq!(fifo, ["fifo", "9", "10"]);
    let output = memtwin(&["policies", "--refs", "seq a 0 9 2 0 0", "--pages", "9", "--json"], b"");
    assert!(text(&output.stdout).contains("\"distinct_pages\": 9"));
}

#[test]
fn mmus_are_compared_in_one_table() {
    let scenario =
        b"a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(a, 64K, w)\n";
    let output = memtwin(&["compare", "--mmu", "x86-64,sv39,inverted", "-"], scenario);
    let table = text(&output.stdout);
    assert_eq!(
        (table.lines().count(), output.status.code()),
        (4, Some(0)),
        "{table}{}",
        text(&output.stderr)
    );
    assert!(table.lines().skip(1).all(|row| row.contains("same")), "{table}");
    let output = memtwin(&["report", "--mmu", "vax", "-"], scenario);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no mmu is called `vax`"), "{}", text(&output.stderr));
}

#[test]
fn a_run_goes_on_from_a_checkpoint() {
    let file = std::env::temp_dir().join(format!("memtwin-{}.twin", std::process::id()));
    let file = file.to_str().unwrap();
    let saved = memtwin(&["run", "--until", "1", "--save", file, "-"], b"p = malloc(100)\nfree(p)\n");
    assert_eq!(
        (text(&saved.stdout), saved.status.code()),
        ("p = malloc(100) -> 0x5555555592a0 minflt=1\n", Some(0))
    );
    let rest = memtwin(&["run", "--from", file, "-"], b"p = malloc(100)\nfree(p)\n");
    assert_eq!(text(&rest.stdout), "free(p) -> 0\n");
    std::fs::write(file, b"no checkpoint").unwrap();
    let refused = memtwin(&["run", "--from", file, "-"], b"free(p)\n");
    std::fs::remove_file(file).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("not a checkpoint"), "{}", text(&refused.stderr));
}

#[test]
fn the_call_that_did_it_is_found() {
    let scenario = b"a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nload(a)\nmprotect(a+4K, 8K, 0)\n";
    let split = memtwin(&["when", "-", "split", "a+4K"], scenario);
    assert!(text(&split.stdout).starts_with("line 3: mprotect(a+4K, 8K, 0)\n"), "{}", text(&split.stdout));
    assert!(text(&split.stdout).contains("was split"), "{}", text(&split.stdout));
    let first = memtwin(&["when", "-", "mapped", "a"], scenario);
    assert!(text(&first.stdout).contains("mmap#1 was mapped: 64K rw-p\n"), "{}", text(&first.stdout));
}

#[test]
fn why_no_call_did_it_is_told() {
    let scenario = b"a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nload(a)\nmunmap(a, 64K)\n";
    let cases = [
        (vec!["swapped", "a"], 3, "`swapped a` does not hold after any call"),
        (vec!["resident", "a"], 3, "`resident a` does not hold at the end, but did after line 2 (--first)"),
        (vec!["resident"], 2, "`resident` is asked of an address: `resident a+4K`"),
        (vec!["pinned", "a"], 2, "`pinned` takes no address: the block is found"),
    ];
    for (question, code, want) in cases {
        let answer = memtwin(&[&["when", "-"], question.as_slice()].concat(), scenario);
        assert_eq!(
            (text(&answer.stderr), answer.status.code()),
            (&*format!("memtwin: {want}\n"), Some(code))
        );
    }
}

#[test]
fn a_checkpoint_is_gone_on_with_by_every_command() {
    let scenario = b"a = malloc(100)\nb = malloc(100)\nfree(a)\nfree(b)\n";
    let file = std::env::temp_dir().join(format!("memtwin-on-{}.twin", std::process::id()));
    let file = file.to_str().unwrap();
    memtwin(&["run", "--until", "2", "--save", file, "-"], scenario);
    let from = |args: &[&str]| memtwin(&[args, &["--from", file, "-"]].concat(), scenario);
    let sampled = from(&["sample", "-c", "live"]);
    let changed = from(&["diff", "--since", "3"]);
    let early = from(&["diff", "--since", "1"]);
    let late = from(&["diff", "--since", "9"]);
    let until = from(&["run", "--until", "1"]);
    std::fs::remove_file(file).unwrap();
    assert_eq!(
        text(&sampled.stdout),
        "line,us,call,live,peak_live\n3,52,free(a),100,200\n4,52,free(b),0,200\n"
    );
    assert_eq!(text(&changed.stdout), "chunk heap+0x300 (112 bytes) moved from in use to tcache[5]\n");
    let no_line = "memtwin: there is no line";
    assert_eq!(text(&early.stderr), format!("{no_line} 1 to compare with: the run begins with line 3\n"));
    assert_eq!(text(&late.stderr), format!("{no_line} 9 to compare with: the run ends with line 4\n"));
    let want = format!("memtwin: {file} is the state after line 2, not before --until 1\n");
    assert_eq!((text(&until.stderr), until.status.code()), (&*want, Some(2)));
}

#[test]
fn states_and_samples_come_in_machine_readable_forms() {
    let scenario = b"p = malloc(100)\n";
    let state = memtwin(&["show", "--json", "--sections", "heap", "-"], scenario);
    let state: serde_json::Value = serde_json::from_slice(&state.stdout).unwrap();
    assert_eq!(state["processes"]["1"]["heap"]["runs"][1]["start"], "heap+0x290");
    let samples = memtwin(&["sample", "--counters", "live", "-"], scenario);
    assert_eq!(text(&samples.stdout), "line,us,call,live,peak_live\n1,52,p = malloc(100),100,100\n");
    let trace = memtwin(&["sample", "--format", "chrome", "-"], scenario);
    assert!(serde_json::from_slice::<serde_json::Value>(&trace.stdout).unwrap()["traceEvents"].is_array());
}

#[test]
fn an_answer_has_figures_and_says_who_gives_them() {
    let output = memtwin(&["ask", "malloc-one"], b"");
    let answer = text(&output.stdout);
    assert!(answer.starts_with("What does malloc(1) take from the system?\n"), "{answer}");
    assert!(answer.contains("  the first malloc(1)             2          132K"), "{answer}");
    assert!(answer.contains("(memtwin ask malloc-one --verify)"), "{answer}");
    let unknown = memtwin(&["ask", "malloc-two"], b"");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        text(&unknown.stderr).contains("no experiment is called `malloc-two` (did you mean `malloc-one`?)")
    );
}
