//! The report adds up, and its JSON has the promised members.

use memtwin::mmu::cost::{Cost, CostModel};
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
    for member in ["faults", "syscalls", "heap", "memory", "tlb", "translation", "time"] {
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

#[test]
fn the_modelled_time_consists_of_all_that_was_counted() {
    let report = report(SCENARIO);
    let time = &report.time;
    let count = |name: &str| time.parts.iter().find(|part| part.name == name).map(|part| part.count);
    assert_eq!(count("accesses"), Some(report.tlb.accesses));
    assert_eq!(count("fault AnonWrite"), Some(6));
    assert_eq!(count("copying pages"), Some(1));
    assert_eq!(count("system call brk"), Some(2));
    let faults: u64 = time.parts.iter().filter(|part| part.name.starts_with("fault ")).map(|p| p.count).sum();
    assert_eq!(faults, 11);
    assert!(time.spread_ns > 0.0 && time.spread_ns < time.total_ns);
}

/// What a host is measured for are costs that a model has.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_calibration_is_a_cost_model() {
    let host = memtwin_oracle::calibrate::calibrate().unwrap();
    let mut model = CostModel::default();
    for cost in &host.costs {
        model.set(cost.name, Cost::new(cost.ns, cost.spread_ns)).unwrap();
    }
    assert!(host.costs.iter().any(|cost| cost.name == "fault.AnonWrite"));
}
