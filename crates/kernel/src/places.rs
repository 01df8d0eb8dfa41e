//! Where the parts of a process's address space begin, with address space layout randomisation or without (Linux: `fs/exec.c`,
//! `arch/x86/mm/mmap.c`, `fs/binfmt_elf.c`).
//!
//! The entropy is Linux's on x86-64, as the host shows it: 28 bits of pages for the mapping area and for a position-independent image,
//! 22 for the stack and 18 for the break, which starts within 1 GiB of the image. Which addresses come out is the seed's affair.

use crate::layout::Layout;
use memtwin_mmu::{Config, Rlimit};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Where a process's parts were when it began, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// The image, from its first page to the end of its bss.
    pub image: (u64, u64),
    /// The image's code, which VmExe counts.
    pub code: (u64, u64),
    /// The first and the last address of the stack.
    pub stack: (u64, u64),
    /// Where the program's stack began, below its arguments (`start_stack`).
    pub start_stack: u64,
    /// Where `[vvar]` begins, which `[vdso]` follows, if there are any.
    pub vdso: Option<u64>,
    /// It is the process of `scenario.md`, whose image and stack are wholly present and do not show.
    pub plain: bool,
}

impl Places {
    /// Those of the process of `scenario.md`, moved by what is random.
    pub(crate) fn plain(layout: &Layout, random: &Random) -> Places {
        let image = (layout.image + random.image, layout.image_end + random.image);
        let stack = (layout.stack - random.stack, layout.stack_end - random.stack);
        let start_stack = layout.start_stack() - random.stack;
        Places { image, code: image, stack, start_stack, vdso: None, plain: true }
    }

    /// The name of a mapping that the kernel made beside the image, if it is still where it was.
    pub(crate) fn special_name(&self, start: u64, end: u64) -> Option<&'static str> {
        const NAMES: [&str; 3] = ["[vvar]", "[vvar_vclock]", "[vdso]"];
        let mut at = self.vdso?;
        NAMES.into_iter().zip(crate::exec::VDSO_PAGES).find_map(|(name, pages)| {
            let range = at..at + (pages << PAGE_SHIFT);
            at = range.end;
            (range.contains(&start) && end <= range.end).then_some(name)
        })
    }

    /// Bytes of code.
    pub(crate) fn code_bytes(&self) -> u64 {
        self.code.1 - self.code.0
    }
}

/// Random distances of one process; all 0 without randomisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Random {
    pub(crate) mmap: u64,
    pub(crate) image: u64,
    pub(crate) stack: u64,
    pub(crate) brk: u64,
    /// Whether there is any.
    on: bool,
}

const PAGE_SHIFT: u32 = 12;
/// `vm.mmap_rnd_bits`.
const MMAP_RND_BITS: u32 = 28;
/// Bits of `__STACK_RND_MASK`.
const STACK_RND_BITS: u32 = 22;
/// `SZ_1G` in pages: `arch_randomize_brk`.
const BRK_RND_BITS: u32 = 18;
/// The least room that is left for the stack (`MIN_GAP`).
const MIN_GAP_BYTES: u64 = 128 << 20;
/// `stack_guard_gap`.
const GUARD_GAP_BYTES: u64 = 256 << PAGE_SHIFT;

impl Random {
    /// The distances of the process `number`, by `kernel.randomize_va_space` and the machine's seed; nothing is random but on x86-64.
    pub(crate) fn of(config: &Config, number: u64) -> Random {
        if config.randomize_va_space == 0 || !config.format.is_x86_64() {
            return Random::default();
        }
        let mut random = Pcg64Mcg::seed_from_u64(config.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut pages = |bits: u32| (random.next_u64() >> (64 - bits)) << PAGE_SHIFT;
        let (stack, mmap, image) = (pages(STACK_RND_BITS), pages(MMAP_RND_BITS), pages(MMAP_RND_BITS));
        let brk = if config.randomize_va_space > 1 { pages(BRK_RND_BITS) } else { 0 };
        Random { mmap, image, stack, brk, on: true }
    }

    /// Whether anything is random.
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// Where the search for free ranges starts, below the room for a stack of at most `limit` bytes (Linux: `mmap_base`).
    pub(crate) fn mmap_base(&self, limit: Rlimit, task_size: u64) -> u64 {
        let most = if self.on { ((1 << STACK_RND_BITS) - 1) << PAGE_SHIFT } else { 0 };
        let gap = limit.soft.saturating_add(most + GUARD_GAP_BYTES);
        let gap = gap.clamp(MIN_GAP_BYTES, task_size / 6 * 5);
        (task_size - gap - self.mmap).next_multiple_of(1 << PAGE_SHIFT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memtwin_mmu::Limits;

    fn config(randomize_va_space: u8, seed: u64) -> Config {
        let mut config = Config::default();
        (config.randomize_va_space, config.seed) = (randomize_va_space, seed);
        config
    }

    #[test]
    fn without_randomisation_the_area_is_where_linux_has_it() {
        let random = Random::of(&config(0, 9), 1);
        assert_eq!(random.mmap_base(Limits::default().stack, 0x7fff_ffff_f000), 0x7fff_f7ff_f000);
        let most = Rlimit { soft: u64::MAX, hard: u64::MAX };
        assert_eq!(random.mmap_base(most, 0x7fff_ffff_f000), 0x1555_5555_6000);
    }

    /// The bits that differ among many processes are those that differ on the host.
    #[test]
    fn the_entropy_is_that_of_the_host() {
        let all: Vec<Random> = (0..2000).map(|number| Random::of(&config(2, 5), number)).collect();
        let bits = |of: fn(&Random) -> u64| all.iter().fold(0, |bits, random| bits | of(random));
        assert_eq!(bits(|random| random.mmap), 0xff_ffff_f000);
        assert_eq!(bits(|random| random.image), 0xff_ffff_f000);
        assert_eq!(bits(|random| random.stack), 0x3_ffff_f000);
        assert_eq!(bits(|random| random.brk), 0x3fff_f000);
        assert_eq!(Random::of(&config(2, 5), 7), all[7]);
        assert_eq!(Random::of(&config(1, 5), 7).brk, 0);
    }
}
