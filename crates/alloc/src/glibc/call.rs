//! A call into the library: who makes it, on what system, and the words it reads and writes.

use crate::{Abort, Failure, MAP_PRIVATE_ANON, Os, PROT_READ_WRITE};

use super::chunk::{PREV_INUSE, SIZE, SIZE_BITS, chunksize, misaligned};
use super::libc::{Glibc, Tls};
use super::state::{FLAGS, HAVE_FASTCHUNKS, MAIN_ARENA, MainArena, NONCONTIGUOUS, SYSTEM_MEM, TOP};

/// What each step of a call gives: 0 for a null pointer.
pub(super) type Res<T> = Result<T, Failure>;

/// One thread's call.
pub(super) struct Call<'a, O> {
    /// The system beneath.
    pub(super) os: &'a mut O,
    /// The library.
    pub(super) lib: &'a mut Glibc,
    /// The calling thread's place in [`Glibc::threads`].
    pub(super) thread: usize,
    /// Steps along lists so far.
    pub(super) steps: u64,
}

/// Steps along lists that no call of a heap in order makes; unit tests have small heaps.
const MAX_STEPS: u64 = if cfg!(test) { 1 << 16 } else { 1 << 26 };

impl<O: Os> Call<'_, O> {
    /// The calling thread's variables.
    #[inline]
    pub(super) fn tls(&mut self) -> &mut Tls {
        &mut self.lib.threads[self.thread]
    }

    /// One more step along a list; the real library would go on for ever on one that leads into itself.
    #[inline]
    pub(super) fn step(&mut self) -> Res<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(Failure::Endless) } else { Ok(()) }
    }

    /// `PROTECT_PTR` and, as it is its own inverse, `REVEAL_PTR`: a single link, masked where the release does that.
    #[inline]
    pub(super) fn protect(&self, position: u64, link: u64) -> u64 {
        self.lib.rules.protect(position, link)
    }

    /// What the single link kept at `position` leads to.
    #[inline]
    pub(super) fn link_at(&mut self, position: u64) -> Res<u64> {
        let link = self.ld(position)?;
        Ok(self.protect(position, link))
    }

    /// Whether a single link leads where no chunk or block can be, in a release that looks.
    #[inline]
    pub(super) fn bad_link(&self, link: u64) -> bool {
        self.lib.rules.safe_linking && misaligned(link)
    }

    /// The word at an address, of a chunk or an arena.
    #[inline]
    pub(super) fn ld(&mut self, address: u64) -> Res<u64> {
        match MainArena::offset(address) {
            Some(offset) => Ok(self.lib.main.word(offset)),
            None => Ok(self.os.load64(address)?),
        }
    }

    /// Sets the word at an address.
    #[inline]
    pub(super) fn st(&mut self, address: u64, value: u64) -> Res<()> {
        match MainArena::offset(address) {
            Some(offset) => self.lib.main.set_word(offset, value),
            None => self.os.store64(address, value)?,
        }
        Ok(())
    }

    /// The int at an address of an arena.
    #[inline]
    pub(super) fn ld32(&mut self, address: u64) -> Res<u32> {
        match MainArena::offset(address) {
            Some(offset) => Ok(self.lib.main.int(offset)),
            None => Ok(self.os.load(address, 4)? as u32),
        }
    }

    /// Sets the int at an address of an arena.
    #[inline]
    pub(super) fn st32(&mut self, address: u64, value: u32) -> Res<()> {
        match MainArena::offset(address) {
            Some(offset) => self.lib.main.set_int(offset, value),
            None => self.os.store(address, u64::from(value), 4)?,
        }
        Ok(())
    }

    /// Clears the bits `clear` of a chunk's size word and sets `set`, in one instruction that writes.
    #[inline]
    pub(super) fn change_size(&mut self, chunk: u64, clear: u64, set: u64) -> Res<()> {
        let address = chunk.wrapping_add(SIZE);
        match MainArena::offset(address) {
            Some(offset) => {
                let word = self.lib.main.word(offset);
                self.lib.main.set_word(offset, word & !clear | set);
            }
            None => self.os.modify64(address, clear, set)?,
        }
        Ok(())
    }

    /// A chunk's size word, flags included.
    #[inline]
    pub(super) fn size_word(&mut self, chunk: u64) -> Res<u64> {
        self.ld(chunk.wrapping_add(SIZE))
    }

    /// `chunksize`.
    #[inline]
    pub(super) fn chunksize(&mut self, chunk: u64) -> Res<u64> {
        Ok(chunksize(self.size_word(chunk)?))
    }

    /// `prev_size`.
    #[inline]
    pub(super) fn prev_size(&mut self, chunk: u64) -> Res<u64> {
        self.ld(chunk)
    }

    /// `set_head`.
    #[inline]
    pub(super) fn set_head(&mut self, chunk: u64, word: u64) -> Res<()> {
        self.st(chunk.wrapping_add(SIZE), word)
    }

    /// `set_head_size`: the flags stay.
    #[inline]
    pub(super) fn set_head_size(&mut self, chunk: u64, size: u64) -> Res<()> {
        let flags = self.size_word(chunk)? & SIZE_BITS;
        self.set_head(chunk, flags | size)
    }

    /// `set_foot`: a free chunk's size behind it.
    #[inline]
    pub(super) fn set_foot(&mut self, chunk: u64, size: u64) -> Res<()> {
        self.st(chunk.wrapping_add(size), size)
    }

    /// `inuse_bit_at_offset`.
    #[inline]
    pub(super) fn inuse_at(&mut self, chunk: u64, size: u64) -> Res<bool> {
        Ok(self.size_word(chunk.wrapping_add(size))? & PREV_INUSE != 0)
    }

    /// `set_inuse_bit_at_offset`.
    #[inline]
    pub(super) fn set_inuse_at(&mut self, chunk: u64, size: u64) -> Res<()> {
        self.change_size(chunk.wrapping_add(size), 0, PREV_INUSE)
    }

    /// The arena's top chunk.
    #[inline]
    pub(super) fn top(&mut self, arena: u64) -> Res<u64> {
        self.ld(arena.wrapping_add(TOP))
    }

    /// Sets the arena's top chunk.
    #[inline]
    pub(super) fn set_top(&mut self, arena: u64, chunk: u64) -> Res<()> {
        self.st(arena.wrapping_add(TOP), chunk)
    }

    /// `system_mem`: bytes the arena has from the system.
    #[inline]
    pub(super) fn system_mem(&mut self, arena: u64) -> Res<u64> {
        self.ld(arena.wrapping_add(SYSTEM_MEM))
    }

    /// Changes `system_mem`; a loss is a wrapped addition.
    pub(super) fn add_system_mem(&mut self, arena: u64, bytes: u64) -> Res<()> {
        let sum = self.system_mem(arena)?.wrapping_add(bytes);
        self.st(arena.wrapping_add(SYSTEM_MEM), sum)
    }

    /// Are there chunks in fastbins, or could there be?
    #[inline]
    pub(super) fn have_fastchunks(&mut self, arena: u64) -> Res<bool> {
        Ok(self.ld32(arena.wrapping_add(HAVE_FASTCHUNKS))? != 0)
    }

    /// Sets `have_fastchunks`.
    #[inline]
    pub(super) fn set_have_fastchunks(&mut self, arena: u64, have: bool) -> Res<()> {
        self.st32(arena.wrapping_add(HAVE_FASTCHUNKS), u32::from(have))
    }

    /// `contiguous`: does the arena take sbrk to continue where it left off?
    #[inline]
    pub(super) fn contiguous(&mut self, arena: u64) -> Res<bool> {
        Ok(self.ld32(arena.wrapping_add(FLAGS))? & NONCONTIGUOUS == 0)
    }

    /// `set_noncontiguous`.
    pub(super) fn set_noncontiguous(&mut self, arena: u64) -> Res<()> {
        let flags = self.ld32(arena.wrapping_add(FLAGS))?;
        self.st32(arena.wrapping_add(FLAGS), flags | NONCONTIGUOUS)
    }

    /// `alloc_perturb`: fills a new block if M_PERTURB says so.
    #[inline]
    pub(super) fn alloc_perturb(&mut self, mem: u64, bytes: u64) -> Res<()> {
        if self.lib.par.perturb != 0 {
            self.os.fill(mem, self.lib.par.perturb as u8 ^ 0xff, bytes)?;
        }
        Ok(())
    }

    /// `free_perturb`: fills a freed block if M_PERTURB says so.
    #[inline]
    pub(super) fn free_perturb(&mut self, mem: u64, bytes: u64) -> Res<()> {
        if self.lib.par.perturb != 0 {
            self.os.fill(mem, self.lib.par.perturb as u8, bytes)?;
        }
        Ok(())
    }

    /// `__libc_message` with `do_abort`: keeps the message in a new page and unmaps that of the message before.
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, abort: impl Into<Abort>) -> Failure {
        let abort = abort.into();
        match self.keep_message(&abort.to_string()) {
            Ok(()) => Failure::Abort(abort),
            Err(failure) => failure,
        }
    }

    fn keep_message(&mut self, message: &str) -> Res<()> {
        let bytes = super::chunk::align_up(message.len() as u64 + 2, self.os.page_size());
        let Ok(page) = self.os.mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANON) else { return Ok(()) };
        self.os.store(page, bytes, 4)?;
        for (at, byte) in (page + 4..).zip(message.bytes().chain([b'\n', 0])) {
            self.os.store(at, u64::from(byte), 1)?;
        }
        let old = std::mem::replace(&mut self.lib.abort_msg, page);
        if old != 0 {
            let bytes = self.os.load(old, 4)?;
            let _ = self.os.munmap(old, bytes);
        }
        Ok(())
    }
}

/// The flag of the chunks of this arena.
#[inline]
pub(super) fn arena_flag(arena: u64) -> u64 {
    if arena == MAIN_ARENA { 0 } else { super::chunk::NON_MAIN_ARENA }
}
