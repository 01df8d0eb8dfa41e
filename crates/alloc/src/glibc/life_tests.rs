//! Threads, forks, trimming and moving: addresses and calls as glibc 2.36's.

use crate::flat::{Flat, HEAP};
use crate::{Failure, Glibc, GlibcConfig, Malloc, Os, ThreadId};

const MAIN: ThreadId = ThreadId(1);
const OTHER: ThreadId = ThreadId(2);

fn with_threads() -> (Glibc, Flat) {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    libc.malloc(&mut os, MAIN, 10).unwrap();
    libc.thread_start(OTHER);
    libc.malloc(&mut os, OTHER, 10).unwrap();
    os.log.clear();
    (libc, os)
}

#[test]
fn a_dead_threads_arena_serves_the_next_thread() {
    let (mut libc, mut os) = with_threads();
    libc.thread_exit(&mut os, OTHER).unwrap();
    libc.thread_start(ThreadId(3));
    assert_eq!(libc.malloc(&mut os, ThreadId(3), 10), Ok(0x7fff_f000_0b90));
    assert!(os.log.is_empty());
}

#[test]
fn fork_writes_to_each_arena_in_both_processes() {
    let (mut libc, mut os) = with_threads();
    let (mut child_libc, mut child_os) = (libc.clone(), os.fork());
    os.minflt = 0;
    libc.fork_parent(&mut os, MAIN).unwrap();
    child_libc.fork_child(&mut child_os, MAIN, MAIN).unwrap();
    assert_eq!((os.minflt, child_os.minflt), (1, 1));
    child_libc.thread_start(OTHER);
    assert_eq!(child_libc.malloc(&mut child_os, OTHER, 10), Ok(0x7fff_f000_0e20));
}

#[test]
fn the_end_of_the_heap_goes_back_once_a_large_block_is_freed() {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    let blocks: Vec<u64> = (0..4).map(|_| libc.malloc(&mut os, MAIN, 100_000).unwrap()).collect();
    os.log.clear();
    blocks.iter().rev().for_each(|&block| libc.free(&mut os, MAIN, block).unwrap());
    assert!(os.log.iter().all(|call| call.starts_with("  brk(0x")), "{:?}", os.log);
    assert_eq!(libc.usage().live_bytes, 0);
    assert_eq!(libc.malloc_trim(&mut os, MAIN, 0), Ok(1));
    assert_eq!(libc.usage().break_bytes, 4096);
}

#[test]
fn a_mapped_block_moves_with_its_pages() {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    let block = libc.malloc(&mut os, MAIN, 200_000).unwrap();
    os.store64(block + 150_000, 7).unwrap();
    os.log.clear();
    let moved = libc.realloc(&mut os, MAIN, block, 500_000).unwrap();
    assert_eq!(os.load64(moved + 150_000), Ok(7));
    assert_eq!(os.log.len(), 1);
    assert!(os.log[0].starts_with("  mremap("));
}

#[test]
fn memalign_gives_back_what_it_took_too_much() {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    assert_eq!(libc.memalign(&mut os, MAIN, 4096, 100), Ok(HEAP + 0x1000));
    assert_eq!(libc.memalign(&mut os, MAIN, 0x8000_0000_0000_0001, 1), Err(einval()));
    assert_eq!(libc.posix_memalign(&mut os, MAIN, 24, 1), Err(einval()));
    assert_eq!(libc.check(|addr| os.peek64(addr)), Ok(()));
}

fn einval() -> Failure {
    Failure::Null(Some(memtwin_kernel::Errno::EINVAL))
}

#[test]
fn a_free_block_hides_the_next_ones_address() {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    let a = libc.malloc(&mut os, MAIN, 24).unwrap();
    let b = libc.malloc(&mut os, MAIN, 24).unwrap();
    libc.free(&mut os, MAIN, a).unwrap();
    libc.free(&mut os, MAIN, b).unwrap();
    assert_eq!(os.load64(b), Ok((b >> 12) ^ a));
}

#[test]
fn a_break_that_others_moved_splits_the_heap() {
    let (mut libc, mut os) = (Glibc::new(GlibcConfig::default()).unwrap(), Flat::new());
    libc.malloc(&mut os, MAIN, 100_000).unwrap();
    assert_eq!(libc.sbrk(&mut os, 4096), Ok(HEAP + 0x21000));
    let block = libc.malloc(&mut os, MAIN, 100_000).unwrap();
    assert!(block > HEAP + 0x22000);
    assert_eq!(libc.check(|addr| os.peek64(addr)), Ok(()));
}
