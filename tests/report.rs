//! The report adds up, and its JSON has the promised members.

use memtwin::workload::report::Report;
use memtwin::workload::{Options, Runner};

fn report(scenario: &str) -> Report {
    let mut runner = Runner::new(Options::default());
    for (at, line) in scenario.lines().enumerate() {
        runner.line(at as u64 + 1, line, &mut std::io::sink()).unwrap();
    }
    Report::of(&runner)
}

const SCENARIO: &str = "\
a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(a, 8K, r)
store(a, 1)
store(a+8K, 1)
fork(2)
[2] store(a, 2)
store(a, 3)
madvise(a+16K, 16K, MADV_POPULATE_WRITE)
p = malloc(100)
memset(p, 1, 100)
";

#[test]
fn each_fault_has_a_cause_an_owner_and_a_call() {
    let report = report(SCENARIO);
    let faults = &report.faults;
    assert_eq!((faults.minflt, faults.majflt), (11, 0));
    crate::scenarios::sums(&report).unwrap();
    for (cause, count) in
        [("ZeroPage", 2), ("ZeroToFrame", 1), ("AnonWrite", 6), ("CowCopy", 1), ("CowReuse", 1)]
    {
        assert_eq!(faults.by_cause.get(cause), Some(&count), "{cause}: {:?}", faults.by_cause);
    }
    for (call, count) in [("touch", 2), ("store", 4), ("madvise", 4), ("malloc", 1)] {
        assert_eq!(faults.by_call.get(call), Some(&count), "{call}: {:?}", faults.by_call);
    }
    for (owner, count) in [("Program", 6), ("Kernel", 4), ("Malloc", 1)] {
        assert_eq!(faults.by_owner.get(owner), Some(&count), "{owner}: {:?}", faults.by_owner);
    }
}

#[test]
fn json_has_the_promised_members() {
    let json: serde_json::Value = serde_json::from_str(&report(SCENARIO).to_json()).unwrap();
    for member in ["faults", "syscalls", "heap", "memory", "tlb"] {
        assert!(json[member].is_object(), "{member}");
    }
    for member in ["by_cause", "by_owner", "by_call"] {
        let sum: u64 =
            json["faults"][member].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(sum, 11, "{member}");
    }
    assert_eq!(json["syscalls"]["mmap"], 1);
    assert_eq!(json["syscalls"]["brk"], 2);
    assert_eq!(json["heap"]["live_bytes"], 100);
}
