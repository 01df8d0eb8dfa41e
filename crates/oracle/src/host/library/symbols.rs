//! Where the C library's functions are in a process.

use super::super::HostError;
use super::super::proc_fs;
use super::elf::Elf;

/// The functions that scenarios call, and those by which threads and processes begin.
pub(super) const NAMES: [&str; 21] = [
    "malloc",
    "calloc",
    "realloc",
    "free",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "valloc",
    "pvalloc",
    "malloc_trim",
    "malloc_usable_size",
    "mallopt",
    "mallinfo",
    "mallinfo2",
    "brk",
    "sbrk",
    "fork",
    "pthread_create",
    "pthread_attr_init",
    "pthread_attr_setstack",
    "pthread_attr_setdetachstate",
];

/// The addresses of [`NAMES`], and of `errno`'s.
#[derive(Clone, Debug)]
pub(super) struct Symbols {
    functions: [Option<u64>; NAMES.len()],
    /// `__errno_location`.
    pub(super) errno_location: u64,
}

impl Symbols {
    /// Finds the functions in the libraries that a process has loaded.
    pub(super) fn find(pid: i32) -> Result<Self, HostError> {
        let mut libraries: Vec<(String, u64, Elf)> = Vec::new();
        for mapping in proc_fs::mappings(pid)? {
            if is_library(&mapping.name) && libraries.iter().all(|(name, ..)| *name != mapping.name) {
                let file = Elf(std::fs::read(&mapping.name)?);
                libraries.push((mapping.name, mapping.start, file));
            }
        }
        let address = |name: &str| {
            libraries.iter().find_map(|(_, start, file)| file.symbol(name).map(|offset| start + offset))
        };
        let missing = || HostError::Unsuitable("ld.so has loaded no libc".to_owned());
        let errno_location = address("__errno_location").ok_or_else(missing)?;
        Ok(Self { functions: NAMES.map(address), errno_location })
    }

    /// The address of one of [`NAMES`].
    pub(super) fn address(&self, name: &str) -> Result<u64, HostError> {
        self.look_up(name).ok_or_else(|| HostError::Unexpected(format!("no function {name}")))
    }

    /// Whether the library has one of [`NAMES`].
    pub(super) fn has(&self, name: &str) -> bool {
        self.look_up(name).is_some()
    }

    fn look_up(&self, name: &str) -> Option<u64> {
        NAMES.iter().position(|&known| known == name).and_then(|at| self.functions[at])
    }
}

/// `libc.so.6`, and the names that it and libpthread had before 2.34.
fn is_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name == "libc.so.6" || name.starts_with("libc-2.") || name.starts_with("libpthread")
}
