//! The life of an address space: made empty, copied by fork, taken down at exit (Linux: `mm_alloc`, `dup_mm`, `exit_mmap`).

use crate::Machine;
use crate::ids::MmId;
use crate::limits::Limits;
use crate::mm::{Mm, MmStats};
use crate::phys::OutOfFrames;
use crate::vma::{Branched, VmFlags};

impl Machine {
    /// An empty address space.
    ///
    /// # Errors
    /// [`OutOfFrames`]: no frame for its root table.
    pub fn new_mm(&mut self, limits: Limits) -> Result<MmId, OutOfFrames> {
        let tables = self.new_tables(self.config.format)?;
        let mm = Mm {
            tables,
            vmas: Branched::default(),
            stats: MmStats::default(),
            def_flags: VmFlags::empty(),
            mmap_base: self.config.format.mmap_base(),
            start_brk: 0,
            brk: 0,
            limits,
            oom_score_adj: 0,
            oom_killed: false,
            brk_room: None,
        };
        Ok(self.add_mm(mm))
    }

    /// A copy of an address space as fork makes it.
    ///
    /// # Errors
    /// [`OutOfFrames`].
    pub fn dup_mm(&mut self, src: MmId) -> Result<MmId, OutOfFrames> {
        let tables = self.new_tables(self.config.format)?;
        let Mm { def_flags, mmap_base, start_brk, brk, limits, oom_score_adj, .. } = *self.mm(src);
        let mm = Mm {
            tables,
            vmas: Branched::default(),
            stats: MmStats::default(),
            def_flags: def_flags & VmFlags::NOHUGEPAGE,
            mmap_base,
            start_brk,
            brk,
            limits,
            oom_score_adj,
            oom_killed: false,
            brk_room: None,
        };
        self.breaks.change(start_brk, brk);
        let dst = self.add_mm(mm);
        if let Err(error) = self.dup_vmas(src, dst) {
            self.exit_mmap(dst);
            return Err(error);
        }
        Ok(dst)
    }

    fn add_mm(&mut self, mm: Mm) -> MmId {
        let free = self.mms.iter().position(Option::is_none);
        let at = free.unwrap_or(self.mms.len());
        if free.is_none() {
            self.mms.push(None);
        }
        self.mms[at] = Some(mm);
        MmId(at as u32)
    }

    /// Takes an address space down with all its mappings.
    pub fn exit_mmap(&mut self, mm: MmId) {
        self.leave_mm(mm);
        self.gather(|machine| machine.unmap_all(mm));
        self.remove_all_vmas(mm);
        let space = self.mm(mm);
        self.breaks.change(space.brk, space.start_brk);
        let (tables, phys) = self.tables_mut(mm);
        tables.free_root(phys);
        self.mms[mm.index()] = None;
    }
}
