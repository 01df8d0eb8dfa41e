//! What a program sees of the library on the flat system; addresses and faults are glibc 2.36's.

use memtwin_kernel::Errno;

use crate::flat::{Flat, HEAP};
use crate::{Abort, Failure, Glibc, GlibcConfig, Malloc, Os, ThreadId};

const MAIN: ThreadId = ThreadId(1);

fn start() -> (Glibc, Flat) {
    (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new())
}

#[test]
fn the_first_block_follows_the_tcache() {
    let (mut libc, mut os) = start();
    assert_eq!(libc.malloc(&mut os, MAIN, 24), Ok(HEAP + 0x2a0));
    assert_eq!(os.log, ["  brk(NULL) = 0x555555559000\n", "  brk(0x55555557a000) = 0x55555557a000\n"]);
    assert_eq!(os.minflt, 1);
}

#[test]
fn the_tcache_gives_the_newest_block_first() {
    let (mut libc, mut os) = start();
    let a = libc.malloc(&mut os, MAIN, 40).unwrap();
    let b = libc.malloc(&mut os, MAIN, 40).unwrap();
    libc.free(&mut os, MAIN, a).unwrap();
    libc.free(&mut os, MAIN, b).unwrap();
    assert_eq!(libc.malloc(&mut os, MAIN, 33), Ok(b));
    assert_eq!(libc.malloc(&mut os, MAIN, 33), Ok(a));
}

#[test]
fn a_large_block_is_a_mapping_until_one_was_freed() {
    let (mut libc, mut os) = start();
    let mapped = libc.malloc(&mut os, MAIN, 200_000).unwrap();
    assert_eq!(mapped, 0x7fff_f7fc_e010);
    libc.free(&mut os, MAIN, mapped).unwrap();
    assert_eq!(libc.malloc(&mut os, MAIN, 200_000), Ok(HEAP + 0x2a0));
}

#[test]
fn a_second_free_is_found_and_its_message_kept_in_a_page() {
    let (mut libc, mut os) = start();
    let a = libc.malloc(&mut os, MAIN, 24).unwrap();
    libc.free(&mut os, MAIN, a).unwrap();
    os.log.clear();
    let failure = libc.free(&mut os, MAIN, a).unwrap_err();
    assert_eq!(failure, Failure::Abort(Abort::TcacheDoubleFree));
    assert_eq!(failure.to_string(), "SIGABRT free(): double free detected in tcache 2");
    assert_eq!(os.log.len(), 1);
    assert_eq!(os.minflt, 2);
}

#[test]
fn a_second_thread_has_a_heap_of_its_own() {
    let (mut libc, mut os) = start();
    libc.malloc(&mut os, MAIN, 10).unwrap();
    libc.thread_start(ThreadId(2));
    assert_eq!(libc.malloc(&mut os, ThreadId(2), 10), Ok(0x7fff_f000_0b70));
    assert_eq!(os.minflt, 2);
}

#[test]
fn calloc_clears_used_memory_and_spares_new() {
    let (mut libc, mut os) = start();
    let a = libc.malloc(&mut os, MAIN, 2000).unwrap();
    os.fill(a, 0xff, 2000).unwrap();
    libc.malloc(&mut os, MAIN, 24).unwrap();
    libc.free(&mut os, MAIN, a).unwrap();
    assert_eq!(libc.calloc(&mut os, MAIN, 2000, 1), Ok(a));
    assert_eq!(os.load64(a + 1992), Ok(0));
}

#[test]
fn sizes_above_ptrdiff_max_fail_before_anything_is_set_up() {
    let (mut libc, mut os) = start();
    assert_eq!(libc.malloc(&mut os, MAIN, u64::MAX), Err(Failure::Null(Some(Errno::ENOMEM))));
    assert_eq!(libc.calloc(&mut os, MAIN, 1 << 32, 1 << 32), Err(Failure::Null(Some(Errno::ENOMEM))));
    assert!(os.log.is_empty());
}

#[test]
fn realloc_to_nothing_frees_and_leaves_errno() {
    let (mut libc, mut os) = start();
    let a = libc.malloc(&mut os, MAIN, 24).unwrap();
    assert_eq!(libc.realloc(&mut os, MAIN, a, 0), Err(Failure::Null(None)));
    assert_eq!(libc.malloc(&mut os, MAIN, 24), Ok(a));
}

#[test]
fn a_list_that_leads_into_itself_ends_the_call() {
    let (mut libc, mut os) = start();
    let blocks: Vec<u64> = (0..9).map(|_| libc.malloc(&mut os, MAIN, 24).unwrap()).collect();
    blocks.iter().for_each(|&block| libc.free(&mut os, MAIN, block).unwrap());
    let last = blocks[8];
    os.store64(last, (last >> 12) ^ (last - 16)).unwrap();
    assert_eq!(libc.mallinfo2(&mut os, MAIN), Err(Failure::Endless));
}

/// The calls of the program that printed the texts below on Debian 12.
fn series(libc: &mut Glibc, os: &mut Flat) {
    let mut malloc = |size| libc.malloc(os, MAIN, size).unwrap();
    let small: Vec<u64> = (0..20).map(|i| malloc(if i < 10 { 40 } else { 700 })).collect();
    let (first, _, second) = (malloc(5000), malloc(100), malloc(9000));
    let (third, _, _) = (malloc(1500), malloc(24), malloc(300_000));
    small.iter().chain([&first, &second]).for_each(|&block| libc.free(os, MAIN, block).unwrap());
    libc.malloc(os, MAIN, 12_000).unwrap();
    libc.free(os, MAIN, third).unwrap();
}

#[test]
fn malloc_info_prints_what_glibc_prints() {
    let (mut libc, mut os) = start();
    series(&mut libc, &mut os);
    assert_eq!(libc.malloc_info(&mut os, MAIN).unwrap(), MALLOC_INFO);
}

#[test]
fn malloc_stats_prints_what_glibc_prints() {
    let (mut libc, mut os) = start();
    series(&mut libc, &mut os);
    assert_eq!(libc.malloc_stats(&mut os, MAIN).unwrap(), MALLOC_STATS);
}

#[test]
fn the_heap_view_tells_what_each_chunk_is() {
    let (mut libc, mut os) = start();
    series(&mut libc, &mut os);
    let view = libc.heap_view(|addr| os.peek64(addr)).unwrap();
    let text = view.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "0x555555559000      656 arena 0 internal");
    assert_eq!(lines[1], "0x555555559290       48 arena 0 tcache bin 1 thread 1");
    assert_eq!(lines[8], "0x5555555593e0      144 arena 0 small bin 9");
    assert!(lines.contains(&"0x55555555a820     7168 arena 0 large bin 105"), "{text}");
    assert_eq!(*lines.last().unwrap(), "0x7ffff7fb5000   303104 arena 0 mapped (300000 asked for)");
    let summary = view.summary();
    let arena: u64 =
        view.chunks.iter().filter(|c| c.state != crate::ChunkState::Mapped).map(|c| c.size).sum();
    assert_eq!(arena, 135_168);
    assert_eq!(summary.requested_bytes, 100 + 24 + 12_000);
    assert_eq!(libc.check(|addr| os.peek64(addr)), Ok(()));
}

#[test]
fn lists_and_arenas_have_texts() {
    let (mut libc, mut os) = start();
    series(&mut libc, &mut os);
    libc.thread_start(ThreadId(2));
    libc.malloc(&mut os, ThreadId(2), 10).unwrap();
    let lists = libc.lists(|addr| os.peek64(addr)).unwrap();
    assert_eq!(lists.iter().map(|list| list.chunks.len()).sum::<usize>(), 7 + 7 + 3);
    let arenas = libc.arenas(|addr| os.peek64(addr)).unwrap();
    assert_eq!(
        arenas[1].to_string(),
        "arena 1: 135168 bytes of the system, at most 135168, top 0x7ffff0000b80 of 132224, threads 2, heaps 0x7ffff0000000"
    );
}

const MALLOC_INFO: &str = r#"<malloc version="1">
<heap nr="0">
<sizes>
  <size from="145" to="145" total="145" count="1"/>
  <size from="7169" to="7169" total="7169" count="1"/>
  <unsorted from="10529" to="10529" total="10529" count="1"/>
</sizes>
<total type="fast" count="0" size="0"/>
<total type="rest" count="4" size="116979"/>
<system type="current" size="135168"/>
<system type="max" size="135168"/>
<aspace type="total" size="135168"/>
<aspace type="mprotect" size="135168"/>
</heap>
<total type="fast" count="0" size="0"/>
<total type="rest" count="4" size="116979"/>
<total type="mmap" count="1" size="303104"/>
<system type="current" size="135168"/>
<system type="max" size="135168"/>
<aspace type="total" size="135168"/>
<aspace type="mprotect" size="135168"/>
</malloc>
"#;

const MALLOC_STATS: &str = "\
Arena 0:
system bytes     =     135168
in use bytes     =      18192
Total (incl. mmap):
system bytes     =     438272
in use bytes     =     321296
max mmap regions =          1
max mmap bytes   =     303104
";
