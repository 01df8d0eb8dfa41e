//! The mallocs that a process may have, by the name that options speak.

use std::fmt;
use std::str::FromStr;

use memtwin_alloc::{Failure, Glibc, GlibcConfig, GlibcConfigError, Mallinfo2, Malloc, Os, ThreadId, Usage};
use memtwin_kernel::Errno;
use memtwin_kernel::mmu::Config;

/// A malloc to choose. `FromStr` and `Display` use its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MallocKind {
    /// glibc 2.36's.
    #[default]
    Glibc,
}

impl MallocKind {
    /// Each of them.
    pub const ALL: &[MallocKind] = &[MallocKind::Glibc];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            MallocKind::Glibc => "glibc",
        }
    }

    /// What it is, in a few words.
    pub fn describes(self) -> &'static str {
        match self {
            MallocKind::Glibc => "ptmalloc2 of glibc 2.36",
        }
    }
}

impl fmt::Display for MallocKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for MallocKind {
    type Err = UnknownMalloc;

    fn from_str(name: &str) -> Result<MallocKind, UnknownMalloc> {
        let known = MallocKind::ALL.iter().find(|kind| kind.name() == name);
        known.copied().ok_or_else(|| UnknownMalloc(name.to_owned()))
    }
}

/// A name that no malloc has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no malloc is named `{0}`; `memtwin support` lists them")]
pub struct UnknownMalloc(String);

/// A process's malloc.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Heap {
    /// glibc's.
    Glibc(Box<Glibc>),
}

impl Heap {
    /// The malloc of a process that has made no call yet, on a machine of `config`.
    ///
    /// # Errors
    /// If the malloc cannot be had in this configuration.
    pub fn new(kind: MallocKind, config: &Config) -> Result<Heap, GlibcConfigError> {
        match kind {
            MallocKind::Glibc => {
                let config = GlibcConfig {
                    cpus: config.cpus,
                    seed: config.seed,
                    overcommit_memory: config.overcommit_memory,
                    ..GlibcConfig::default()
                };
                Ok(Heap::Glibc(Box::new(Glibc::new(config)?)))
            }
        }
    }
}

/// The same call on whichever malloc it is.
macro_rules! each {
    ($heap:expr, $malloc:ident => $call:expr) => {
        match $heap {
            Heap::Glibc($malloc) => $call,
        }
    };
}

impl Malloc for Heap {
    fn malloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, size: u64) -> Result<u64, Failure> {
        each!(self, m => m.malloc(os, thread, size))
    }

    fn calloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure> {
        each!(self, m => m.calloc(os, thread, count, size))
    }

    fn realloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure> {
        each!(self, m => m.realloc(os, thread, addr, size))
    }

    fn free<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<(), Failure> {
        each!(self, m => m.free(os, thread, addr))
    }

    fn memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        each!(self, m => m.memalign(os, thread, align, size))
    }

    fn aligned_alloc<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        each!(self, m => m.aligned_alloc(os, thread, align, size))
    }

    fn posix_memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        each!(self, m => m.posix_memalign(os, thread, align, size))
    }

    fn reallocarray<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        addr: u64,
        count: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        each!(self, m => m.reallocarray(os, thread, addr, count, size))
    }

    fn malloc_trim<O: Os>(&mut self, os: &mut O, thread: ThreadId, pad: u64) -> Result<i32, Failure> {
        each!(self, m => m.malloc_trim(os, thread, pad))
    }

    fn malloc_usable_size<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<u64, Failure> {
        each!(self, m => m.malloc_usable_size(os, thread, addr))
    }

    fn mallopt<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        param: i32,
        value: i32,
    ) -> Result<i32, Failure> {
        each!(self, m => m.mallopt(os, thread, param, value))
    }

    fn mallinfo2<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<Mallinfo2, Failure> {
        each!(self, m => m.mallinfo2(os, thread))
    }

    fn malloc_stats<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        each!(self, m => m.malloc_stats(os, thread))
    }

    fn malloc_info<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        each!(self, m => m.malloc_info(os, thread))
    }

    fn brk<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Errno> {
        each!(self, m => m.brk(os, addr))
    }

    fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        each!(self, m => m.sbrk(os, increment))
    }

    fn thread_start(&mut self, thread: ThreadId) {
        each!(self, m => m.thread_start(thread));
    }

    fn thread_exit<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        each!(self, m => m.thread_exit(os, thread))
    }

    fn fork_parent<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        each!(self, m => m.fork_parent(os, thread))
    }

    fn fork_child<O: Os>(&mut self, os: &mut O, thread: ThreadId, renamed: ThreadId) -> Result<(), Failure> {
        each!(self, m => m.fork_child(os, thread, renamed))
    }

    fn usage(&self) -> Usage {
        each!(self, m => m.usage())
    }
}
