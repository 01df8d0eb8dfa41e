//! What does each level of a page table save, and what does it cost?

use crate::ask::{Experiment, Measure, Trial};

const SPARSE: &str = "\
a = mmap(0x10000000, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
b = mmap(0x50000000, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
c = mmap(0x90000000, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
store(a, 1)
store(b, 1)
store(c, 1)
";
const DENSE: &str = "\
m = mmap(0x10000000, 256M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
touch(m, 256M, w)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "table-levels",
    question: "What does each level of a page table save, and what does it cost?",
    trials: &[
        Trial::new("three pages: one level (32 bits)", &["machine(mmu=single, walk_caches=0)\n"], &[SPARSE]),
        Trial::new("three pages: two (32-bit x86)", &["machine(mmu=x86, walk_caches=0)\n"], &[SPARSE]),
        Trial::new(
            "three pages: three (x86 with PAE)",
            &["machine(mmu=x86-pae, walk_caches=0)\n"],
            &[SPARSE],
        ),
        Trial::new("three pages: four (x86-64)", &["machine(mmu=x86-64, walk_caches=0)\n"], &[SPARSE]),
        Trial::new(
            "three pages: five (x86-64 with LA57)",
            &["machine(mmu=x86-64-la57, walk_caches=0)\n"],
            &[SPARSE],
        ),
        Trial::new("256 MiB: one level (32 bits)", &["machine(mmu=single, walk_caches=0)\n"], &[DENSE]),
        Trial::new("256 MiB: two (32-bit x86)", &["machine(mmu=x86, walk_caches=0)\n"], &[DENSE]),
        Trial::new("256 MiB: three (x86 with PAE)", &["machine(mmu=x86-pae, walk_caches=0)\n"], &[DENSE]),
        Trial::new("256 MiB: four (x86-64)", &["machine(mmu=x86-64, walk_caches=0)\n"], &[DENSE]),
        Trial::new(
            "256 MiB: five (x86-64 with LA57)",
            &["machine(mmu=x86-64-la57, walk_caches=0)\n"],
            &[DENSE],
        ),
    ],
    measures: &[Measure::AllTables, Measure::Walks, Measure::WalkReferences],
    shows: "A level more means tables only where something is mapped, and one more reference in each walk that does not end \
            early at a missing table. A single table for 4 GiB takes 4 MiB whatever is in it; two levels take 24 KiB for \
            this small process, four 56 (image and stack are in the tables, too). For a process that uses much of its memory \
            the last level is what counts: 4 bytes a page with 32-bit entries, 8 with 64-bit ones.",
};
