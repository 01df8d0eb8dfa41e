//! The C calls over three operations: allocate, release, usable size.

use memtwin_kernel::{Errno, Signal};

use crate::{Failure, HeapError, HeapView, Mallinfo2, Malloc, Os, Peek, ThreadId, Usage};

use super::core::{ALIGN, Core, alignment, product};

/// An allocator of blocks in one heap.
pub(super) trait Serve: Clone + Send {
    /// What it shares with the others.
    fn core(&self) -> &Core;

    /// The same, to change.
    fn core_mut(&mut self) -> &mut Core;

    /// A block of `size` bytes at a multiple of `align`, `None` if there is no memory.
    fn allocate<O: Os>(&mut self, os: &mut O, size: u64, align: u64) -> Result<Option<u64>, Signal>;

    /// The block is not used any more.
    fn release<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Signal>;

    /// Bytes the block can hold.
    fn usable<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<u64, Signal>;

    /// The heap as data.
    fn view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError>;

    /// Bytes free in the heap, and in how many pieces.
    fn free_bytes<O: Os>(&mut self, os: &mut O) -> Result<(u64, u64), Signal>;
}

impl<T: Serve> Malloc for T {
    fn malloc<O: Os>(&mut self, os: &mut O, _thread: ThreadId, size: u64) -> Result<u64, Failure> {
        let mem = self.allocate(os, size, ALIGN)?;
        self.core_mut().given(mem, size)
    }

    fn calloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure> {
        let size = product(count, size)?;
        let mem = self.malloc(os, thread, size)?;
        os.fill(mem, 0, size)?;
        Ok(mem)
    }

    fn realloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure> {
        if addr == 0 {
            return self.malloc(os, thread, size);
        }
        if size == 0 {
            self.free(os, thread, addr)?;
            return Err(Failure::Null(None));
        }
        let usable = self.usable(os, addr)?;
        if size <= usable {
            self.core_mut().account.given(addr, size);
            return Ok(addr);
        }
        let mem = self.malloc(os, thread, size)?;
        os.copy(mem, addr, usable)?;
        self.free(os, thread, addr)?;
        Ok(mem)
    }

    fn free<O: Os>(&mut self, os: &mut O, _thread: ThreadId, addr: u64) -> Result<(), Failure> {
        if addr != 0 {
            self.release(os, addr)?;
            self.core_mut().account.taken(addr);
        }
        Ok(())
    }

    fn memalign<O: Os>(
        &mut self,
        os: &mut O,
        _thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        let mem = self.allocate(os, size, alignment(align)?)?;
        self.core_mut().given(mem, size)
    }

    fn malloc_trim<O: Os>(&mut self, _os: &mut O, _thread: ThreadId, _pad: u64) -> Result<i32, Failure> {
        Ok(0)
    }

    fn malloc_usable_size<O: Os>(
        &mut self,
        os: &mut O,
        _thread: ThreadId,
        addr: u64,
    ) -> Result<u64, Failure> {
        if addr == 0 { Ok(0) } else { Ok(self.usable(os, addr)?) }
    }

    fn mallopt<O: Os>(
        &mut self,
        _os: &mut O,
        _thread: ThreadId,
        _param: i32,
        _value: i32,
    ) -> Result<i32, Failure> {
        Ok(0)
    }

    fn mallinfo2<O: Os>(&mut self, os: &mut O, _thread: ThreadId) -> Result<Mallinfo2, Failure> {
        let (free, pieces) = self.free_bytes(os)?;
        let arena = self.usage().break_bytes;
        let uordblks = arena.saturating_sub(free);
        Ok(Mallinfo2 { arena, ordblks: pieces, uordblks, fordblks: free, ..Mallinfo2::default() })
    }

    fn malloc_stats<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        let info = self.mallinfo2(os, thread)?;
        Ok(format!("system bytes     = {:10}\nin use bytes     = {:10}\n", info.arena, info.uordblks))
    }

    fn malloc_info<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        let info = self.mallinfo2(os, thread)?;
        let (free, arena) = (info.fordblks, info.arena);
        Ok(format!(
            "<malloc version=\"1\">\n<total type=\"rest\" count=\"{}\" size=\"{free}\"/>\n\
             <system type=\"current\" size=\"{arena}\"/>\n</malloc>\n",
            info.ordblks
        ))
    }

    fn brk<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Errno> {
        if self.core_mut().set_break(os, addr) { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        self.core_mut().sbrk(os, increment)
    }

    fn thread_start(&mut self, _thread: ThreadId) {}

    fn thread_exit<O: Os>(&mut self, _os: &mut O, _thread: ThreadId) -> Result<(), Failure> {
        Ok(())
    }

    fn fork_parent<O: Os>(&mut self, _os: &mut O, _thread: ThreadId) -> Result<(), Failure> {
        Ok(())
    }

    fn fork_child<O: Os>(
        &mut self,
        _os: &mut O,
        _thread: ThreadId,
        _renamed: ThreadId,
    ) -> Result<(), Failure> {
        Ok(())
    }

    fn heap_view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        self.view(peek)
    }

    fn usage(&self) -> Usage {
        self.core().usage()
    }
}
