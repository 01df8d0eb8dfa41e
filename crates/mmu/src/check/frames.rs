//! Frames against the page tables and the free list, and what address spaces count against what their tables hold.

use super::CheckError;
use crate::hashed::Hashed;
use crate::paging::{Pte, Visit};
use crate::phys::FrameFlags;
use crate::segment::Segments;
use crate::{Machine, MmId, Pfn};

/// What the page tables of all address spaces say of the frames.
struct Census {
    /// Entries that map each frame by itself.
    maps: Vec<u32>,
    /// Entries that map the large page that begins at each frame.
    entire: Vec<u32>,
    /// Whether a frame is a page table, and reached.
    tables: Vec<bool>,
}

/// What the tables of one address space hold.
#[derive(Default)]
struct Resident {
    table_pages: u64,
    anon: u64,
    file: u64,
    shmem: u64,
}

impl Machine {
    /// Walks all page tables and checks mapcounts, RSS, table bytes and the free list.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_frames(&self) -> Result<(), CheckError> {
        let described = self.phys.described() as usize;
        let mut census =
            Census { maps: vec![0; described], entire: vec![0; described], tables: vec![false; described] };
        for (at, mm) in self.mms.iter().enumerate() {
            if mm.is_some() {
                self.check_mm(MmId(at as u32), &mut census)?;
            }
        }
        let hashed = self.hashed().map(Hashed::frames).unwrap_or_default();
        let descriptors = self.segments().map(Segments::frames).unwrap_or_default();
        for pfn in hashed.into_iter().chain(descriptors) {
            census.tables[pfn.index()] = true;
        }
        self.check_free(&census)?;
        (0..described as u32).map(Pfn).try_for_each(|pfn| self.check_frame(pfn, &census))
    }

    fn check_mm(&self, id: MmId, census: &mut Census) -> Result<(), CheckError> {
        let mm = self.mm(id);
        let mut found = Resident::default();
        let mut twice = None;
        mm.tables.visit(&self.phys, &mut |visit| match visit {
            Visit::Table { pfn, .. } => {
                found.table_pages += 1;
                if std::mem::replace(&mut census.tables[pfn.index()], true) {
                    twice = Some(pfn);
                }
            }
            Visit::Leaf { level, pte, .. } => self.count_leaf(level, pte, census, &mut found),
        });
        for pfn in mm.tables.deposited() {
            found.table_pages += 1;
            if std::mem::replace(&mut census.tables[pfn.index()], true) {
                twice = Some(*pfn);
            }
        }
        if let Some(pfn) = twice {
            return Err(CheckError::Frame { pfn, what: "a page table in two places" });
        }
        let count = |what, kept, found| match kept == found {
            true => Ok(()),
            false => Err(CheckError::Count { mm: Some(id), what, kept, found }),
        };
        let root_pages = 1 << mm.tables.format.root_order();
        count("table_bytes", mm.tables.table_bytes, (found.table_pages - root_pages) * self.page_size())?;
        count("anon_pages", mm.stats.anon_pages, found.anon)?;
        count("file_pages", mm.stats.file_pages, found.file)?;
        count("shmem_pages", mm.stats.shmem_pages, found.shmem)
    }

    fn count_leaf(&self, level: u32, pte: Pte, census: &mut Census, found: &mut Resident) {
        if !pte.is_mapped() || pte.is_special() {
            return;
        }
        let pages = self.config.format.span(level) / self.page_size();
        let maps = if pages == 1 { &mut census.maps } else { &mut census.entire };
        maps[pte.pfn().index()] += 1;
        let flags = self.phys.frame(pte.pfn()).flags();
        let counter = match () {
            () if flags.contains(FrameFlags::ANON) => &mut found.anon,
            () if flags.contains(FrameFlags::SWAPBACKED) => &mut found.shmem,
            () => &mut found.file,
        };
        *counter += pages;
    }

    fn check_free(&self, census: &Census) -> Result<(), CheckError> {
        let mut free = 0;
        for (first, order) in self.phys.free_blocks() {
            for pfn in (first.0..first.0 + (1 << order)).map(Pfn) {
                free += 1;
                let wrong = [
                    (census.maps[pfn.index()] != 0, "free and mapped"),
                    (census.tables[pfn.index()], "free and a page table"),
                    (!self.phys.frame(pfn).flags().is_empty(), "free and has flags"),
                    (self.phys.host().bytes(pfn).is_some(), "free and has data"),
                ];
                if let Some(&(_, what)) = wrong.iter().find(|(is, _)| *is) {
                    return Err(CheckError::Frame { pfn, what });
                }
            }
        }
        let (kept, found) = (u64::from(self.phys.used()), u64::from(self.phys.described() - free));
        if kept != found {
            return Err(CheckError::Count { mm: None, what: "frames in use", kept, found });
        }
        Ok(())
    }

    fn check_frame(&self, pfn: Pfn, census: &Census) -> Result<(), CheckError> {
        let (frame, found) = (self.phys.frame(pfn), census.maps[pfn.index()]);
        if frame.mapcount() != found && !frame.has(FrameFlags::RESERVED) {
            return Err(CheckError::Mapcount { pfn, kept: frame.mapcount(), found });
        }
        let (kept, found) = (self.folios.get(pfn).entire, census.entire[pfn.index()]);
        if kept != found {
            return Err(CheckError::Mapcount { pfn, kept, found });
        }
        if frame.has(FrameFlags::TABLE) != census.tables[pfn.index()] {
            return Err(CheckError::Frame {
                pfn,
                what: "a page table by its flag or by the tables, not both",
            });
        }
        Ok(())
    }
}
