//! Where the C library's functions are in a process.

use super::super::HostError;
use super::super::proc_fs;
use super::elf::Elf;

/// The functions that scenarios call, and those by which threads and processes begin.
pub(super) const NAMES: [&str; 20] = [
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
    functions: [u64; NAMES.len()],
    /// `__errno_location`.
    pub(super) errno_location: u64,
}

impl Symbols {
    /// Finds the functions in the libc that a process has loaded.
    pub(super) fn find(pid: i32) -> Result<Self, HostError> {
        let mappings = proc_fs::mappings(pid)?;
        let libc = mappings.iter().find(|mapping| mapping.name.ends_with("/libc.so.6"));
        let libc = libc.ok_or_else(|| HostError::Unsuitable("ld.so has loaded no libc.so.6".to_owned()))?;
        check_version(&std::fs::read(&libc.name)?)?;
        let file = Elf(std::fs::read(&libc.name)?);
        let missing = |name| HostError::Unsuitable(format!("{} has no {name}", libc.name));
        let address = |name| file.symbol(name).map(|offset| libc.start + offset).ok_or_else(|| missing(name));
        let mut functions = [0; NAMES.len()];
        for (function, name) in functions.iter_mut().zip(NAMES) {
            *function = address(name)?;
        }
        Ok(Self { functions, errno_location: address("__errno_location")? })
    }

    /// The address of one of [`NAMES`].
    pub(super) fn address(&self, name: &str) -> Result<u64, HostError> {
        let at = NAMES.iter().position(|&known| known == name);
        at.map(|at| self.functions[at]).ok_or_else(|| HostError::Unexpected(format!("no function {name}")))
    }
}

/// The release of glibc whose behaviour the twin models.
const RELEASE: &str = "release version 2.36.";

/// Refuses a libc that does not say that it is of this release.
fn check_version(libc: &[u8]) -> Result<(), HostError> {
    let said = b"GNU C Library";
    let at = libc.windows(said.len()).position(|window| window == said);
    let line = at.map(|at| String::from_utf8_lossy(&libc[at..(at + 100).min(libc.len())]).into_owned());
    match line {
        Some(line) if line.contains(RELEASE) => Ok(()),
        Some(line) => {
            let line = line.lines().next().unwrap_or_default();
            Err(HostError::Unsuitable(format!("its libc says {line:?}, modelled is {RELEASE:?}")))
        }
        None => Err(HostError::Unsuitable("its libc is not glibc".to_owned())),
    }
}
