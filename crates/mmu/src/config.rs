//! What a machine is made of: memory, swap, kernel version and the knobs of `/proc/sys/vm`.

use crate::huge::{ThpDefrag, ThpEnabled};
use crate::paging::Format;
use crate::reclaim::{PolicySees, ReclaimKind, StatsRefresh};
use crate::segment::Fit;
use crate::swap::{SwapDevice, SwapSetup};
use crate::tlb::TlbConfig;
use serde::{Deserialize, Serialize};

/// See [`Config::calls_per_tick`].
const CALLS_PER_TICK: u64 = 80;

/// The Linux release whose behaviour is modelled. A difference between releases hangs on this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum KernelVersion {
    /// Linux 6.18.
    #[default]
    V6_18,
}

/// On which processors threads are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ThreadPlacement {
    /// All on the first: no flush ever has to reach another.
    #[default]
    One,
    /// By turns: thread T of process P on processor P + T - 2, counted around.
    Spread,
}

/// A machine's configuration. The defaults are the machine of `scenario.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Config {
    /// The modelled kernel.
    pub kernel: KernelVersion,
    /// The page-table format of its address spaces.
    pub format: Format,
    /// Where segments go in physical memory, where there is no paging.
    pub fit: Fit,
    /// Usable memory in bytes (`MemTotal`).
    pub ram_bytes: u64,
    /// Swap space in bytes.
    pub swap_bytes: u64,
    /// Further swap devices.
    pub more_swaps: Vec<SwapSetup>,
    /// The processor's TLB.
    pub tlb: TlbConfig,
    /// What swap is on.
    pub swap_device: SwapDevice,
    /// `vm.page-cluster`: log2 of the most slots that one swap-in reads.
    pub page_cluster: u32,
    /// `vm.swappiness`, 0 to 200: how readily anonymous pages go instead of file pages.
    pub swappiness: u64,
    /// The limit of the memory cgroup (v1) in which all processes run, in bytes, if there is one.
    pub memcg_bytes: Option<u64>,
    /// Its limit of memory and swap together (`memory.memsw.limit_in_bytes`), if there is one.
    pub memsw_bytes: Option<u64>,
    /// When the cgroup's statistics, by which reclaim decides, are refreshed.
    pub memcg_stats: StatsRefresh,
    /// What reclaim goes by.
    pub reclaim: ReclaimKind,
    /// How a policy of the literature learns of uses.
    pub policy_sees: PolicySees,
    /// The pages of which such a policy makes its shares; None: what the group may have or is free at the start.
    pub policy_pages: Option<u64>,
    /// Processors.
    pub cpus: u32,
    /// Which of them threads run on.
    pub threads: ThreadPlacement,
    /// `vm.overcommit_memory`: 0 heuristic, 1 always, 2 never.
    pub overcommit_memory: u8,
    /// `vm.overcommit_ratio`, per cent of memory that counts in mode 2.
    pub overcommit_ratio: u32,
    /// `vm.overcommit_kbytes`: what counts in mode 2 instead of a part of memory, unless it is 0.
    pub overcommit_kbytes: u64,
    /// `vm.admin_reserve_kbytes`: kept back for root in mode 2; None: Linux's choice.
    pub admin_reserve_kbytes: Option<u64>,
    /// `vm.user_reserve_kbytes`: kept back in mode 2 so that a user can recover; None: Linux's choice.
    pub user_reserve_kbytes: Option<u64>,
    /// Whether processes are root's, with all capabilities.
    pub privileged: bool,
    /// `vm.min_free_kbytes`; None: Linux's choice.
    pub min_free_kbytes: Option<u64>,
    /// `vm.watermark_scale_factor`: how far the watermarks are apart, in ten-thousandths of a zone.
    pub watermark_scale_factor: u64,
    /// `vm.dirty_ratio`: per cent of the memory that files can have that may be dirty.
    pub dirty_ratio: u64,
    /// `vm.dirty_background_ratio`: per cent from which the flusher writes.
    pub dirty_background_ratio: u64,
    /// `vm.panic_on_oom`: 1, the machine stops where its own memory is out; 2, also where a group's is.
    pub panic_on_oom: u8,
    /// `vm.oom_kill_allocating_task`: who asks for memory dies, not the worst.
    pub oom_kill_allocating_task: bool,
    /// `vm.max_map_count`: mappings a process may have.
    pub max_map_count: usize,
    /// `vm.mmap_min_addr` in bytes: the lowest address that may be mapped.
    pub mmap_min_addr: u64,
    /// A block device's readahead window in bytes (`read_ahead_kb`).
    pub readahead_bytes: u64,
    /// A block device's largest request in KiB (`max_sectors_kb`): a read of more than the window may have so much at once. (zram: 124; the
    /// disk of a virtual machine with 1024 segments of a page: 4096.)
    pub max_sectors_kb: u64,
    /// Calls and accesses that the machine makes in a tick of its clock (4 ms, `CONFIG_HZ=250`): a file's times change once in a tick, and with
    /// them what the journal commits. 80, unless configured, is what the machine of the recorded logs makes under the program that records
    /// them.
    pub calls_per_tick: u64,
    /// Which anonymous mappings get transparent huge pages (`transparent_hugepage/enabled`).
    pub thp_enabled: ThpEnabled,
    /// Which faults compact and reclaim for a huge page (`transparent_hugepage/defrag`).
    pub thp_defrag: ThpDefrag,
    /// How often khugepaged wakes on the machine's clock, in ms (`khugepaged/scan_sleep_millisecs`); 0: only when asked to.
    pub khugepaged_sleep_ms: u64,
    /// Pages that it looks at each time (`khugepaged/pages_to_scan`).
    pub khugepaged_pages_to_scan: u64,
    /// Empty entries that a block may have to be made huge (`khugepaged/max_ptes_none`).
    pub max_ptes_none: u32,
    /// Pages of 2 MiB in their pool at boot (`vm.nr_hugepages`), as far as there is memory.
    pub nr_hugepages: u64,
    /// Pages of 1 GiB in theirs.
    pub nr_hugepages_1g: u64,
    /// Memory is so fragmented that no free block is larger than 2^this frames.
    pub fragment_order: Option<u32>,
    /// `kernel.randomize_va_space`: 0 no address is random, 1 all but the break, 2 all.
    pub randomize_va_space: u8,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Config {
    /// Leaves out memory and swap that the format's entries cannot name, as a kernel for it does.
    pub(crate) fn limit_to_format(&mut self) {
        self.ram_bytes = self.ram_bytes.min(self.format.max_ram_bytes());
        self.swap_bytes = self.swap_bytes.min(self.format.swap_slots() << self.format.page_shift);
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            kernel: KernelVersion::V6_18,
            format: Format::X86_64,
            fit: Fit::First,
            ram_bytes: 24_684_084 << 10,
            swap_bytes: 0,
            more_swaps: Vec::new(),
            tlb: TlbConfig::default(),
            swap_device: SwapDevice::default(),
            page_cluster: 3,
            swappiness: 60,
            memcg_bytes: None,
            memsw_bytes: None,
            memcg_stats: StatsRefresh::Always,
            reclaim: ReclaimKind::Linux,
            policy_sees: PolicySees::AccessedBits,
            policy_pages: None,
            cpus: 2,
            threads: ThreadPlacement::One,
            overcommit_memory: 0,
            overcommit_ratio: 50,
            overcommit_kbytes: 0,
            admin_reserve_kbytes: None,
            user_reserve_kbytes: None,
            privileged: false,
            min_free_kbytes: None,
            watermark_scale_factor: 10,
            dirty_ratio: 20,
            dirty_background_ratio: 10,
            panic_on_oom: 0,
            oom_kill_allocating_task: false,
            max_map_count: 65_530,
            mmap_min_addr: 4096,
            readahead_bytes: 128 << 10,
            max_sectors_kb: 124,
            thp_enabled: ThpEnabled::Madvise,
            calls_per_tick: CALLS_PER_TICK,
            thp_defrag: ThpDefrag::Madvise,
            khugepaged_sleep_ms: 0,
            khugepaged_pages_to_scan: 4096,
            max_ptes_none: 511,
            nr_hugepages: 0,
            nr_hugepages_1g: 0,
            fragment_order: None,
            randomize_va_space: 0,
            seed: 0,
        }
    }
}
