//! First, next, best or worst fit?

use crate::ask::{Experiment, Measure, Trial};

const LIMIT: &str = "setrlimit(RLIMIT_DATA, 320K)\n";
/// Found by trying programs made at random for one where each fit does otherwise.
const PROGRAM: &str = "\
a = malloc(8K)
free(a)
b = malloc(8K)
c = malloc(32K)
free(b)
d = malloc(8K)
e = malloc(16K)
f = malloc(8K)
g = malloc(32K)
h = malloc(40K)
i = malloc(16K)
j = malloc(12K)
free(i)
k = malloc(16K)
l = malloc(40K)
free(l)
m = malloc(40K)
n = malloc(56K)
free(m)
free(g)
o = malloc(56K)
free(d)
p = malloc(32K)
q = malloc(24K)
free(f)
r = malloc(8K)
free(q)
free(o)
s = malloc(40K)
t = malloc(12K)
free(n)
u = malloc(16K)
free(k)
free(c)
free(t)
v = malloc(12K)
w = malloc(24K)
x = malloc(8K)
free(e)
y = malloc(24K)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fits",
    question: "First, next, best or worst fit?",
    trials: &[
        Trial::new("first fit", &["machine(malloc=first-fit)\n"], &[PROGRAM]),
        Trial::new("next fit", &["machine(malloc=next-fit)\n"], &[PROGRAM]),
        Trial::new("best fit", &["machine(malloc=best-fit)\n"], &[PROGRAM]),
        Trial::new("worst fit", &["machine(malloc=worst-fit)\n"], &[PROGRAM]),
        Trial::new("glibc", &[], &[PROGRAM]),
        Trial::new("first fit, at most 320 KiB", &["machine(malloc=first-fit)\n", LIMIT], &[PROGRAM]),
        Trial::new("next fit, at most 320 KiB", &["machine(malloc=next-fit)\n", LIMIT], &[PROGRAM]),
        Trial::new("best fit, at most 320 KiB", &["machine(malloc=best-fit)\n", LIMIT], &[PROGRAM]),
        Trial::new("worst fit, at most 320 KiB", &["machine(malloc=worst-fit)\n", LIMIT], &[PROGRAM]),
    ],
    measures: &[
        Measure::Break,
        Measure::Live,
        Measure::Free,
        Measure::LargestFree,
        Measure::Failures,
        Measure::Minflt,
    ],
    shows: "The same program under each rule. Here next and worst fit cut up the large holes: the break goes higher, or \
            where it may not, requests fail although more than enough is free. First and best fit get by. The program was \
            found by trial to tell the rules apart; others order them otherwise.",
};
