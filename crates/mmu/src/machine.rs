//! One machine: everything it owns.

use crate::Config;
use crate::Pfn;
use crate::clock::Clock;
use crate::device_faults::DeviceFaults;
use crate::file::Files;
use crate::hashed::Hashed;
use crate::high_water::HighWater;
use crate::huge::Khugepaged;
use crate::hugetlb::Hugetlb;
use crate::ids::MmId;
use crate::ledger::Ledger;
use crate::mm::Mm;
use crate::paging::table::PageTables;
use crate::phys::Phys;
use crate::psi::Psi;
use crate::reclaim::Kswapd;
use crate::reclaim::oom::{OomPanic, OomReport};
use crate::region::Commit;
use crate::rmap::large::LargeFolios;
use crate::segment::Segments;
use crate::swap::SwapArea;
use crate::swap::readahead::{ClusterReadahead, VmaReadahead};
use crate::tlb::{Cpus, Gather, Tlb};
use crate::vma::{AnonVmas, Branched, IMmap};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A machine's memory with all its address spaces.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// What it was built from.
    pub config: Config,
    /// Its frames.
    pub phys: Phys,
    /// Its address spaces by [`MmId`]; None where one is gone.
    pub mms: Vec<Option<Mm>>,
    /// The address space that accesses go to (x86: CR3).
    pub(crate) current: Option<MmId>,
    /// Its files: inodes with their page caches, open files.
    pub files: Files,
    /// The families of its anonymous pages.
    pub anon: Branched<AnonVmas>,
    /// Which mappings show its files' pages.
    pub i_mmap: Branched<IMmap>,
    /// The TLB of the processor that runs.
    pub tlb: Tlb,
    /// Its other processors.
    pub(crate) cpus: Cpus,
    /// TLB flushes that wait for the end of a call.
    pub(crate) gather: Gather,
    /// What is counted of its mapped large folios.
    pub(crate) folios: LargeFolios,
    /// Pages that wait to count as locked, or as not.
    pub(crate) mlock_batch: Vec<(Pfn, bool)>,
    /// Of pages that more than one locked mapping shows: how many more.
    pub(crate) mlock_more: BTreeMap<Pfn, u32>,
    /// The hashed page table, where the format has one.
    pub(crate) hashed: Option<Box<Hashed>>,
    /// The segments, where the machine has any.
    pub(crate) segments: Option<Box<Segments>>,
    /// The huge zero page, once one was asked for.
    pub(crate) huge_zero: Option<Pfn>,
    /// Its time.
    pub clock: Clock,
    /// Its pools of huge pages.
    pub(crate) hugetlb: Hugetlb,
    /// Where khugepaged is.
    pub(crate) khugepaged: Khugepaged,
    /// Its thread that frees memory.
    pub kswapd: Kswapd,
    /// How long its memory was waited for.
    pub psi: Psi,
    /// Its page faults.
    pub ledger: Ledger,
    /// Its swap space.
    pub swap: SwapArea,
    /// Which of its devices' operations fail.
    pub device_faults: DeviceFaults,
    /// Readahead from swap by slots.
    pub(crate) cluster_readahead: ClusterReadahead,
    /// Readahead from swap by neighbours in a mapping.
    pub(crate) vma_readahead: VmaReadahead,
    /// Address spaces killed for want of memory whose processes are still there.
    pub(crate) oom_kills: Vec<MmId>,
    /// How they were chosen, not taken yet.
    pub(crate) oom_reports: Vec<OomReport>,
    /// Why it has stopped, if it has.
    pub oom_panic: Option<OomPanic>,
    /// Memory it has promised.
    pub commit: Commit,
    /// Bytes from the heaps' starts to their breaks.
    pub breaks: HighWater,
    /// Resident pages of all address spaces.
    pub rss: HighWater,
}

impl Machine {
    /// A machine like this one, that goes on by itself. Both share all that frames hold, 4 KiB at a time, until one of them writes
    /// there, and so the page caches, what is on disk and in swap, swap slots and lists of pages. So memory that is resident, cached or
    /// swapped out takes no time (but a pointer for 1024 slots or pages of a list). Nor do mappings, with their search trees and
    /// families: whoever changes one first while another machine has them, too, copies those of the process, and the families of all, some
    /// 15 ns each; faults of memory that has its family change none. That is 10 µs for a branch with a thousand mappings, 20 µs with
    /// 65,000 and 0.1 to 0.3 ms with a million, each with a page (`cargo bench --bench scale -- branches`).
    ///
    /// (A [`clone`](Clone::clone) gives the same, and copies all frames that were written since the last branch: with `&self` it cannot
    /// put them where both see them without a lock, which each access would have to ask.)
    pub fn branch(&mut self) -> Machine {
        self.freeze();
        self.clone()
    }

    /// Makes the next [`clone`](Clone::clone) a [`branch`](Self::branch).
    pub fn freeze(&mut self) {
        self.phys.freeze();
        self.swap.freeze();
        self.mms.iter_mut().flatten().for_each(|mm| mm.vmas.freeze());
        self.anon.freeze();
        self.i_mmap.freeze();
    }

    /// A machine with nothing running.
    pub fn new(mut config: Config) -> Machine {
        config.limit_to_format();
        let frames = (config.ram_bytes >> config.format.page_shift).min(u64::from(u32::MAX)) as u32;
        let mut phys = Phys::new(frames, config.format);
        phys.zones.set_watermarks(config.min_free_kbytes, config.watermark_scale_factor);
        let mut machine = Machine {
            segments: Segments::of(config.format.name, config.ram_bytes, config.fit),
            hashed: Hashed::of(config.format.name, &mut phys).ok().flatten(),
            phys,
            mms: Vec::new(),
            current: None,
            files: Files::default(),
            anon: Branched::default(),
            i_mmap: Branched::default(),
            tlb: Tlb::new(&config.tlb, &config.format, config.seed, 0),
            cpus: Cpus::default(),
            gather: Gather::default(),
            config,
            folios: LargeFolios::default(),
            mlock_batch: Vec::new(),
            mlock_more: BTreeMap::new(),
            huge_zero: None,
            clock: Clock::default(),
            hugetlb: Hugetlb::default(),
            khugepaged: Khugepaged::default(),
            kswapd: Kswapd::default(),
            psi: Psi::default(),
            ledger: Ledger::default(),
            swap: SwapArea::default(),
            device_faults: DeviceFaults::default(),
            cluster_readahead: ClusterReadahead::default(),
            vma_readahead: VmaReadahead::default(),
            oom_kills: Vec::new(),
            oom_reports: Vec::new(),
            oom_panic: None,
            commit: Commit::default(),
            breaks: HighWater::default(),
            rss: HighWater::default(),
        };
        machine.add_configured_swap();
        machine.boot();
        machine
    }

    /// What is set up before anything runs: fragmentation, then the pools of huge pages.
    fn boot(&mut self) {
        self.phys.fragment(self.config.fragment_order);
        let (large, huge) = (self.config.nr_hugepages, self.config.nr_hugepages_1g);
        self.set_nr_hugepages(2, huge);
        self.set_nr_hugepages(1, large);
    }

    /// The base page size in bytes.
    pub fn page_size(&self) -> u64 {
        self.config.format.page_size()
    }

    /// An address space that lives.
    ///
    /// # Panics
    /// If `id` was not given out or is gone: ids come only from this machine.
    #[inline]
    pub fn mm(&self, id: MmId) -> &Mm {
        self.mms[id.index()].as_ref().expect("a live MmId")
    }

    /// The page tables of an address space and the frames they stand in, to change both.
    #[inline]
    pub(crate) fn tables_mut(&mut self, id: MmId) -> (&mut PageTables, &mut Phys) {
        let mm = self.mms[id.index()].as_mut().expect("a live MmId");
        (&mut mm.tables, &mut self.phys)
    }

    /// The same, to change.
    ///
    /// # Panics
    /// As [`mm`](Self::mm).
    #[inline]
    pub fn mm_mut(&mut self, id: MmId) -> &mut Mm {
        self.mms[id.index()].as_mut().expect("a live MmId")
    }
}
