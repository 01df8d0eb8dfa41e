//! Is a file better mapped or read?

use super::{FORK_TO_TEN, READ};
use crate::ask::{Experiment, Measure, Trial};

const FILE: &str = "f = file(\"data\", 1M)\n";
const MAP: &str = "m = mmap(NULL, 1M, PROT_READ, MAP_SHARED, f, 0)\n";
const BUFFER: &str = "b = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
const PREAD: &str = "pread(f, b, 1M, 0)\n";
const SECOND_TOUCHES: &str = lines_by!(2: "touch(m, 1M, r)");
const EIGHT_TOUCH: &str = by_eight_more!("touch(m, 1M, r)");
const SECOND_READS: &str = lines_by!(2: "pread(f, b, 1M, 0)");
const EIGHT_READ: &str = by_eight_more!("pread(f, b, 1M, 0)");

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "mmap-or-read",
    question: "Is a file better mapped or read?",
    trials: &[
        Trial::new("mmap of 1 MiB, each page read", &[FILE], &[MAP, READ]),
        Trial::new("pread of 1 MiB to a buffer", &[FILE, BUFFER], &[PREAD]),
        Trial::new("mapped again", &[FILE, MAP, READ], &[READ]),
        Trial::new("read again", &[FILE, BUFFER, PREAD], &[PREAD]),
        Trial::new("mapped by a second process", &[FILE, MAP, READ, "fork(2)\n"], &[SECOND_TOUCHES]),
        Trial::new("read by a second process", &[FILE, BUFFER, PREAD, "fork(2)\n"], &[SECOND_READS]),
        Trial::new(
            "mapped by nine more",
            &[FILE, MAP, READ, "fork(2)\n", FORK_TO_TEN],
            &[SECOND_TOUCHES, EIGHT_TOUCH],
        ),
        Trial::new(
            "read by nine more",
            &[FILE, BUFFER, PREAD, "fork(2)\n", FORK_TO_TEN],
            &[SECOND_READS, EIGHT_READ],
        ),
    ],
    measures: &[Measure::Calls, Measure::Minflt, Measure::Memory, Measure::Rss],
    shows: "A mapping shows the page cache itself: no copy, no further memory, a fault in 16 pages \
            (fault-around). pread copies into memory of the process, which faults in each of its pages, and each \
            process that reads has a copy. Read again, a file costs a call and a copy, a mapping nothing.",
};
