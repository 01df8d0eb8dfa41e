//! Why not mmap for everything?

use crate::ask::{Experiment, Measure, Trial};

const MALLOC: &str = "p = malloc(4000)\ntouch(p, 4000, w)\nfree(p)\n";
const MMAP: &str = "\
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
";
const TEN_TOUCHES: &str = "touch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\ntouch(p, 4000, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "mmap-for-all",
    question: "Why not mmap for everything?",
    trials: &[
        Trial::new(
            "malloc, touch, free of 4000 bytes, ten times",
            &["p = malloc(4000)\nfree(p)\n"],
            &[MALLOC; 10],
        ),
        Trial::new("mmap, touch, munmap of 4096 bytes, ten times", &[], &[MMAP; 10]),
        Trial::new(
            "one block of 4000 bytes, touched ten times",
            &["p = malloc(4000)\nfree(p)\n"],
            &["p = malloc(4000)\n", TEN_TOUCHES, "free(p)\n"],
        ),
        Trial::new(
            "one mapping of 4096 bytes, touched ten times",
            &[],
            &[
                "p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
                TEN_TOUCHES,
                "munmap(p, 4096)\n",
            ],
        ),
    ],
    measures: &[Measure::Calls, Measure::Minflt],
    shows: "Each mapping costs two system calls and a page fault for every page, each time. A block from the heap keeps its \
            frame when it is freed and used again. A mapping that is used ten times costs no more than one used once: \
            mappings are for what is large and lives long.",
};
