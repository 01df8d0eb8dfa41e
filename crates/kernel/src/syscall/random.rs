//! Random arguments: nothing panics, and all counts hold afterwards.

use super::tests::{BASE, K, on_linux};
use crate::Task;

/// Arguments at the borders of what calls look at, picked without a pattern.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick(&mut self, from: &[u64]) -> u64 {
        from[self.roll(from.len())]
    }

    fn addr(&mut self, heap: u64) -> u64 {
        let page = BASE - 4 * K * self.roll(600) as u64;
        let odd = [
            0,
            1,
            4096,
            65536,
            heap,
            heap + 8 * K,
            0x7fff_ffff_e000,
            0x7fff_ffff_f000,
            1 << 63,
            u64::MAX - 4095,
        ];
        if self.roll(4) == 0 { self.pick(&odd) } else { page }
    }

    fn len(&mut self) -> u64 {
        let small = 4 * K * self.roll(40) as u64;
        let odd =
            [0, 1, 5000, 2048 * K, 4096 * K, 1 << 40, 0x7fff_ffff_f000, 1 << 63, u64::MAX - 4095, u64::MAX];
        if self.roll(4) == 0 { self.pick(&odd) } else { small }
    }
}

fn random_call(task: &mut Task<'_>, dice: &mut Dice, heap: u64) {
    let (addr, len, other) = (dice.addr(heap), dice.len(), dice.len());
    match dice.roll(12) {
        0..=2 => {
            let flags = dice.pick(&[
                0x22, 0x21, 0x122, 0x32, 0x8022, 0x2022, 0x62, 0x28, 0x10_0022, 0x4_0022, 0xa2, 0x2_0022,
            ]);
            let prot = dice.pick(&[0, 1, 3, 5, 7]);
            let _ = task.mmap(
                addr,
                if len > 1 << 41 { len } else { len.min(4096 * K) },
                prot,
                flags,
                u64::MAX,
                dice.pick(&[0, 4096, u64::MAX - 4095]),
            );
        }
        3 => drop(task.munmap(addr, len)),
        4 => drop(task.mprotect(addr, len, dice.pick(&[0, 1, 3, 7, 0x100_0001, 0x200_0001, 0x80]))),
        5 => drop(task.mremap(addr, len, other, dice.pick(&[0, 1, 3, 5, 7, 9]), dice.addr(heap))),
        6 => drop(task.madvise(addr, len, dice.roll(104) as u64)),
        7 => drop(task.mlock2(addr, len, dice.pick(&[0, 1, 2]))),
        8 => drop(task.munlock(addr, len)),
        9 => drop(task.msync(addr, len, dice.roll(8) as u64)),
        10 => drop(task.brk(addr)),
        _ => drop(task.touch(addr, len.min(64 * K), other & 1 == 0)),
    }
}

#[test]
fn no_argument_panics_and_the_books_stay_right() {
    on_linux(|task| {
        let heap = task.brk(0);
        let mut dice = Dice(1);
        for _ in 0..40 {
            (0..250).for_each(|_| random_call(task, &mut dice, heap));
            task.kernel.machine.check().expect("all counts hold");
        }
    });
}
