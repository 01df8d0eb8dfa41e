//! How the host runs scenarios.

use std::path::PathBuf;
use std::time::Duration;

/// How scenarios are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where regular files are made: an ext4 whose input and output end within the call. Without one, the environment's
    /// `MEMTWIN_ORACLE_DIR`, else /var/tmp/kscn-fs if that is mounted, else the directory for temporary files.
    pub directory: Option<PathBuf>,
    /// The processor on which all runs; the last one if there is none.
    pub processor: Option<usize>,
    /// The longest a run may take.
    pub timeout: Duration,
    /// How often a scenario is run at most until two runs agree; 1 trusts the first.
    pub runs: usize,
    /// Whether logs show the system calls of the C library.
    pub syscalls: bool,
    /// Where another glibc than the system's is: a directory with its `ld-linux-x86-64.so.2` and `libc.so.6`.
    pub libc: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            directory: None,
            processor: None,
            timeout: Duration::from_secs(120),
            runs: 12,
            syscalls: false,
            libc: None,
        }
    }
}
