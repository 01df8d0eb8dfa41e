//! Whether the host is a machine with which the twin can be compared.

use super::HostError;
use std::fs;
use std::path::{Path, PathBuf};

/// The series of Linux whose behaviour the twin models.
pub(super) const KERNEL: &str = "6.18.";

/// Refuses a kernel of another series.
pub(super) fn check_kernel() -> Result<(), HostError> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    if release.starts_with(KERNEL) {
        return Ok(());
    }
    Err(HostError::Unsuitable(format!("its kernel is {}, modelled is {KERNEL}x", release.trim())))
}

/// The directory for files, and what is wrong with it.
pub(super) fn directory(wanted: Option<PathBuf>) -> (PathBuf, Vec<String>) {
    let prepared = Path::new("/var/tmp/kscn-fs");
    let named = wanted.or_else(|| std::env::var_os("MEMTWIN_ORACLE_DIR").map(PathBuf::from));
    let directory = named.unwrap_or_else(|| match mount_of(prepared) {
        Some(mount) if mount.point == prepared => prepared.to_path_buf(),
        _ => std::env::temp_dir(),
    });
    let mut warnings = Vec::new();
    let mount = mount_of(&directory);
    match &mount {
        Some(mount) if mount.kind == "ext4" => {}
        Some(Mount { kind, .. }) => {
            warnings.push(format!("{} is on {kind}, not on ext4", directory.display()));
        }
        None => warnings.push(format!("the file system of {} is not known", directory.display())),
    }
    if !mount.is_some_and(|mount| mount.device.starts_with("/dev/zram")) {
        warnings.push(
            "major faults repeat only on a disk whose input ends within the call, such as zram".to_owned(),
        );
    }
    (directory, warnings)
}

/// Whether there is swap.
pub(super) fn swap_is_on() -> bool {
    fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() > 1)
}

/// What other settings of the host's show in logs.
pub(super) fn settings() -> Vec<String> {
    let mut warnings = Vec::new();
    if swap_is_on() {
        warnings.push(
            "swap is on: scenarios with MADV_PAGEOUT are refused, but for those with swap of their own"
                .to_owned(),
        );
    }
    let pool = fs::read_to_string("/proc/sys/vm/nr_hugepages").unwrap_or_default();
    if !matches!(pool.trim(), "" | "0") {
        warnings.push("there is a pool of huge pages (vm.nr_hugepages): MAP_HUGETLB maps them".to_owned());
    }
    warnings
}

/// Takes over a huge page after a fork and stores to it page by page. The kernel faults once.
pub(super) const STORES_TO_HUGE_PAGE: &str = "\
p = mmap(mmap_base-2M+4K-16M, 4M, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
madvise(p, 4M, MADV_HUGEPAGE)
touch(p+3M, 1, w)
fork(2)
[2] exit(0)
touch(p+3M, 1M, w)
";

/// A mounted file system.
#[derive(Debug)]
struct Mount {
    device: String,
    point: PathBuf,
    kind: String,
}

/// The file system that a path is on.
fn mount_of(path: &Path) -> Option<Mount> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let mut best: Option<Mount> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let longer = best.as_ref().is_none_or(|known| point.len() >= known.point.as_os_str().len());
        if path.starts_with(point) && longer {
            best =
                Some(Mount { device: device.to_owned(), point: PathBuf::from(point), kind: kind.to_owned() });
        }
    }
    best
}
