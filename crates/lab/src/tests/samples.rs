//! Samples, read by real readers.

use super::lines;
use crate::{Counter, Pace, Samples, Session};
use memtwin_workload::Options;

/// Samples of a run in which a call's own peak is above all that is there after calls.
fn samples() -> Samples {
    sampled(
        "mallopt(M_TRIM_THRESHOLD, 0)
mallopt(M_TOP_PAD, 0)
p = malloc(100000)
touch(p, 100000, w)
\
                p = realloc(p, 200000)
free(p)
",
    )
}

fn sampled(text: &str) -> Samples {
    let mut samples = Samples::new(Counter::all().collect(), Pace::Lines(1));
    let mut session = Session::new(Options::default());
    let mut lines = lines(text);
    while let Some((number, text)) = lines.next_line().unwrap() {
        session.line(number, text, &mut Vec::new()).unwrap();
        samples.note(number, text, session.twin().unwrap());
    }
    samples
}

#[test]
fn csv_has_a_column_a_counter() {
    let samples = samples();
    let mut bytes = Vec::new();
    samples.write_csv(&mut bytes).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let heads = reader.headers().unwrap().clone();
    let at = |name| heads.iter().position(|head| head == name).unwrap();
    let (rss, peak) = (at("rss"), at("peak_rss"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!((&rows[3][0], &rows[3][2]), ("4", "touch(p, 100000, w)"));
    let number = |row: usize, column: usize| rows[row][column].parse::<u64>().unwrap();
    let after = number(3, rss).max(number(4, rss));
    assert!(number(4, peak) > after + 80_000, "realloc had the old and the new block in memory at once");
    assert_eq!(samples.peak(Counter::LiveHeap), Some(200_000));
    assert_eq!(samples.samples()[5].values[4], 0, "nothing lives at the end");
}

/// glibc gives what is behind an aligned block back at once (`_int_memalign`, then `systrim`); a mapping over another one takes the
/// other's pages away before it is populated.
#[test]
fn peaks_are_those_within_a_call() {
    let samples = sampled(
        "mallopt(M_MMAP_THRESHOLD, 16M)
mallopt(M_TRIM_THRESHOLD, 0)
a = memalign(1M, 1000)
m = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)
m = mmap(m, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_POPULATE, -1, 0)
munmap(m, 8M)
n = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(n, 4M, w)
",
    );
    let at = |counter| samples.counters().iter().position(|c| *c == counter).unwrap();
    let (rows, brk, free) = (samples.samples(), at(Counter::Break), at(Counter::Free));
    let highest = rows.iter().map(|row| row.values[brk]).max().unwrap();
    assert!(rows[2].peaks[brk] > highest, "{} {highest}", rows[2].peaks[brk]);
    assert_eq!(samples.peak(Counter::Break), Some(rows[2].peaks[brk]));
    // With 8 MiB in use before and after it, the call in between has been without.
    let lowest = rows.iter().map(|row| row.values[free]).min().unwrap();
    assert!(rows[4].low_free <= lowest && lowest - rows[4].low_free < 64 << 10);
    assert_eq!(rows[7].low_free, rows[5].low_free, "less was in use since");
    assert!(rows[7].peaks[free] >= rows.iter().map(|row| row.values[free]).max().unwrap());
}

/// What one process frees within a call was there while another's memory was, too.
#[test]
fn peaks_within_a_call_are_those_of_all_processes() {
    let samples = sampled(
        "fork(2)
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
[2] mallopt(M_TRIM_THRESHOLD, 0)
[2] mallopt(M_TOP_PAD, 0)
[2] p = malloc(100000)
[2] touch(p, 100000, w)
[2] p = realloc(p, 200000)
[2] free(p)
[2] exit(0)
",
    );
    let at = |counter| samples.counters().iter().position(|c| *c == counter).unwrap();
    let (rows, rss, live) = (samples.samples(), at(Counter::Rss), at(Counter::LiveHeap));
    let after = rows.iter().map(|row| row.values[rss]).max().unwrap();
    let peak = rows[7].peaks[rss];
    assert!(
        peak > after + 80_000,
        "{peak} {after}: the old and the new block, and the other process's megabyte"
    );
    assert_eq!((samples.peak(Counter::Rss), rows[9].values[rss] > 1 << 20), (Some(peak), true));
    assert_eq!((rows[7].values[live], samples.peak(Counter::LiveHeap)), (200_000, Some(200_000)));
}

#[test]
fn a_trace_has_an_event_a_counter() {
    let mut bytes = Vec::new();
    samples().write_chrome(&mut bytes).unwrap();
    let trace: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let rss: Vec<u64> = events
        .iter()
        .filter(|event| event["ph"] == "C" && event["name"] == "rss")
        .map(|event| event["args"]["value"].as_u64().unwrap())
        .collect();
    assert_eq!(rss.len(), 6);
    assert!(rss[3] > rss[2] + 80_000 && rss[5] < rss[3], "{rss:?}");
}
