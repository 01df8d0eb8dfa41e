//! Who frees memory when it runs short: kswapd, or the program itself?

use crate::ask::{Experiment, Measure, Trial};

const MAP: &str = "m = mmap(NULL, 128M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
const FILL: &str = "refs(\"seq a 0 32768 1 100 0\", a=m)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "kswapd",
    question: "Who frees memory when it runs short: kswapd, or the program itself?",
    trials: &[
        Trial::new("a machine of 64 MiB, two processors", &["machine(ram=64M, swap=256M)\n", MAP], &[FILL]),
        Trial::new(
            "watermarks ten per cent apart",
            &["machine(ram=64M, swap=256M, watermark_scale_factor=1000)\n", MAP],
            &[FILL],
        ),
        Trial::new("one processor", &["machine(ram=64M, swap=256M, cpus=1)\n", MAP], &[FILL]),
        Trial::new("a cgroup of 48 MiB", &["machine(ram=256M, swap=256M, memcg=48M)\n", MAP], &[FILL]),
    ],
    measures: &[
        Measure::Vmstat("freed", &["pgsteal_anon", "pgsteal_file"]),
        Measure::Vmstat("by kswapd", &["pgsteal_kswapd"]),
        Measure::Vmstat("directly", &["pgsteal_direct"]),
        Measure::Vmstat("stalls", &["allocstall_movable"]),
        Measure::Waited,
    ],
    shows: "128 MiB are written once. kswapd wakes when free memory is low and works beside the program; what it cannot keep up with the program frees \
            itself before it gets its page (direct reclaim), and that is a stall. Watermarks further apart wake kswapd earlier, so that the program \
            waits less. On one processor kswapd runs in the program's place: no stall is counted, and yet the program stands still. A cgroup has no \
            kswapd: at its limit the program always works itself, which /proc/vmstat counts under neither.",
};
