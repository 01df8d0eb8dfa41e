//! Who is killed when memory is out, and what does oom_score_adj change?

use crate::ask::{Experiment, Measure, Trial};

const MACHINE: &str = "machine(ram=256M, uid=0)\n";
const TWO: &str = "\
fork(2)
fork(3)
[2] a = mmap(NULL, 120M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
[2] touch(a, 120M, w)
[3] b = mmap(NULL, 50M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
[3] touch(b, 50M, w)
";
const OUT_OF_MEMORY: &str = "\
oom_score()
[2] oom_score()
[3] oom_score()
m = mmap(NULL, 100M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 100M, w)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "oom",
    question: "Who is killed when memory is out, and what does oom_score_adj change?",
    trials: &[
        Trial::new("all alike", &[MACHINE, TWO], &[OUT_OF_MEMORY]),
        Trial::new(
            "oom_score_adj 500 for the small one",
            &[MACHINE, TWO, "[3] oom_score_adj(500)\n"],
            &[OUT_OF_MEMORY],
        ),
        Trial::new("-500 for the large one", &[MACHINE, TWO, "[2] oom_score_adj(-500)\n"], &[OUT_OF_MEMORY]),
        Trial::new(
            "the same, but without the right to",
            &["machine(ram=256M)\n", TWO, "[2] oom_score_adj(-500)\n"],
            &[OUT_OF_MEMORY],
        ),
        Trial::new(
            "-1000 for the large one",
            &[MACHINE, TWO, "[2] oom_score_adj(-1000)\n"],
            &[OUT_OF_MEMORY],
        ),
        Trial::new(
            "-1000 for both",
            &[MACHINE, TWO, "[2] oom_score_adj(-1000)\n[3] oom_score_adj(-1000)\n"],
            &[OUT_OF_MEMORY],
        ),
        Trial::new(
            "all alike, oom_kill_allocating_task",
            &["machine(ram=256M, uid=0, oom_kill_allocating_task=1)\n", TWO],
            &[OUT_OF_MEMORY],
        ),
    ],
    measures: &[
        Measure::Answer("score of 1", 0),
        Measure::Answer("of 2: 120 MiB", 1),
        Measure::Answer("of 3: 50 MiB", 2),
        Measure::Answer("1 touches 100 MiB", 4),
        Measure::Killed,
    ],
    shows: "Process 1 runs out while 2 and 3 do nothing, and yet the largest goes: what counts is the memory a process has \
            (resident, swapped, page tables) in thousandths of all there is, plus oom_score_adj; oom_score shows 1000 and \
            that, times 2/3. 500 makes a small process the first choice, -500 weighs as much as half of memory, with -1000 a \
            process is never taken. If nobody else may be, process 1 itself is killed. Without CAP_SYS_RESOURCE a process \
            cannot lower its value (EACCES).",
};
