//! The library's calls as the trait [`Malloc`] has them, and the account of the blocks they give.

use memtwin_kernel::Errno;

use crate::{Failure, HeapError, HeapView, Mallinfo2, Malloc, NearMemory, Os, Peek, ThreadId, Usage};

use super::call::Call;
use super::libc::{Glibc, Tls};

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
    fn malloc_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, size: u64) -> Option<u64> {
        self.tcache_malloc_near(memory, thread, size)
    }

    #[inline]
    fn free_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, addr: u64) -> Option<()> {
        self.tcache_free_near(memory, thread, addr)
    }

    #[inline]
    fn malloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, size: u64) -> Result<u64, Failure> {
        if let Some(mem) = self.malloc_near(os, thread, size) {
            return Ok(mem);
        }
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
        if self.free_near(os, thread, addr).is_some() {
            return Ok(());
        }
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

    fn aligned_alloc<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        if self.rules.strict_aligned_alloc && !align.is_power_of_two() {
            let mut call = self.call(os, thread);
            if !call.lib.initialized {
                call.ptmalloc_init();
            }
            return Err(Failure::Null(Some(Errno::EINVAL)));
        }
        self.memalign(os, thread, align, size)
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
