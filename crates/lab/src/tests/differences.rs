//! What differences say.

use insta::assert_snapshot;

use super::{lines, ran};
use crate::{Difference, State};

/// What the lines `then` change after the lines `first`.
fn change(first: &str, then: &str) -> Difference {
    let mut session = ran(first);
    let before = State::of(session.twin().unwrap());
    session.run(&mut lines(&format!("{first}{then}")), None, &mut Vec::new()).unwrap();
    State::of(session.twin().unwrap()).since(&before)
}

const MAP: &str = "a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";

#[test]
fn mappings_are_split_merged_and_gone() {
    assert_snapshot!(change(MAP, "mprotect(a+16K, 16K, PROT_READ)\n"), @r"
    mmap#1 (64K rw-p) was split: 16K rw-p at mmap#1, 16K r--p at mmap#1+0x4000, 32K rw-p at mmap#1+0x8000
    VmData -16
    machine: Committed_AS_pages -4
    ");
    let split = format!("{MAP}mprotect(a+16K, 16K, PROT_READ)\n");
    assert_snapshot!(change(&split, "mprotect(a+16K, 16K, PROT_READ|PROT_WRITE)\n"), @r"
    mmap#3 (16K rw-p) and mmap#2 (16K r--p) and mmap#1 (32K rw-p) were merged into 64K rw-p at mmap#1
    VmData +16
    machine: Committed_AS_pages +4
    ");
    assert_snapshot!(change(&split, "munmap(a, 32K)\n"), @r"
    mmap#3 (16K rw-p) was unmapped
    mmap#2 (16K r--p) was unmapped
    VmData -16, VmSize -32
    machine: Committed_AS_pages -4
    ");
    assert_snapshot!(change(MAP, "munmap(a+60K, 4K)\n"), @r"
    mmap#1 (64K rw-p) lost 4K at its end
    VmData -4, VmSize -4
    machine: Committed_AS_pages -1
    ");
}

#[test]
fn pages_come_and_change() {
    let touched = format!("{MAP}touch(a, 8K, w)\nload(a+12K)\n");
    assert_snapshot!(change(&touched, "touch(a+8K, 12K, w)\n"), @r"
    2 pages became resident (rw-AD anonymous): mmap#1+0x2000, mmap#1+0x4000
    1 page got a frame instead of the zero page (rw-AD anonymous): mmap#1+0x3000
    RssAnon +12, VmHWM +12, VmRSS +12, minflt +3
    faults by cause: AnonWrite +2, ZeroToFrame +1
    faults by call: touch +3
    machine: pgfault +3
    ");
    assert_snapshot!(change(&touched, "fork(2)\n"), @r"
    process 1: 5 pages changed from r-xA- file to r-xA- file, mapped 2 times: image (20K)
    process 1: 2 pages changed from rw-AD anonymous to r--AD anonymous, mapped 2 times: mmap#1 (8K)
    process 2 began
    machine: Committed_AS_pages +49
    ");
    assert_snapshot!(change(&touched, "madvise(a, 4K, MADV_DONTNEED)\n"), @r"
    1 page went (rw-AD anonymous): mmap#1
    RssAnon -4, VmRSS -4
    ");
}

#[test]
fn pages_go_to_swap() {
    let first = "machine(ram=64M, swap=16M, memcg=2M)
m = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
";
    assert_snapshot!(change(first, "touch(m+1M, 2M, w)\n"), @r"
    256 pages went to swap: mmap#1 (1M)
    38 pages came and went to swap: mmap#1+0x100000 (152K)
    214 pages became resident (rw--D anonymous): mmap#1+0x126000 (856K)
    260 pages became resident (rw-AD anonymous): mmap#1+0x1fc000 (1040K)
    RssAnon +872, VmHWM +872, VmPTE +4, VmRSS +872, VmSwap +1176, minflt +512
    faults by cause: AnonWrite +512
    faults by call: touch +512
    machine: pgfault +512, pgscan_anon +802, pgsteal_anon +294, swpout_zero +294
    ");
}

#[test]
fn chunks_move() {
    let first = "a = malloc(100)\nb = malloc(2000)\nc = malloc(100)\n";
    assert_snapshot!(change(first, "free(a)\n"), @"chunk heap+0x290 (112 bytes) moved from in use to tcache[5]");
    assert_snapshot!(change(first, "free(b)\n"), @"chunk heap+0x300 (2016 bytes) moved from in use to unsorted");
    assert_snapshot!(change(&format!("{first}free(b)\n"), "malloc(200)\n"), @r"
    chunk heap+0x300 (208 bytes) moved from unsorted to in use, 1808 bytes smaller
    chunk heap+0x3d0 (1808 bytes) was cut from heap+0x300 (unsorted), unsorted
    ");
    assert_snapshot!(change(first, "d = malloc(500000)\n"), @r"
    mmap#1 was mapped: 492K rw-p
    1 page became resident (rw-AD anonymous): mmap#1
    chunk mmap#1 (503808 bytes) is new, mapped
    RssAnon +4, VmData +492, VmHWM +4, VmPTE +4, VmPeak +492, VmRSS +4, VmSize +492, minflt +1
    faults by cause: AnonWrite +1
    faults by call: malloc +1
    machine: Committed_AS_pages +123, pgfault +1
    ");
}

#[test]
fn nothing_is_nothing() {
    assert_snapshot!(change(MAP, "rusage()\n"), @"nothing changed");
}
