//! What a budget says when it is overdrawn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use insta::assert_snapshot;
use memtwin_workload::Twin;

use crate::testing::{Budget, short_of_memory, small};

/// The message with which a budget fails.
fn complaint(twin: &mut Twin, budget: Budget, work: impl FnOnce(&mut Twin)) -> String {
    let failed = catch_unwind(AssertUnwindSafe(|| budget.of(twin, work))).expect_err("it was overdrawn");
    failed.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn it_says_who_caused_each_fault() {
    let (mut twin, pid) = small();
    let message = complaint(&mut twin, Budget::at_most(1), |twin| {
        let mut process = twin.process(pid).unwrap();
        let block = process.malloc(10_000).unwrap();
        process.task.store(block + 5000, 1, 8).unwrap();
    });
    assert_snapshot!(message, @r"
    3 minor and 0 major faults, where at most 1 and 0 were expected
    by cause: AnonWrite 3
    by owner: Malloc 2, Program 1
    by call: malloc 2, no call 1
    by mapping: Heap 3
    ");
}

#[test]
fn major_faults_are_counted_apart() {
    let (mut twin, pid) = short_of_memory(1 << 20, 8 << 20);
    let (read_write, private_anonymous, no_file) = (3, 0x22, u64::MAX);
    let map =
        twin.process(pid).unwrap().task.mmap(0, 2 << 20, read_write, private_anonymous, no_file, 0).unwrap();
    twin.process(pid).unwrap().task.memset(map, 1, 2 << 20).unwrap();
    let first_page = |twin: &mut Twin| assert_ne!(twin.process(pid).unwrap().task.load(map, 8).unwrap(), 0);
    let mut other = twin.clone();
    Budget::at_most(0).and_major(1).of(&mut other, first_page);
    assert_snapshot!(complaint(&mut twin, Budget::at_most(5), first_page), @r"
    0 minor and 1 major faults, where at most 5 and 0 were expected
    by cause: SwapIn 1
    by owner: Program 1
    by call: no call 1
    by mapping: Anonymous 1
    ");
}

#[test]
fn a_budget_that_is_kept_gives_what_the_work_gave() {
    let (mut twin, pid) = small();
    let block = Budget::at_most(1).of(&mut twin, |twin| twin.process(pid).unwrap().malloc(100).unwrap());
    assert_eq!(block, 0x5555_5555_92a0);
}
