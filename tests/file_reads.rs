//! read() against mmap() of a file: the page faults that were counted on Linux 6.18 (`golden/pressure/file-read-mmap.json`), the same in
//! five runs, with a readahead of 128 KiB over 1024 pages and with none over 4096.

use memtwin::workload::{Options, Runner};

const MAP: &str = "s = mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)";
const PRIVATE: &str = "s = mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)";
const READ: &str = "touch(s, LEN, r)";
const WRITE: &str = "touch(s, LEN, w)";

/// What is done with the cached file, and (minflt, majflt) of the last line with readahead and without it.
type Case = (&'static [&'static str], [(u64, u64); 2]);

const CACHED: [Case; 7] = [
    (&[MAP, READ], [(36, 0), (256, 0)]),
    (&[MAP, READ, READ], [(0, 0), (0, 0)]),
    (&[PRIVATE, READ], [(36, 0), (256, 0)]),
    (&[PRIVATE, READ, WRITE], [(1024, 0), (4096, 0)]),
    (&[PRIVATE, WRITE], [(1024, 0), (4096, 0)]),
    (&[MAP, READ, WRITE], [(1024, 0), (4096, 0)]),
    (&[MAP, WRITE, "msync(s, LEN, MS_SYNC)", WRITE], [(1024, 0), (4096, 0)]),
];

const COLD: [Case; 4] = [
    (&[MAP, READ], [(36, 1), (0, 4096)]),
    (&[MAP, "madvise(s, LEN, MADV_RANDOM)", READ], [(0, 1024), (0, 4096)]),
    (&[MAP, "madvise(s, LEN, MADV_SEQUENTIAL)", READ], [(35, 1), (0, 4096)]),
    (&[MAP, "refs(\"stride m 0 PAGES 64 JUMPS 0 0\", m=s)"], [(0, 16), (0, 64)]),
];

/// The faults of the last of `lines` on a file of so many pages that is not cached.
fn faults(readahead: &str, pages: u64, lines: impl Iterator<Item = String>) -> (u64, u64) {
    let begin = [
        format!("machine(readahead={readahead})"),
        format!("f = file(\"x\", {})", pages * 4096),
        "evict(f)".to_owned(),
        "b = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)".to_owned(),
    ];
    let (mut runner, mut last) = (Runner::new(Options::default()), String::new());
    for (number, line) in (1u64..).zip(begin.into_iter().chain(lines)) {
        let line = line
            .replace("LEN", &(pages * 4096).to_string())
            .replace("PAGES", &pages.to_string())
            .replace("JUMPS", &(pages / 64).to_string());
        let mut log = Vec::new();
        runner.line(number, &line, &mut log).unwrap_or_else(|error| panic!("{line}: {error}"));
        last = String::from_utf8(log).unwrap();
    }
    let count = |name: &str| {
        let words = last.split_whitespace().filter_map(|word| word.strip_prefix(name));
        words.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    (count("minflt="), count("majflt="))
}

fn check(cases: &[Case], before: impl Fn(u64) -> Vec<String>) {
    for (lines, want) in cases {
        for ((readahead, pages), want) in [("128K", 1024), ("0", 4096)].into_iter().zip(want) {
            let lines = before(pages).into_iter().chain(lines.iter().map(|&line| line.to_owned()));
            let all: Vec<String> = lines.collect();
            assert_eq!(&faults(readahead, pages, all.clone().into_iter()), want, "{readahead}: {all:?}");
        }
    }
}

/// Cached by reads of 64 KiB, in large folios where there is readahead: a fault maps a whole one, else 16 pages.
#[test]
fn of_a_cached_file() {
    check(&CACHED, |pages| (0..pages / 16).map(|at| format!("pread(f, b, 64K, {})", at * 65536)).collect());
}

#[test]
fn of_a_file_on_disk() {
    check(&COLD, |_| Vec::new());
}
