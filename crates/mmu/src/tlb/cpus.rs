//! Several processors: each has its own TLB and runs an address space, or idles with one still loaded (Linux: lazy TLB mode,
//! `arch/x86/mm/tlb.c`).
//!
//! One processor runs at a time; the others stand still with a thread that could go on at any moment, so that a flush has to
//! reach them. The running one's TLB is `Machine::tlb`, those of the others are parked here.

use super::{Tlb, TlbStats};
use crate::{Machine, MmId};
use serde::{Deserialize, Serialize};

/// The processors of a machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cpus {
    /// The one that runs.
    here: u32,
    /// The others by number, as far as they ever ran; None in the running one's place.
    parked: Vec<Option<Parked>>,
}

/// A processor that does not run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parked {
    pub(super) tlb: Tlb,
    /// The address space that is loaded.
    pub(super) mm: Option<MmId>,
    /// It has nothing to run: flushes wait until it has.
    pub(super) lazy: bool,
}

impl Cpus {
    /// The processors that stand still.
    pub(super) fn parked_mut(&mut self) -> impl Iterator<Item = &mut Parked> {
        self.parked.iter_mut().flatten()
    }

    fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.iter().flatten()
    }

    fn take(&mut self, cpu: u32) -> Option<Parked> {
        self.parked.get_mut(cpu as usize).and_then(Option::take)
    }

    fn park(&mut self, cpu: u32, parked: Parked) {
        let at = cpu as usize;
        if at >= self.parked.len() {
            self.parked.resize_with(at + 1, || None);
        }
        self.parked[at] = Some(parked);
    }
}

impl Machine {
    /// The processor that runs.
    pub fn cpu(&self) -> u32 {
        self.cpus.here
    }

    /// Lets processor `cpu` run from now on, with the address space that it has loaded; below the machine's number of processors,
    /// else processor 0.
    pub fn run_on(&mut self, cpu: u32) {
        let cpu = if cpu < self.config.cpus { cpu } else { 0 };
        if cpu == self.cpus.here {
            return;
        }
        let next = self.cpus.take(cpu).unwrap_or_else(|| Parked {
            tlb: Tlb::new(&self.config.tlb, &self.config.format, self.config.seed, cpu),
            mm: None,
            lazy: true,
        });
        let tlb = std::mem::replace(&mut self.tlb, next.tlb);
        self.cpus.park(self.cpus.here, Parked { tlb, mm: self.current, lazy: false });
        self.cpus.here = cpu;
        self.phys.host.windows.close_all();
        self.current = next.mm;
        self.catch_up(next.lazy);
    }

    /// A processor that idled flushes what it did not while it did.
    fn catch_up(&mut self, lazy: bool) {
        if let Some(mm) = self.current.filter(|_| lazy) {
            let tables = &self.mm(mm).tables;
            let (context, generation) = (tables.context, tables.generation);
            self.tlb.switch(context, generation);
        }
    }

    /// Processor `cpu`, which does not run, has nothing to run (Linux: `enter_lazy_tlb`).
    pub fn idle(&mut self, cpu: u32) {
        if let Some(Some(parked)) = self.cpus.parked.get_mut(cpu as usize) {
            parked.lazy = true;
        }
    }

    /// What all TLBs counted, summed.
    pub fn tlb_stats(&self) -> TlbStats {
        self.cpus.parked().fold(*self.tlb.stats(), |sum, parked| sum.plus(parked.tlb.stats()))
    }

    /// The TLBs of all processors that ever ran, with their numbers, the running one's first.
    pub(crate) fn tlbs(&self) -> impl Iterator<Item = (u32, &Tlb)> {
        let parked = (0..).zip(&self.cpus.parked);
        let parked = parked.filter_map(|(cpu, parked)| Some((cpu, &parked.as_ref()?.tlb)));
        std::iter::once((self.cpus.here, &self.tlb)).chain(parked)
    }
}
