//! The little of an ELF file that loading and finding functions takes.

/// An ELF64 file's bytes.
pub(super) struct Elf(pub(super) Vec<u8>);

/// A segment to load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) flags: u32,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) file_bytes: u64,
    pub(super) memory_bytes: u64,
}

impl Elf {
    fn number<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let at = usize::try_from(at).ok()?;
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn u16(&self, at: u64) -> Option<u64> {
        self.number(at).map(u16::from_le_bytes).map(u64::from)
    }

    fn u32(&self, at: u64) -> Option<u32> {
        self.number(at).map(u32::from_le_bytes)
    }

    fn u64(&self, at: u64) -> Option<u64> {
        self.number(at).map(u64::from_le_bytes)
    }

    /// Where the program begins.
    pub(super) fn entry(&self) -> Option<u64> {
        self.u64(24)
    }

    /// The segments to load.
    pub(super) fn segments(&self) -> Option<Vec<Segment>> {
        const PT_LOAD: u32 = 1;
        let (table, size, count) = (self.u64(32)?, self.u16(54)?, self.u16(56)?);
        let loads = (0..count).map(|i| table + i * size).filter(|&at| self.u32(at) == Some(PT_LOAD));
        loads.map(|at| self.segment(at)).collect()
    }

    fn segment(&self, at: u64) -> Option<Segment> {
        Some(Segment {
            flags: self.u32(at + 4)?,
            offset: self.u64(at + 8)?,
            address: self.u64(at + 16)?,
            file_bytes: self.u64(at + 32)?,
            memory_bytes: self.u64(at + 40)?,
        })
    }

    /// The address of a function that the file exports.
    pub(super) fn symbol(&self, name: &str) -> Option<u64> {
        const SHT_DYNSYM: u32 = 11;
        const SYMBOL_BYTES: u64 = 24;
        let (table, size, count) = (self.u64(40)?, self.u16(58)?, self.u16(60)?);
        let header = (0..count).map(|i| table + i * size).find(|&at| self.u32(at + 4) == Some(SHT_DYNSYM))?;
        let (symbols, bytes, strings) =
            (self.u64(header + 24)?, self.u64(header + 32)?, self.u32(header + 40)?);
        let strings = self.u64(table + u64::from(strings) * size + 24)?;
        let entries = (0..bytes / SYMBOL_BYTES).map(|i| symbols + i * SYMBOL_BYTES);
        let wanted = [name.as_bytes(), b"\0"].concat();
        let named = |at: &u64| {
            let start = self.u32(*at).and_then(|offset| usize::try_from(strings + u64::from(offset)).ok());
            start.and_then(|start| self.0.get(start..start + wanted.len())) == Some(&wanted[..])
        };
        entries.filter(named).find_map(|at| self.u64(at + 8).filter(|&address| address != 0))
    }
}
