//! Does a scan drive the hot set out of memory?

use memtwin_mmu::policy::PolicyKind;

use crate::ask::{Experiment, Measure, Run, Trial};

/// Pages of the hot set.
const HOT: u32 = 1024;
/// The hot set used three times, then at random while a scan of pages that are used once goes by.
const STRING: &[&str] =
    &["seq a 0 1024 3 0 0\n", "mix 64 128\n", "uni a 0 1024 8192 0 0 1\n", "seq m 0 16384 1 0 0\n"];

const fn policy(label: &'static str, policy: PolicyKind) -> Trial {
    Trial { label, run: Run::References { policy, frames: 1536, string: STRING, hot: HOT } }
}

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "scan",
    question: "Does a scan drive the hot set out of memory?",
    trials: &[
        policy("FIFO", PolicyKind::Fifo),
        policy("random", PolicyKind::Random),
        policy("CLOCK", PolicyKind::Clock),
        policy("LRU", PolicyKind::Lru),
        policy("2Q", PolicyKind::TwoQ),
        policy("ARC", PolicyKind::Arc),
        policy("LIRS", PolicyKind::Lirs),
        policy("S3-FIFO", PolicyKind::S3Fifo),
        policy("SIEVE", PolicyKind::Sieve),
        policy("optimal", PolicyKind::Opt),
        Trial::new(
            "Linux, a cgroup of 1536 pages",
            &[
                "machine(ram=256M, memcg=6M, swap=64M)\n",
                "h = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
                "f = file(\"data\", 64M)\nevict(f)\n",
                "refs(\"seq a 0 1024 3 100 0\", a=h)\n",
            ],
            &["refs(\"mix 64 128\", \"uni a 0 1024 8192 0 0 1\", \"seq r 0 16384 1 0 0\", a=h, r=f)\n"],
        ),
    ],
    measures: &[Measure::Misses, Measure::HotMisses],
    shows: "1024 hot pages are used at random while 16384 others are used once each, in a memory of 1536. Each page must \
            miss once (17408 misses, 1024 of them of the hot set). Policies that go by the last use or by age alone let the \
            scan push the hot set out; those that let new pages prove themselves first (ARC, LIRS, S3-FIFO, SIEVE) lose none \
            of it. The Linux row is a machine whose hot set is anonymous memory and whose scan reads a file; its figure is \
            major faults, the first touches not among them.",
};
