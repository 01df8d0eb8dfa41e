use memtwin_kernel::mmu::Config;
use memtwin_kernel::{Kernel, Tid};
use std::time::Instant;
fn main() {
    let mut k = Kernel::new(Config::default());
    let pid = k.spawn().unwrap();
    let mut t = k.task(Tid { pid, thread: 1 }).unwrap();
    for _ in 0..10 {
        t.mmap(0, 4096, 1, 0x22, u64::MAX, 0).unwrap();
        t.mmap(0, 4096, 3, 0x22, u64::MAX, 0).unwrap();
    }
    let n = 1_000_000u64;
    let s = Instant::now();
    for _ in 0..n {
        let a = t.mmap(0, 65536, 3, 0x22, u64::MAX, 0).unwrap();
        t.munmap(a, 65536).unwrap();
    }
    println!("mmap+munmap {} ns", s.elapsed().as_nanos() as u64 / n);
    // not merging
    let s = Instant::now();
    for _ in 0..n {
        let a = t.mmap(0, 65536, 5, 0x22, u64::MAX, 0).unwrap();
        t.munmap(a, 65536).unwrap();
    }
    println!("mmap+munmap unmerged {} ns", s.elapsed().as_nanos() as u64 / n);
    let heap = t.brk(0);
    let m = 500_000u64;
    let s = Instant::now();
    for i in 1..=m {
        t.brk(heap + i * 4096);
    }
    println!("brk+4K {} ns", s.elapsed().as_nanos() as u64 / m);
    let a = t.mmap(0, 16 << 20, 3, 0x22, u64::MAX, 0).unwrap();
    let m = 1000u64;
    let s = Instant::now();
    for i in 0..m {
        t.mprotect(a + 4096 + i * 8192, 4096, 1).unwrap();
    }
    println!("mprotect split {} ns", s.elapsed().as_nanos() as u64 / m);
    let s = Instant::now();
    for i in 0..m {
        t.mprotect(a + 4096 + i * 8192, 4096, 3).unwrap();
    }
    println!("mprotect merge {} ns", s.elapsed().as_nanos() as u64 / m);
    let s = Instant::now();
    let m = 60000u64;
    for i in 0..m {
        t.mmap(0, 4096, 1 + (i & 1) * 2, 0x22, u64::MAX, 0).unwrap();
    }
    println!("mmap grow to 60000: {} ns", s.elapsed().as_nanos() as u64 / m);
    let s = Instant::now();
    for _ in 0..n {
        let a = t.mmap(0, 65536, 5, 0x22, u64::MAX, 0).unwrap();
        t.munmap(a, 65536).unwrap();
    }
    println!("mmap+munmap at 60000 {} ns", s.elapsed().as_nanos() as u64 / n);
}
