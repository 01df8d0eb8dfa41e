//! How often each kind of call comes in each profile.

use super::super::dice::Dice;
use super::super::profile::Profile;

/// A kind of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    MmapAnon,
    MmapFile,
    Munmap,
    Mprotect,
    Mremap,
    Brk,
    Sbrk,
    Madvise,
    Lock,
    LockAll,
    Msync,
    Seal,
    Fork,
    Exit,
    Setrlimit,
    File,
    Open,
    Close,
    Ftruncate,
    Pread,
    Pwrite,
    Flush,
    Fadvise,
    Load,
    Store,
    Fetch,
    Touch,
    Memset,
    Bits,
    View,
}

/// What a profile has if [`emphasis`] does not say otherwise, in eighths.
const EVEN: [(u32, Op); 30] = [
    (80, Op::MmapAnon),
    (16, Op::MmapFile),
    (64, Op::Munmap),
    (72, Op::Mprotect),
    (40, Op::Mremap),
    (4, Op::Brk),
    (4, Op::Sbrk),
    (56, Op::Madvise),
    (10, Op::Lock),
    (4, Op::LockAll),
    (3, Op::Msync),
    (1, Op::Seal),
    (10, Op::Fork),
    (4, Op::Exit),
    (4, Op::Setrlimit),
    (3, Op::File),
    (2, Op::Open),
    (1, Op::Close),
    (3, Op::Ftruncate),
    (4, Op::Pread),
    (4, Op::Pwrite),
    (3, Op::Flush),
    (1, Op::Fadvise),
    (40, Op::Load),
    (72, Op::Store),
    (6, Op::Fetch),
    (88, Op::Touch),
    (16, Op::Memset),
    (14, Op::Bits),
    (64, Op::View),
];

/// By how much a profile multiplies the weight of what it is about.
fn emphasis(profile: Profile) -> &'static [(Op, u32)] {
    use Op::*;
    match profile {
        Profile::Anon => &[(MmapFile, 0), (File, 0), (Ftruncate, 0), (Pread, 0), (Pwrite, 0), (Flush, 0)],
        Profile::File => &[
            (MmapFile, 5),
            (MmapAnon, 0),
            (Msync, 10),
            (Pread, 4),
            (Pwrite, 8),
            (Flush, 12),
            (Ftruncate, 4),
            (File, 2),
        ],
        Profile::Fork => &[(Fork, 4), (Exit, 4), (Store, 2)],
        Profile::Lock => &[(Lock, 10), (LockAll, 8), (Setrlimit, 4)],
        Profile::Heap => &[(Brk, 20), (Sbrk, 20)],
        Profile::Huge => &[(MmapFile, 1), (Madvise, 2), (Touch, 2), (Bits, 2)],
        Profile::Move => &[(Mremap, 7), (Mprotect, 0)],
        Profile::Mixed => {
            &[(Brk, 4), (Sbrk, 4), (Lock, 3), (MmapFile, 2), (Pread, 2), (Pwrite, 2), (Setrlimit, 2)]
        }
        Profile::Shared => &[(Fork, 3), (Exit, 2), (MmapFile, 2), (Pwrite, 3), (Mremap, 2)],
        Profile::Stack => &[(Store, 2), (Touch, 2), (Setrlimit, 2)],
        Profile::Memfd => &[
            (MmapFile, 5),
            (MmapAnon, 0),
            (File, 3),
            (Pread, 4),
            (Pwrite, 8),
            (Ftruncate, 8),
            (Fork, 2),
            (Flush, 2),
        ],
        Profile::Madvise => &[(Madvise, 5), (MmapFile, 2)],
        Profile::Limits => &[(Setrlimit, 16), (Brk, 6), (Sbrk, 6), (Lock, 3), (LockAll, 2), (Mremap, 2)],
        Profile::Guard => &[(Madvise, 5), (Touch, 2), (Bits, 3)],
        Profile::Populate => &[(Madvise, 3), (MmapFile, 3), (Lock, 3), (Bits, 3)],
        Profile::Truncate => {
            &[(Ftruncate, 24), (MmapFile, 5), (MmapAnon, 0), (Msync, 3), (Flush, 4), (Load, 2), (Pwrite, 6)]
        }
        Profile::Folios => &[
            (MmapFile, 5),
            (MmapAnon, 0),
            (Pwrite, 20),
            (Pread, 3),
            (Ftruncate, 6),
            (Flush, 6),
            (Msync, 4),
            (Mprotect, 0),
        ],
        Profile::Readahead => &[
            (Fadvise, 12),
            (Flush, 24),
            (MmapFile, 5),
            (MmapAnon, 0),
            (Load, 3),
            (Bits, 4),
            (Pread, 4),
            (Mprotect, 0),
            (Mremap, 0),
        ],
        Profile::Placement => &[(MmapAnon, 4), (Munmap, 2), (Touch, 0), (Memset, 0), (Mremap, 2), (Brk, 4)],
        Profile::Merge => &[(Mprotect, 3), (MmapAnon, 2), (Mremap, 2), (Fork, 2), (View, 2)],
        Profile::Views => &[(View, 4), (Bits, 5), (MmapFile, 2), (Lock, 2)],
        Profile::Seal => &[(Seal, 30), (Munmap, 2), (Mprotect, 2), (Mremap, 2), (Madvise, 3), (View, 2)],
        Profile::Errors => {
            &[(Setrlimit, 3), (Close, 6), (Open, 6), (Msync, 6), (LockAll, 3), (MmapFile, 2), (Pread, 3)]
        }
        _ => &[],
    }
}

/// The weights of one scenario: the profile's, each multiplied by what this seed makes of it.
pub(super) fn swarm(profile: Profile, dice: &mut Dice) -> Vec<(u32, Op)> {
    let chosen = emphasis(profile);
    let factor = |op| chosen.iter().find(|&&(of, _)| of == op).map_or(1, |&(_, factor)| factor);
    let mut weigh = |(weight, op)| (weight * factor(op) * luck(op, dice), op);
    EVEN.into_iter().map(&mut weigh).collect()
}

/// How a seed feels about a call; without these four no scenario says much.
fn luck(op: Op, dice: &mut Dice) -> u32 {
    match op {
        Op::MmapAnon | Op::Touch | Op::Store | Op::View => dice.pick(&[1, 2, 2, 4]),
        _ => dice.pick(&[0, 1, 2, 2, 2, 6]),
    }
}

/// How many files there are before the first mapping.
pub(super) fn files_at_start(profile: Profile, dice: &mut Dice) -> u64 {
    match profile {
        Profile::File | Profile::Memfd | Profile::Truncate | Profile::Readahead | Profile::Folios => {
            dice.between(1, 2)
        }
        Profile::Anon | Profile::Placement | Profile::Heap => 0,
        Profile::Populate | Profile::Madvise | Profile::Shared | Profile::Errors => dice.between(0, 2),
        _ => dice.pick(&[0, 0, 1, 2]),
    }
}
