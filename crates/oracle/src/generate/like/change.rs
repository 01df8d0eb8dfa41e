//! One change of a scenario.

use super::super::dice::{Dice, size};
use super::super::kernel::advice::ADVICE;
use super::words::{Words, number, word_ranges};

const PAGE: u64 = 4096;
const M: u64 = 1 << 20;

const PROTECTIONS: &[&str] = &[
    "PROT_READ",
    "PROT_READ|PROT_WRITE",
    "PROT_READ|PROT_WRITE",
    "PROT_NONE",
    "PROT_READ|PROT_EXEC",
    "PROT_READ|PROT_WRITE|PROT_EXEC",
    "PROT_WRITE",
    "PROT_EXEC",
];

const MAP_FLAGS: &[&str] = &[
    "MAP_POPULATE",
    "MAP_LOCKED",
    "MAP_NORESERVE",
    "MAP_GROWSDOWN",
    "MAP_32BIT",
    "MAP_STACK",
    "MAP_FIXED_NOREPLACE",
    "MAP_NONBLOCK",
    "MAP_SYNC",
    "MAP_DENYWRITE",
];

const MREMAP_FLAGS: &[&str] = &[
    "0",
    "MREMAP_MAYMOVE",
    "MREMAP_MAYMOVE|MREMAP_FIXED",
    "MREMAP_MAYMOVE|MREMAP_DONTUNMAP",
    "MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP",
];

const MSYNC_FLAGS: &[&str] = &["MS_SYNC", "MS_ASYNC", "MS_INVALIDATE", "MS_SYNC|MS_INVALIDATE", "0"];

const MCL_FLAGS: &[&str] = &[
    "MCL_CURRENT",
    "MCL_FUTURE",
    "MCL_CURRENT|MCL_FUTURE",
    "MCL_CURRENT|MCL_ONFAULT",
    "MCL_FUTURE|MCL_ONFAULT",
];

/// Changes one of the lines, or which there are.
pub(super) fn one(dice: &mut Dice, lines: &mut Vec<String>) {
    let at = dice.below(lines.len() as u64) as usize;
    let other = dice.below(lines.len() as u64) as usize;
    match dice.below(100) {
        0..=11 => drop(lines.remove(at)),
        12..=19 => lines.insert(other, lines[at].clone()),
        20..=26 => {
            let line = lines.remove(at);
            lines.insert(other.min(lines.len()), line);
        }
        27..=46 => lines[at] = with_other_number(dice, &lines[at]),
        47..=61 => lines[at] = with_other_flags(dice, &lines[at]),
        62..=69 => lines.insert(at, dice.pick(&["maps()", "smaps()", "status()", "rusage()"]).to_owned()),
        70..=74 => fork(dice, lines, at),
        _ => insert(dice, lines, at),
    }
}

/// One of the numbers changed, if any may be.
fn with_other_number(dice: &mut Dice, line: &str) -> String {
    let call = Words::of(line).call;
    let only_offsets = matches!(call, "load" | "store" | "fetch");
    let mut numbers = word_ranges(line);
    numbers.retain(|range| {
        let behind_sign = line[..range.start].ends_with(['+', '-']);
        number(&line[range.clone()]).is_some_and(|n| n < 64 * M) && (behind_sign || !only_offsets)
    });
    if numbers.is_empty() || matches!(call, "fork" | "exit" | "thread") {
        return line.to_owned();
    }
    let range = numbers[dice.below(numbers.len() as u64) as usize].clone();
    let is = number(&line[range.clone()]).unwrap_or(0);
    let to = match dice.below(100) {
        0..=34 => is.saturating_add_signed(dice.pick(&[-2, -1, 1, 2, 3]) * PAGE as i64),
        35..=49 if is < 4 * M => is * 2,
        50..=64 => is / 2 / PAGE * PAGE,
        65..=69 => is + dice.pick(&[1, 100, 2048, 4095]),
        70..=72 => 0,
        73..=87 => dice.pick(&[1, 2, 3, 4, 5, 8, 16]) * PAGE,
        _ if is >= M => is.saturating_add_signed(dice.pick(&[-512, -16, 16, 512]) * PAGE as i64),
        _ => is + dice.pick(&[4, 16]) * PAGE,
    };
    format!("{}{}{}", &line[..range.start], size(to), &line[range.end..])
}

/// Other flags of one kind, if the line has any.
fn with_other_flags(dice: &mut Dice, line: &str) -> String {
    let lists = [
        ("MADV_", ADVICE),
        ("MREMAP_", MREMAP_FLAGS),
        ("MS_", MSYNC_FLAGS),
        ("MCL_", MCL_FLAGS),
        ("PROT_", PROTECTIONS),
    ];
    if line.contains("MAP_PRIVATE") || line.contains("MAP_SHARED") && dice.percent(60) {
        return with_other_map_flags(dice, line);
    }
    for (begin, list) in lists {
        if let Some(from) = line.find(begin) {
            let len = line[from..].find([',', ')']).unwrap_or(0);
            return format!("{}{}{}", &line[..from], dice.pick(list), &line[from + len..]);
        }
    }
    match (line.strip_suffix(", r)"), line.strip_suffix(", w)")) {
        (Some(rest), _) => format!("{rest}, w)"),
        (_, Some(rest)) => format!("{rest}, r)"),
        _ => line.to_owned(),
    }
}

/// Private for shared, or the other way round, or a flag more or less.
fn with_other_map_flags(dice: &mut Dice, line: &str) -> String {
    let flag = dice.pick(MAP_FLAGS);
    match dice.below(100) {
        0..=29 if line.contains("MAP_PRIVATE") => line.replace("MAP_PRIVATE", "MAP_SHARED"),
        0..=29 => line.replace("MAP_SHARED", "MAP_PRIVATE"),
        _ if line.contains(flag) => line.replace(&format!("|{flag}"), ""),
        _ => line.replacen("MAP_PRIVATE", &format!("MAP_PRIVATE|{flag}"), 1),
    }
}

/// A new process at `at`, which makes some of the calls that follow.
fn fork(dice: &mut Dice, lines: &mut Vec<String>, at: usize) {
    let child = (2..9).find(|n| !lines.iter().any(|line| line.contains(&format!("fork({n})")))).unwrap_or(9);
    for line in lines.iter_mut().skip(at) {
        let own = !line.starts_with('[') && !matches!(Words::of(line).call, "fork" | "exit");
        if own && dice.percent(30) {
            *line = format!("[{child}] {line}");
        }
    }
    lines.insert(at, format!("fork({child})"));
    lines.push(format!("[{child}] smaps()"));
}

/// A call about one of the mappings that are there by line `at`, put before it.
fn insert(dice: &mut Dice, lines: &mut Vec<String>, at: usize) {
    let mapped = |line: &String| {
        let words = Words::of(line);
        words.name.filter(|_| matches!(words.call, "mmap" | "mremap" | "sbrk")).map(str::to_owned)
    };
    let names: Vec<String> = lines[..at].iter().filter_map(mapped).collect();
    if names.is_empty() {
        return;
    }
    let large =
        lines.iter().any(|line| word_ranges(line).iter().any(|range| line[range.clone()].ends_with('M')));
    let call = call_about(dice, &names, large);
    lines.insert(at, call);
}

fn call_about(dice: &mut Dice, names: &[String], large: bool) -> String {
    let offsets: &[u64] = if large { &[0, 0, 1, 4, 128, 256, 512] } else { &[0, 0, 0, 1, 2, 4] };
    let lens: &[u64] = if large { &[1, 2, 16, 128, 256, 512] } else { &[1, 1, 2, 3, 4, 8] };
    let mut place = || {
        let name = &names[dice.below(names.len() as u64) as usize];
        match dice.pick(offsets) * PAGE {
            0 => name.clone(),
            offset => format!("{name}+{}", size(offset)),
        }
    };
    let (a, b) = (place(), place());
    let (len, other) = (size(dice.pick(lens) * PAGE), size(dice.pick(lens) * PAGE));
    let prot = dice.pick(PROTECTIONS);
    match dice.below(17) {
        0 => format!("munmap({a}, {len})"),
        1 => format!("mprotect({a}, {len}, {prot})"),
        2 => format!("touch({a}, {len}, r)"),
        3 => format!("touch({a}, {len}, w)"),
        4 | 5 => format!("madvise({a}, {len}, {})", dice.pick(ADVICE)),
        6 => format!("mlock({a}, {len})"),
        7 => format!("munlock({a}, {len})"),
        8 => format!("mremap({a}, {len}, {other}, MREMAP_MAYMOVE)"),
        9 => format!("mremap({a}, {len}, {len}, MREMAP_MAYMOVE|MREMAP_FIXED, {b})"),
        10 => format!("mremap({a}, {len}, {len}, MREMAP_MAYMOVE|MREMAP_DONTUNMAP)"),
        11 => format!("memset({a}, 9, {len})"),
        12 => format!("msync({a}, {len}, MS_SYNC)"),
        13 => format!("pagemap({a}, {len})"),
        14 => format!("mincore({a}, {len})"),
        15 => format!("mmap({a}, {len}, {prot}, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)"),
        _ => format!("mmap({a}, {len}, {prot}, MAP_SHARED|MAP_ANONYMOUS|MAP_FIXED, -1, 0)"),
    }
}
