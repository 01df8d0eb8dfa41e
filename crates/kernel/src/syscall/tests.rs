//! What a program notices of the calls that no access has to show: addresses, errno, mappings left behind.

use crate::mmu::{Config, VmFlags};
use crate::{Errno, Kernel, Task, Tid};

const READ: u64 = 1;
const READ_WRITE: u64 = 3;
const PRIVATE: u64 = 0x22;
const SHARED: u64 = 0x21;
const FIXED: u64 = 0x10;
pub(super) const BASE: u64 = 0x7fff_f7ff_f000;
pub(super) const K: u64 = 1024;

fn with_task(config: Config, test: impl FnOnce(&mut Task<'_>)) {
    let mut kernel = Kernel::new(config);
    let pid = kernel.spawn().expect("room for one process");
    test(&mut kernel.task(Tid { pid, thread: 1 }).expect("its first thread"));
}

pub(super) fn on_linux(test: impl FnOnce(&mut Task<'_>)) {
    with_task(Config::default(), test);
}

fn anon(task: &mut Task<'_>, addr: u64, len: u64, prot: u64, flags: u64) -> Result<u64, Errno> {
    task.mmap(addr, len, prot, flags, u64::MAX, 0)
}

/// The mappings below the stack, as (start, end) below the search's start.
fn below_base(task: &Task<'_>) -> Vec<(u64, u64)> {
    let vmas = task.kernel.machine.mm(task.mm).vmas.iter();
    let ends = vmas.map(|(_, vma)| (vma.start.get(), vma.end.get()));
    ends.filter(|(_, end)| *end <= BASE && *end > BASE - (1 << 30)).collect()
}

#[test]
fn maps_top_down_and_merges() {
    on_linux(|task| {
        assert_eq!(anon(task, 0, 64 * K, READ_WRITE, PRIVATE), Ok(BASE - 64 * K));
        assert_eq!(anon(task, 0, 4 * K, READ_WRITE, PRIVATE), Ok(BASE - 68 * K));
        assert_eq!(below_base(task), [(BASE - 68 * K, BASE)]);
        assert_eq!(anon(task, 0, 2048 * K, READ, PRIVATE), Ok(0x7fff_f7c0_0000), "huge page aligned");
    });
}

#[test]
fn refuses_in_order() {
    on_linux(|task| {
        assert_eq!(task.mmap(0, 0, READ, 0, 99, 1), Err(Errno::EINVAL), "offset first");
        assert_eq!(task.mmap(0, 0, READ, 2, 99, 0), Err(Errno::EBADF), "then the file");
        assert_eq!(anon(task, 0, u64::MAX, READ, PRIVATE), Err(Errno::ENOMEM));
        assert_eq!(anon(task, 0, 4 * K, READ, PRIVATE | FIXED), Err(Errno::EPERM));
        assert_eq!(task.mmap(0, 4 * K, READ, 2, 0, 0), Err(Errno::ENODEV), "the null device");
    });
}

#[test]
fn a_refused_fixed_mapping_leaves_cuts() {
    on_linux(|task| {
        let a = anon(task, 0, 64 * K, READ, PRIVATE).expect("room");
        task.setrlimit(super::rlimit::RLIMIT_AS, 256 * K).expect("a soft limit");
        let over = anon(task, a + 32 * K, 512 * K, READ, PRIVATE | FIXED);
        assert_eq!(over, Err(Errno::ENOMEM));
        assert_eq!(below_base(task), [(a, a + 32 * K), (a + 32 * K, a + 64 * K)]);
    });
}

#[test]
fn protects_up_to_the_hole() {
    on_linux(|task| {
        let a = anon(task, 0, 16 * K, READ_WRITE, PRIVATE).expect("room");
        task.munmap(a + 8 * K, 4 * K).expect("a part of it");
        assert_eq!(task.mprotect(a, 16 * K, READ), Err(Errno::ENOMEM));
        let vmas = &task.kernel.machine.mm(task.mm).vmas;
        let writable = |addr| {
            let id = vmas.at(crate::mmu::VirtAddr::new(addr)).expect("mapped");
            vmas.get(id).flags.contains(VmFlags::WRITE)
        };
        assert_eq!((writable(a), writable(a + 12 * K)), (false, true));
    });
}

#[test]
fn moves_several_mappings_with_their_gaps() {
    on_linux(|task| {
        let a = anon(task, 0, 24 * K, READ_WRITE, PRIVATE).expect("room");
        task.mprotect(a, 8 * K, READ).expect("mapped");
        task.munmap(a + 12 * K, 4 * K).expect("a part of it");
        let to = a - 1024 * K;
        assert_eq!(task.mremap(a, 24 * K, 24 * K, 3, to), Ok(to));
        let parts = [(to, to + 8 * K), (to + 8 * K, to + 12 * K), (to + 16 * K, to + 24 * K)];
        assert_eq!(below_base(task), parts);
        assert_eq!(task.mremap(a, 4 * K, 8 * K, 1, 0), Err(Errno::EFAULT), "gone from there");
    });
}

#[test]
fn dontunmap_counts_the_lock_twice() {
    on_linux(|task| {
        let a = anon(task, 0, 4 * K, READ_WRITE, PRIVATE).expect("room");
        task.mlock(a, 4 * K).expect("within the limit");
        task.mremap(a, 4 * K, 4 * K, 1 | 4, 0).expect("room");
        assert_eq!(task.kernel.machine.mm(task.mm).stats.locked_vm_pages, 2);
    });
}

#[test]
fn the_break_keeps_a_page_clear() {
    on_linux(|task| {
        let heap = task.brk(0);
        anon(task, heap + 64 * K, 4 * K, READ, PRIVATE | FIXED).expect("room");
        assert_eq!(task.brk(heap + 64 * K), heap);
        assert_eq!(task.brk(heap + 60 * K), heap + 60 * K);
        assert_eq!(task.sbrk(1), Err(Errno::ENOMEM));
        assert_eq!(task.brk(u64::MAX), heap + 60 * K);
    });
}

#[test]
fn locks_within_the_limit() {
    on_linux(|task| {
        task.setrlimit(super::rlimit::RLIMIT_MEMLOCK, 8 * K).expect("a soft limit");
        let a = anon(task, 0, 16 * K, READ_WRITE, PRIVATE).expect("room");
        assert_eq!(task.mlock(a, 8 * K), Ok(()));
        assert_eq!(task.mlock(a, 8 * K), Ok(()), "what is locked counts once");
        assert_eq!(task.mlock(a, 12 * K), Err(Errno::ENOMEM));
        assert_eq!(task.mlockall(1), Err(Errno::ENOMEM), "the image and the stack count");
        assert_eq!(task.mlockall(2), Ok(()));
        assert_eq!(anon(task, 0, 4 * K, READ, PRIVATE), Err(Errno::EAGAIN));
    });
}

#[test]
fn strict_overcommit_charges_private_writable_memory() {
    let mut config = Config::default();
    (config.overcommit_memory, config.ram_bytes) = (2, 1 << 30);
    with_task(config, |task| {
        let half = 256 << 20;
        assert!(anon(task, 0, half, READ_WRITE, PRIVATE).is_ok());
        assert_eq!(anon(task, 0, half, READ_WRITE, PRIVATE | 0x4000), Err(Errno::ENOMEM), "NORESERVE too");
        let readable = anon(task, 0, half, READ, PRIVATE).expect("not charged");
        assert_eq!(task.mprotect(readable, half, READ_WRITE), Err(Errno::ENOMEM));
        let shared = anon(task, 0, half / 2, READ, SHARED).expect("charged once");
        task.munmap(shared, half / 2).expect("mapped");
        assert!(anon(task, 0, half / 2, READ_WRITE, PRIVATE).is_ok(), "the charge came back");
    });
}

/// What Linux prints of pool pages, with the figures of the twin's own pool.
#[test]
fn pool_pages_show_in_the_views() {
    const HUGETLB: u64 = 0x4_0000;
    let mut config = Config::default();
    config.nr_hugepages = 2;
    with_task(config, |task| {
        let start = anon(task, 0, 3 << 20, READ_WRITE, PRIVATE | HUGETLB).expect("promised");
        assert_eq!(start % (2 << 20), 0);
        task.store(start, 1, 8).expect("promised");
        let pid = task.tid.pid;
        let maps = task.kernel.maps_text(pid).expect("a process");
        assert!(maps.contains(&format!("{start:x}-{:x} rw-p 00000000", start + (4 << 20))), "{maps}");
        assert!(maps.contains("/anon_hugepage (deleted)"), "{maps}");
        let smaps = task.kernel.smaps_text(pid).expect("a process");
        for line in
            ["KernelPageSize:     2048 kB", "Private_Hugetlb:    2048 kB", "VmFlags: rd wr mr mw me de ht "]
        {
            assert!(smaps.contains(line), "{line}: {smaps}");
        }
        let status = task.kernel.status_data(pid).expect("a process").text();
        assert!(status.contains("HugetlbPages:\t    2048 kB"), "{status}");
        assert_eq!(anon(task, 0, 2 << 20, READ_WRITE, PRIVATE | HUGETLB), Err(Errno::ENOMEM));
        assert_eq!(task.munmap(start, 4096), Err(Errno::EINVAL));
        assert_eq!(task.munmap(start, 4 << 20), Ok(()));
        assert!(anon(task, 0, 4 << 20, READ_WRITE, PRIVATE | HUGETLB).is_ok());
    });
}
