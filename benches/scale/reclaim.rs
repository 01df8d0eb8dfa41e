//! What does reclaim cost a page that it looks at? All of a group's clean page cache is given up (`memory.force_empty`), which takes
//! every page from the tail of the inactive list, looks at it once and frees it. No growth with the number of pages is expected.
//!
//! The host does the same, where there is version 1 of memory cgroups and the right to make one: the pages are those of a sparse file, read
//! one by one, so that there are no large folios. What both spend on bringing the pages in is not counted.

use memtwin::mmu::file::Backing;
use memtwin::mmu::{Config, Machine};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::time::Instant;

const PAGE: u64 = 4096;
const HOST_PAGES: u64 = 1 << 18;
const GROUPS: &str = "/sys/fs/cgroup/memory";

/// Prints ns a page for a million pages and for ten million, and the host's.
pub(crate) fn table() {
    println!("\n{:>6} {:>14} {:>14} {:>10}", "side", "pages freed", "pages scanned", "ns/page");
    for pages in [1_000_000, 10_000_000] {
        let (freed, scanned, ns) = twin(pages);
        println!("{:>6} {freed:>14} {scanned:>14} {:>10.0}", "twin", ns / scanned as f64);
    }
    match host() {
        Ok((freed, ns)) => println!("{:>6} {freed:>14} {:>14} {:>10.0}", "host", "", ns / freed as f64),
        Err(error) => println!("  host: not measured, no memory cgroup of one's own ({error})"),
    }
}

fn twin(pages: u64) -> (u64, u64, f64) {
    let mut config = Config::default();
    config.ram_bytes = 1 << 40;
    config.memcg_bytes = Some(1 << 40);
    let mut machine = Machine::new(config);
    machine.enter_memcg();
    let file = machine.new_inode(Backing::Ext4);
    machine.fill_with_pattern(file, pages * PAGE).expect("room");
    let start = Instant::now();
    let freed = machine.force_empty();
    let ns = start.elapsed().as_nanos() as f64;
    (freed, machine.vmstat().pgscan_file, ns)
}

/// Pages that the group gave up, and how long that took in ns.
fn host() -> std::io::Result<(u64, f64)> {
    let group = format!("{GROUPS}/memtwin-bench-{}", std::process::id());
    let path = std::env::temp_dir().join("memtwin-bench-sparse");
    fs::create_dir(&group)?;
    let measured = in_group(&group, &path);
    let back = fs::write(format!("{GROUPS}/cgroup.procs"), std::process::id().to_string());
    let gone = fs::remove_file(&path).and(back).and_then(|()| fs::remove_dir(&group));
    measured.and_then(|measured| gone.map(|()| measured))
}

fn in_group(group: &str, path: &std::path::Path) -> std::io::Result<(u64, f64)> {
    fs::write(format!("{group}/cgroup.procs"), std::process::id().to_string())?;
    let file = File::create_new(path)?;
    file.set_len(HOST_PAGES * PAGE)?;
    let file = File::open(path)?;
    random(&file);
    let mut byte = [0];
    for page in 0..HOST_PAGES {
        file.read_at(&mut byte, page * PAGE)?;
    }
    let usage = || -> std::io::Result<u64> {
        let text = fs::read_to_string(format!("{group}/memory.usage_in_bytes"))?;
        Ok(text.trim().parse::<u64>().unwrap_or(0) / PAGE)
    };
    let before = usage()?;
    let start = Instant::now();
    fs::write(format!("{group}/memory.force_empty"), "0")?;
    let ns = start.elapsed().as_nanos() as f64;
    Ok((before - usage()?, ns))
}

/// Nothing is to be read ahead.
#[allow(unsafe_code)]
fn random(file: &File) {
    // SAFETY: advice on a file that is open.
    unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_RANDOM) };
}
