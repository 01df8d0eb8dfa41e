//! Files on a device that fails, as ext4 on a failing disk answers: EIO to who reads, SIGBUS to who looks through a mapping, and to the
//! first fsync or msync after a write that failed, no later one; nothing that memory still has is lost.

use memtwin::workload::{Options, Runner};

/// The outcomes of the lines of a scenario, recounted after each.
fn outcomes(lines: &[&str]) -> Vec<String> {
    let mut runner = Runner::new(Options::default());
    let begin = [
        "f = file(\"x\", 64K)",
        "evict(f)",
        "a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
        "s = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)",
    ];
    let mut all = Vec::new();
    for (number, line) in (1u64..).zip(begin.iter().chain(lines)) {
        let mut log = Vec::new();
        runner.line(number, line, &mut log).unwrap_or_else(|error| panic!("{line}: {error}"));
        let twin = runner.twin().expect("a machine");
        twin.kernel.machine.check().unwrap_or_else(|error| panic!("after {line}: {error}"));
        let log = String::from_utf8(log).unwrap();
        let outcome = log.trim_end().split_once(" -> ").expect("an outcome").1.to_owned();
        all.push(outcome.split(" m").next().unwrap_or_default().to_owned());
    }
    all.split_off(begin.len())
}

#[test]
fn reading_what_cannot_be_read_is_eio_or_sigbus() {
    let got = outcomes(&[
        "fail(\"file-read\", 0, 1000)",
        "pread(f, a, 4096, 0)",
        "load(s+4096)",
        "store(s+8192, 9)",
        "fail(\"file-read\", 0, 0)",
        "pread(f, a, 4096, 4096)",
        "load(a+1)",
        "load(s+4096)",
        "store(s+8192, 9)",
        "load(s+8192)",
    ]);
    assert_eq!(got[1], "-1 EIO");
    assert!(got[2].starts_with("SIGBUS BUS_ADRERR"), "{}", got[2]);
    assert!(got[3].starts_with("SIGBUS BUS_ADRERR"), "{}", got[3]);
    assert_eq!(got[5..], ["4096", "0x8", "0x7", "0", "0x9"]);
}

/// Readahead that fails is no error yet: the page that is wanted is asked for again.
#[test]
fn one_failure_of_readahead_is_made_good() {
    let got = outcomes(&["fail(\"file-read\", 0, 1)", "pread(f, a, 4096, 0)", "load(a+1)"]);
    assert_eq!(got[1..], ["4096", "0x1"]);
}

#[test]
fn a_failed_write_is_told_once() {
    for (sync, at) in [("fsync(f)", 0), ("msync(s, 64K, MS_SYNC)", 4096)] {
        let (store, load) = (format!("store(s+{at}, 5)"), format!("load(s+{at})"));
        let got = outcomes(&[&store, "fail(\"file-write\", 0, 1)", sync, sync, &load]);
        assert_eq!(got[2..], ["-1 EIO", "0", "0x5"], "{sync}");
    }
}
