//! What does a library cost that many processes map?

use super::FORK_TO_TEN;
use crate::ask::{Experiment, Measure, Trial};

const LIBRARY: &str = "\
f = file(\"libx.so\", 1M)
text = mmap(NULL, 960K, PROT_READ|PROT_EXEC, MAP_PRIVATE, f, 0)
data = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 960K)
";
const FIRST: &str = "touch(text, 960K, r)\ntouch(data, 64K, w)\n";
const SECOND: &str = lines_by!(2: "touch(text, 960K, r)" "touch(data, 64K, w)");
const EIGHT_MORE: &str = by_eight_more!("touch(text, 960K, r)" "touch(data, 64K, w)");

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "library",
    question: "What does a library cost that many processes map?",
    trials: &[
        Trial::new("one process", &[LIBRARY], &[FIRST]),
        Trial::new("a second", &[LIBRARY, FIRST, "fork(2)\n"], &[SECOND]),
        Trial::new("ten at once", &[LIBRARY, "fork(2)\n", FORK_TO_TEN], &[FIRST, SECOND, EIGHT_MORE]),
    ],
    measures: &[Measure::Rss, Measure::Pss, Measure::Memory, Measure::Minflt],
    shows: "Its text is in memory once, however many map it; RSS counts it in each of them, PSS gives each a part, and \
            the sum of PSS is what is used. Its data is copied page by page by who writes to it. So ten processes take one text \
            and ten copies of the data.",
};
