//! The library's own data.

use crate::account::Account;
use crate::{Os, ThreadId};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::config::{GlibcConfig, Params};
use super::rules::Rules;
use super::state::{MAIN_ARENA, MainArena, NO_ARENA};
use super::tunables::{self, TunableError};
use super::version::UnmodelledVersion;

/// glibc's malloc in one process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Glibc {
    pub(super) config: GlibcConfig,
    pub(super) main: MainArena,
    pub(super) par: Params,
    pub(super) rules: Rules,
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
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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
        config.version.modelled()?;
        let rules = Rules::of(config.version);
        let mut par = Params::new(&rules);
        tunables::apply(&mut par, &config.tunables)?;
        Ok(Self {
            config,
            main: MainArena::new(),
            par,
            rules,
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
    pub(super) fn call<'a, O: Os>(&'a mut self, os: &'a mut O, thread: ThreadId) -> Call<'a, O> {
        let thread = thread.0 as usize;
        if thread >= self.threads.len() {
            self.threads.resize(thread + 1, Tls::default());
        }
        Call { os, lib: self, thread, steps: 0 }
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
