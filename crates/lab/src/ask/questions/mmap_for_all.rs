//! Why not mmap for everything?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "mmap-for-all",
    question: "Why not mmap for everything?",
    trials: &[
        Trial {
            label: "malloc, touch, free of 4000 bytes, ten times",
            setup: "\
p = malloc(4000)
free(p)
",
            lines: "\
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
p = malloc(4000)
touch(p, 4000, w)
free(p)
",
        },
        Trial {
            label: "mmap, touch, munmap of 4096 bytes, ten times",
            setup: "",
            lines: "\
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(p, 4096, w)
munmap(p, 4096)
",
        },
    ],
    measures: &[Measure::Calls, Measure::Minflt],
    shows: "Each mapping costs two system calls and a page fault for every page, each time. A block from the \
            heap keeps its frame when it is freed and used again.",
};
