//! The directory in which a scenario's regular files are.

use super::HostError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A new, empty directory that goes with the value.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A directory in `parent` that nobody else has.
    pub(super) fn new(parent: &Path) -> Result<Self, HostError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        sweep(parent);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("memtwin-{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &str {
        self.0.to_str().unwrap_or("")
    }

    /// Where the file of a quoted name is; `None` if that is no plain name.
    pub(super) fn file(&self, quoted: &str) -> Option<String> {
        let name = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let plain = !name.is_empty() && !name.contains(['/', '"', '\0']) && name.len() < 200;
        plain.then(|| format!("{}/{name}", self.path()))
    }

    /// Removes the files.
    pub(super) fn clear(&self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let _gone_already = fs::remove_file(entry.path());
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}

/// Removes the directories of oracles that were killed.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix("memtwin-")?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _gone_already = fs::remove_dir_all(entry.path());
        }
    }
}
