//! What states look like.

use insta::assert_snapshot;

use super::ran;
use crate::{Sections, State};

#[test]
fn a_gigabyte_fits_a_screen() {
    let session = ran("m = mmap(NULL, 1G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1G, w)
touch(m+1G-4K, 4K, r)
");
    assert_snapshot!(State::of(session.twin().unwrap()), @r"
    process 1
      maps
        image                20K r-xp /stub
        mmap#1                1G rw-p
        stack-0x21000       132K rw-p [stack]
      pages
        image                20K r-xA- file
        mmap#1                1G rw-AD anonymous
        stack-0x21000       132K rw-AD anonymous
      heap: none
      lists: none
      counters
        RssAnon 1048708, RssFile 20, VmData 1048576, VmExe 20, VmHWM 1048728, VmPTE 2076, VmPeak 1048728, VmRSS 1048728, VmSize 1048728, VmStk 132, minflt 262144
    machine
      ledger
        minflt 262144 majflt 0
        AnonWrite 262144
        Program 262144
        touch 262144
        Anonymous 262144
      counters
        Committed_AS_pages 262177, pgfault 262144
    ");
}

#[test]
fn a_heap_shows_chunks_and_lists() {
    let session = ran(
        "a = malloc(100)\nb = malloc(24)\nc = malloc(20)\nd = malloc(2000)\ne = malloc(24)\nfree(d)\nfree(b)\nfree(c)\n",
    );
    assert_snapshot!(State::heap(session.twin().unwrap(), 1).unwrap(), @r"
    heap
      heap                 656 internal
      heap+0x290           112 in use (100 asked for)
      heap+0x300            32 tcache[0], 2 of them
      heap+0x340          2016 unsorted
      heap+0xb20            32 in use (24 asked for)
      heap+0xb40        132288 top
    lists
      tcache[0]: heap+0x320 heap+0x300
      unsorted: heap+0x340
    ");
}

#[test]
fn the_machine_has_sections_of_its_own() {
    let session = ran("machine(ram=64M, swap=16M, memcg=2M)
m = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 4M, w)
");
    let sections = Sections::FRAMES | Sections::LRU | Sections::SWAP;
    assert_snapshot!(State::with(session.twin().unwrap(), sections), @r"
    machine
      frames
        frames 16384
        free 15874
        page tables 9
        anonymous, exclusive 495
        page cache 5
        reserved 1
        with host bytes 14
      InactiveAnon (434)
        mmap#1+0x232000..mmap#1+0x3e3000 (434)
      swap
        slots 4095 used 562
        1..562 zeroes
    ");
}

#[test]
fn a_state_is_data_too() {
    let session = ran("a = malloc(100)\n");
    let state = State::process(session.twin().unwrap(), 1, Sections::MAPS | Sections::HEAP).unwrap();
    let json = serde_json::to_value(&state).unwrap();
    assert_eq!(json["processes"]["1"]["maps"][1]["start"], "heap");
    assert_eq!(json["processes"]["1"]["heap"]["runs"][1]["what"], "in use");
    assert!(json.get("machine").is_none());
}
