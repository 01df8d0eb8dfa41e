//! The library's own data, and its calls as the trait [`Malloc`] has them.

use memtwin_kernel::Errno;

use crate::account::Account;
use crate::{Failure, HeapError, HeapView, Mallinfo2, Malloc, Os, Peek, ThreadId, Usage};

use super::call::Call;
use super::config::{GlibcConfig, Params};
use super::state::{MAIN_ARENA, MainArena, NO_ARENA};
use super::tunables::{self, TunableError};
use super::version::UnmodelledVersion;

/// glibc's malloc in one process.
#[derive(Clone, Debug)]
pub struct Glibc {
    pub(super) config: GlibcConfig,
    pub(super) main: MainArena,
    pub(super) par: Params,
    pub(super) threads: Vec<Tls>,
    /// `__malloc_initialized`.
    pub(super) initialized: bool,
    /// `SINGLE_THREAD_P`: no second thread was ever made.
    pub(super) single_thread: bool,
    pub(super) tcache_key: u64,
    /// `__curbrk`, 0 before the first brk.
    pub(super) curbrk: u64,
    pub(super) narenas: u64,
    pub(super) narenas_limit: u64,
    pub(super) free_list: u64,
    pub(super) next_to_use: u64,
    pub(super) aligned_heap_area: u64,
    /// `__abort_msg`.
    pub(super) abort_msg: u64,
    /// The break before the allocator moved it, 0 before the first brk.
    pub(super) heap_start: u64,
    pub(super) account: Account,
    /// Where each area of the main arena starts; a new one begins where memory did not continue the old.
    pub(super) regions: Vec<u64>,
}

/// A thread's variables: `tcache`, `tcache_shutting_down`, `thread_arena`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tls {
    pub(super) tcache: u64,
    pub(super) tcache_shutting_down: bool,
    pub(super) arena: u64,
}

/// Why there is no library of that configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlibcConfigError {
    /// The release is not modelled.
    #[error(transparent)]
    Version(#[from] UnmodelledVersion),
    /// A tunable is unknown or out of bounds.
    #[error(transparent)]
    Tunable(#[from] TunableError),
}

impl Glibc {
    /// A library before its first call.
    ///
    /// # Errors
    /// A release that is not modelled, a tunable glibc would not take.
    pub fn new(config: GlibcConfig) -> Result<Self, GlibcConfigError> {
        if !config.version.is_modelled() {
            return Err(UnmodelledVersion(config.version.to_string()).into());
        }
        let mut par = Params::new();
        tunables::apply(&mut par, &config.tunables)?;
        Ok(Self {
            config,
            main: MainArena::new(),
            par,
            threads: Vec::new(),
            initialized: false,
            single_thread: true,
            tcache_key: 0,
            curbrk: 0,
            narenas: 1,
            narenas_limit: 0,
            free_list: NO_ARENA,
            next_to_use: NO_ARENA,
            aligned_heap_area: 0,
            abort_msg: 0,
            heap_start: 0,
            account: Account::default(),
            regions: Vec::new(),
        })
    }

    #[inline]
    fn call<'a, O: Os>(&'a mut self, os: &'a mut O, thread: ThreadId) -> Call<'a, O> {
        let thread = thread.0 as usize;
        if thread >= self.threads.len() {
            self.threads.resize(thread + 1, Tls::default());
        }
        Call { os, lib: self, thread }
    }
}

impl<O: Os> Call<'_, O> {
    /// `ptmalloc_init`: the thread that calls first gets the main arena.
    #[cold]
    pub(super) fn ptmalloc_init(&mut self) {
        self.lib.initialized = true;
        self.lib.tcache_key = key_of(self.lib.config.seed);
        self.tls().arena = MAIN_ARENA;
    }
}

/// One step of the generator SplitMix64.
fn key_of(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Glibc {
    /// Accounts for a new block; a null pointer from the allocator proper comes with ENOMEM.
    #[inline]
    fn given(&mut self, mem: u64, size: u64) -> Result<u64, Failure> {
        if mem == 0 {
            return Err(Failure::Null(Some(Errno::ENOMEM)));
        }
        self.account.given(mem, size);
        Ok(mem)
    }
}

impl Malloc for Glibc {
    #[inline]
    fn malloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, size: u64) -> Result<u64, Failure> {
        let mem = self.call(os, thread).libc_malloc(size)?;
        self.given(mem, size)
    }

    fn calloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure> {
        let mem = self.call(os, thread).libc_calloc(count, size)?;
        self.given(mem, count.wrapping_mul(size))
    }

    fn realloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure> {
        let result = self.call(os, thread).libc_realloc(addr, size);
        if addr != 0 && matches!(result, Ok(1..) | Err(Failure::Null(None))) {
            self.account.taken(addr);
        }
        self.given(result?, size)
    }

    #[inline]
    fn free<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<(), Failure> {
        self.call(os, thread).libc_free(addr)?;
        self.account.taken(addr);
        Ok(())
    }

    fn memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        let mut call = self.call(os, thread);
        if !call.lib.initialized {
            call.ptmalloc_init();
        }
        if !Call::<O>::valid_alignment(align) {
            return Err(Failure::Null(Some(Errno::EINVAL)));
        }
        let mem = call.mid_memalign(align, size)?;
        self.given(mem, size)
    }

    fn malloc_trim<O: Os>(&mut self, os: &mut O, thread: ThreadId, pad: u64) -> Result<i32, Failure> {
        Ok(self.call(os, thread).malloc_trim(pad)?.into())
    }

    fn malloc_usable_size<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<u64, Failure> {
        self.call(os, thread).usable_size(addr)
    }

    fn mallopt<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        param: i32,
        value: i32,
    ) -> Result<i32, Failure> {
        Ok(self.call(os, thread).libc_mallopt(param, value)?.into())
    }

    fn mallinfo2<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<Mallinfo2, Failure> {
        self.call(os, thread).libc_mallinfo2()
    }

    fn malloc_stats<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        self.call(os, thread).libc_malloc_stats()
    }

    fn malloc_info<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        self.call(os, thread).libc_malloc_info()
    }

    fn brk<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Errno> {
        if self.call(os, ThreadId(0)).brk(addr) { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        self.call(os, ThreadId(0)).sbrk(increment).ok_or(Errno::ENOMEM)
    }

    fn thread_start(&mut self, thread: ThreadId) {
        let thread = thread.0 as usize;
        if thread >= self.threads.len() {
            self.threads.resize(thread + 1, Tls::default());
        }
        self.threads[thread] = Tls::default();
        self.single_thread = false;
    }

    fn thread_exit<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        self.call(os, thread).arena_thread_freeres()
    }

    fn fork_parent<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        self.call(os, thread).fork_unlock_parent()
    }

    fn fork_child<O: Os>(&mut self, os: &mut O, thread: ThreadId, renamed: ThreadId) -> Result<(), Failure> {
        let mut call = self.call(os, thread);
        call.fork_unlock_child()?;
        let own = *call.tls();
        self.threads.clear();
        *self.call(os, renamed).tls() = own;
        Ok(())
    }

    fn heap_view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        self.walk(peek)
    }

    fn usage(&self) -> Usage {
        Usage {
            break_bytes: self.curbrk.wrapping_sub(self.heap_start),
            mmapped_bytes: self.par.mmapped_mem,
            peak_mmapped_bytes: self.par.max_mmapped_mem,
            ..self.account.usage()
        }
    }
}
