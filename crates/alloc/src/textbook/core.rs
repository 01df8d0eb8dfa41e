//! What the textbook allocators share: the break, and the rules of the C calls around allocate and release.

use memtwin_kernel::Errno;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::{Chunk, ChunkState, Failure, Os, Usage};

/// The least the break is moved up at once.
const GROWTH: u64 = 64 << 10;

/// Alignment of every block.
pub(super) const ALIGN: u64 = 16;

/// The program break as the library last saw it, and the blocks it gave out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Core {
    /// Where the break is, 0 before the first look.
    pub(super) brk: u64,
    pub(super) start: u64,
    pub(super) account: Account,
}

impl Core {
    /// Asks the kernel for the break, the first time.
    pub(super) fn see_break<O: Os>(&mut self, os: &mut O) -> u64 {
        if self.brk == 0 {
            self.brk = os.brk(0);
            self.start = self.brk;
        }
        self.brk
    }

    /// Moves the break: false if the kernel refused.
    pub(super) fn set_break<O: Os>(&mut self, os: &mut O, addr: u64) -> bool {
        self.see_break(os);
        self.brk = os.brk(addr);
        self.brk >= addr
    }

    /// Moves the break up by at least `bytes`, to a page's end: where the new memory begins.
    pub(super) fn grow<O: Os>(&mut self, os: &mut O, bytes: u64) -> Option<u64> {
        let start = self.see_break(os);
        let end = start.checked_add(bytes.max(GROWTH))?.checked_next_multiple_of(os.page_size())?;
        self.set_break(os, end).then_some(start)
    }

    /// sbrk for the program.
    pub(super) fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        let old = self.see_break(os);
        let new = old.checked_add_signed(increment).ok_or(Errno::ENOMEM)?;
        if increment == 0 || self.set_break(os, new) { Ok(old) } else { Err(Errno::ENOMEM) }
    }

    /// Accounts for a new block, `None` being out of memory.
    pub(super) fn given(&mut self, mem: Option<u64>, size: u64) -> Result<u64, Failure> {
        let mem = mem.ok_or(Failure::Null(Some(Errno::ENOMEM)))?;
        self.account.given(mem, size);
        Ok(mem)
    }

    /// A piece for the views; what it holds of the program's is at `mem`.
    pub(super) fn chunk(&self, addr: u64, size: u64, mem: u64, state: ChunkState) -> Chunk {
        let requested = if state == ChunkState::InUse { self.account.size(mem) } else { None };
        Chunk { addr, size, state, bin: None, arena: 0, thread: None, requested }
    }

    pub(super) fn usage(&self) -> Usage {
        Usage { break_bytes: self.brk.wrapping_sub(self.start), ..self.account.usage() }
    }
}

/// `count * size`, or ENOMEM.
pub(super) fn product(count: u64, size: u64) -> Result<u64, Failure> {
    count.checked_mul(size).ok_or(Failure::Null(Some(Errno::ENOMEM)))
}

/// memalign's alignment: a power of two, or EINVAL.
pub(super) fn alignment(align: u64) -> Result<u64, Failure> {
    if align.is_power_of_two() { Ok(align.max(ALIGN)) } else { Err(Failure::Null(Some(Errno::EINVAL))) }
}
