//! How often each kind of call comes in each profile.

use super::super::dice::Dice;
use super::super::profile::Profile;

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// malloc, calloc or free, as the phase has it.
    Block,
    /// realloc or reallocarray.
    Realloc,
    /// The memalign family.
    Aligned,
    /// A store, a load, a touch or a memset in a block.
    Access,
    /// malloc_usable_size.
    Ask,
    /// malloc_trim.
    Trim,
    /// mallopt.
    Mallopt,
    /// mallinfo, maps, status or rusage.
    View,
    /// The begin or the end of a thread.
    Thread,
    /// The begin or the end of a process.
    Fork,
    /// setrlimit.
    Limit,
    /// Others' sbrk, brk, mmap and munmap.
    Foreign,
    /// A misuse that glibc's checks may find.
    Abort,
}

/// The weights of one program in `profile`; each seed varies them.
pub(super) fn swarm(profile: Profile, dice: &mut Dice) -> Vec<(u32, Op)> {
    let of = |which, often, seldom| if profile == which { often } else { seldom };
    let plain = [
        (700, Op::Block),
        (of(Profile::MallocRealloc, 900, 60), Op::Realloc),
        (of(Profile::MallocAligned, 300, 8), Op::Aligned),
        (50, Op::Access),
        (10, Op::Ask),
        (of(Profile::MallocThreshold, 12, 2), Op::Trim),
        (of(Profile::MallocMallopt, 20, 0), Op::Mallopt),
        (12, Op::View),
        (of(Profile::MallocThreads, 40, 0), Op::Thread),
        (of(Profile::MallocFork, 12, of(Profile::MallocThreads, 2, 0)), Op::Fork),
        (of(Profile::MallocLimits, 25, 0), Op::Limit),
        (of(Profile::MallocForeign, 40, of(Profile::MallocLimits, 4, 0)), Op::Foreign),
        (of(Profile::MallocAbort, 30, 0), Op::Abort),
    ];
    let mut luck = |(weight, op)| match op {
        Op::Access | Op::Ask | Op::Trim | Op::View | Op::Realloc | Op::Aligned => {
            (weight * dice.pick(&[0, 1, 1, 3]), op)
        }
        _ => (weight, op),
    };
    let chosen: Vec<_> = plain.into_iter().map(&mut luck).collect();
    match profile {
        Profile::MallocRealloc => restore(chosen, Op::Realloc, 600),
        Profile::MallocAligned => restore(chosen, Op::Aligned, 300),
        _ => chosen,
    }
}

/// Gives the call that a profile is about its weight back.
fn restore(mut weights: Vec<(u32, Op)>, op: Op, weight: u32) -> Vec<(u32, Op)> {
    for entry in weights.iter_mut().filter(|entry| entry.1 == op) {
        entry.0 = weight;
    }
    weights
}
