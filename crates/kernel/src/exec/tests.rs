//! Layouts as the host has them, and a stack that grows until it may not.

use super::*;
use crate::task::Tid;
use crate::{SigCode, Signal};
use memtwin_mmu::Config;
use memtwin_mmu::paging::FormatName;
use memtwin_mmu::segment::SegmentFault;

fn kernel(randomize_va_space: u8, seed: u64) -> (Kernel, Pid) {
    let mut config = Config::default();
    (config.randomize_va_space, config.seed) = (randomize_va_space, seed);
    let mut kernel = Kernel::new(config);
    // The sizes of /usr/bin/cat, whose map the host gave.
    let mut image = Image::dynamic("/usr/bin/cat", 0x5000, 0x1800, 0);
    (image.headers_bytes, image.rodata_bytes) = (0x2000, 0x3000);
    let pid = kernel.spawn_image(&image).expect("memory");
    (kernel, pid)
}

/// `setarch -R cat /proc/self/maps` on Linux 6.18, without what the loader mapped, moved and protected.
#[test]
fn without_randomisation_all_is_where_the_host_has_it() {
    let (kernel, pid) = kernel(0, 0);
    let text = kernel.maps_text(pid).expect("a process");
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = words.get(5).copied().unwrap_or("");
            format!("{} {} {} {name}", words[0], words[1], words[2])
        })
        .collect();
    assert_eq!(
        lines,
        [
            "555555554000-555555556000 r--p 00000000 /usr/bin/cat",
            "555555556000-55555555b000 r-xp 00002000 /usr/bin/cat",
            "55555555b000-55555555e000 r--p 00007000 /usr/bin/cat",
            "55555555e000-555555560000 rw-p 0000a000 /usr/bin/cat",
            "7ffff7fc2000-7ffff7fc6000 r--p 00000000 [vvar]",
            "7ffff7fc6000-7ffff7fc8000 r--p 00000000 [vvar_vclock]",
            "7ffff7fc8000-7ffff7fca000 r-xp 00000000 [vdso]",
            "7ffff7fca000-7ffff7fcb000 r--p 00000000 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "7ffff7fcb000-7ffff7ff1000 r-xp 00001000 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "7ffff7ff1000-7ffff7ffb000 r--p 00027000 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "7ffff7ffb000-7ffff7fff000 rw-p 00031000 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "7ffffffde000-7ffffffff000 rw-p 00000000 [stack]",
            "ffffffffff600000-ffffffffff601000 --xp 00000000 [vsyscall]",
        ]
    );
}

#[test]
fn a_seed_gives_one_layout_and_another_seed_another() {
    let text = |seed| {
        let (kernel, pid) = kernel(2, seed);
        kernel.maps_text(pid).expect("a process")
    };
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn the_heap_begins_within_a_gibibyte_of_the_bss() {
    for seed in 0..50 {
        let (kernel, pid) = kernel(2, seed);
        let process = kernel.process(pid).expect("a process");
        let (end, brk) = (process.places.image.1, kernel.machine.mm(process.mm).start_brk);
        assert!(brk >= end && brk - end < 1 << 30);
    }
}

#[test]
fn the_stack_grows_by_faults_down_to_its_limit() {
    let (mut kernel, pid) = kernel(0, 0);
    let stack_end = kernel.process(pid).expect("a process").places.stack.1;
    let mut task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
    let lowest = stack_end - (8 << 20);
    assert_eq!(task.store(stack_end - (1 << 20), 1, 8), Ok(()));
    assert_eq!(task.store(lowest, 1, 8), Ok(()));
    assert_eq!(task.store(lowest - 8, 1, 8), Err(Signal { code: SigCode::SegvMapErr, addr: lowest - 8 }));
    assert!(kernel.maps_text(pid).expect("a process").contains("7fffff7ff000-7ffffffff000 rw-p 00000000"));
}

#[test]
fn the_guard_gap_stops_the_stack_above_a_mapping() {
    let (mut kernel, pid) = kernel(0, 0);
    let stack_end = kernel.process(pid).expect("a process").places.stack.1;
    let mut task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
    let below = stack_end - (4 << 20);
    task.mmap(below, 4096, 3, 0x22 | 0x10, u64::MAX, 0).expect("room");
    let gap_end = below + 4096 + (256 << 12);
    assert_eq!(task.store(gap_end, 1, 8), Ok(()));
    assert!(task.store(gap_end - 4096, 1, 8).is_err());
}

#[test]
fn the_program_runs_and_faults_its_pages_in() {
    let (mut kernel, pid) = kernel(2, 3);
    let places = kernel.process(pid).expect("a process").places;
    let mut task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
    assert_eq!(task.fetch(places.code.0), Ok(()));
    assert!(task.store(places.code.0, 1, 1).is_err());
    assert_eq!(task.store(places.image.1 - 8, 1, 8), Ok(()));
    assert_eq!(task.faults().minflt, 2);
    assert_eq!(kernel.machine.check(), Ok(()));
    let task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
    task.exit(0);
    assert_eq!(kernel.machine.check(), Ok(()));
}

/// Under segments over pages the image's parts are four segments: code and constants, data with bss and heap, the mapping area with the
/// loader, the stack; what they do not allow is a segment fault. Under each format with pages of 4 KiB the program runs.
#[test]
fn an_image_is_laid_out_under_segments_and_other_formats() {
    let mut image = Image::dynamic("/usr/bin/demo", 0x5000, 0x1800, 0x3000);
    image.rodata_bytes = 0x2000;
    for name in FormatName::ALL.into_iter().filter(|name| name.format().page_size() == 4096) {
        let mut config = Config::default();
        config.format = name.format();
        let mut kernel = Kernel::new(config);
        let pid = kernel.spawn_image(&image).expect("memory");
        let places = kernel.process(pid).expect("a process").places;
        let mut task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
        let heap = task.brk(0);
        assert_eq!(task.brk(heap + 8192), heap + 8192, "{name}");
        let (data, bss) = (places.code.1 + 0x2000, places.image.1 - 8);
        for addr in [data, bss, heap, places.stack.0] {
            assert_eq!(task.store(addr, 1, 8), Ok(()), "{name} {addr:#x}");
        }
        assert_eq!(task.fetch(places.code.0), Ok(()), "{name}");
        if name == FormatName::SegmentsPaged {
            let segments = kernel.machine.segments().expect("segments");
            assert_eq!((segments.count(), segments.stats.faults.len()), (4, 0));
            let mut task = kernel.task(Tid { pid, thread: 1 }).expect("a thread");
            assert!(task.store(places.code.0, 1, 8).is_err());
            assert_eq!(task.fetch(heap), Ok(()), "32-bit entries cannot forbid it, and the mappings decide");
            let faults = &kernel.machine.segments().expect("segments").stats.faults;
            assert_eq!(faults.get(&SegmentFault::Type), Some(&2));
        }
        assert_eq!(kernel.machine.check(), Ok(()), "{name}");
    }
}

#[test]
fn an_image_without_code_is_no_program() {
    let mut kernel = Kernel::new(Config::default());
    assert_eq!(kernel.spawn_image(&Image::dynamic("/x", 0, 1, 1)), Err(Errno::ENOEXEC));
    assert_eq!(kernel.spawn_image(&Image::dynamic("/x", 1, 1, u64::MAX / 2)), Err(Errno::ENOEXEC));
}
