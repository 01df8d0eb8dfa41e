//! Snapshots with insta as a user writes them: inline and in files, with this crate's settings where raw addresses show.

use insta::assert_snapshot;
use memtwin::testing::{Budget, settings, small};
use memtwin::{Sections, State};

/// A process with two blocks and a mapping that it wrote to.
fn busy() -> (memtwin::Twin, memtwin::Pid) {
    let (mut twin, pid) = small();
    let mut process = twin.process(pid).unwrap();
    let block = process.malloc(1000).unwrap();
    process.malloc(50).unwrap();
    process.free(block).unwrap();
    let (read_write, private_anonymous, no_file) = (3, 0x22, u64::MAX);
    let map = process.task.mmap(0, 64 << 10, read_write, private_anonymous, no_file, 0).unwrap();
    process.task.memset(map, 1, 32 << 10).unwrap();
    (twin, pid)
}

#[test]
fn a_state_is_a_snapshot_inline() {
    let (twin, pid) = busy();
    let state = State::process(&twin, pid, Sections::MAPS | Sections::PAGES | Sections::HEAP).unwrap();
    assert_snapshot!(state, @r"
    maps
      image                20K r-xp /stub
      heap                132K rw-p [heap]
      mmap#1               64K rw-p
      stack-0x21000       132K rw-p [stack]
    pages
      image                20K r-xA- file
      heap                  4K rw-AD anonymous
      mmap#1               32K rw-AD anonymous
      stack-0x21000       132K rw-AD anonymous
    heap
      heap                 656 internal
      heap+0x290          1008 tcache[61]
      heap+0x680            64 in use (50 asked for)
      heap+0x6c0        133440 top
    ");
}

#[test]
fn a_state_is_a_snapshot_in_a_file() {
    let (twin, _) = busy();
    assert_snapshot!(State::of(&twin));
}

/// The same text under another layout: addresses and frame numbers are redacted.
#[test]
fn settings_take_addresses_away() {
    let (twin, _) = busy();
    let raw = State::raw(&twin, Sections::MAPS | Sections::TABLES);
    settings().bind(|| {
        assert_snapshot!(raw, @r"
    maps
      [addr]       20K r-xp /stub
      [addr]      132K rw-p [heap]
      [addr]       64K rw-p
      [addr]      132K rw-p [stack]
    page tables
      0 table 3 pfn [pfn]
        [addr] table 2 pfn [pfn]
          [addr] table 1 pfn [pfn]
            [addr] table 0 pfn [pfn]
              [addr]-[addr] r-xA--- pfn [pfn]
              [addr]-[addr] rw-AD-- pfn [pfn]
        [addr] table 2 pfn [pfn]
          [addr] table 1 pfn [pfn]
            [addr] table 0 pfn [pfn]
              [addr]-[addr] rw-AD-- pfn [pfn]
            [addr] table 0 pfn [pfn]
              [addr]-[addr] rw-AD-- pfn [pfn]
              [addr]-[addr] rw-AD-- pfn [pfn]
              [addr]-[addr] rw-AD-- pfn [pfn]
    ");
    });
}

#[test]
fn a_snapshot_that_changed_is_told_in_words() {
    let (mut twin, pid) = busy();
    let before = State::of(&twin);
    let again = Budget::at_most(0).of(&mut twin, |twin| twin.process(pid).unwrap().malloc(1000).unwrap());
    twin.process(pid).unwrap().free(again + 1008).unwrap();
    assert_snapshot!(State::of(&twin).since(&before), @r"
    chunk heap+0x680 (64 bytes) moved from in use to tcache[2]
    chunk heap+0x290 (1008 bytes) moved from tcache[61] to in use
    ");
}
