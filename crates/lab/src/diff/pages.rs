//! Pages that came, went, went to swap and back, or changed what they may and what they share.

use crate::place::{Places, count, size};
use crate::state::{Kind, Page, PageRun};

pub(super) fn changes(then: &[PageRun], now: &[PageRun], places: (&Places, &Places)) -> Vec<String> {
    let mut found: Vec<Change> = Vec::new();
    let mut edges: Vec<u64> = then.iter().chain(now).flat_map(|run| [run.start.addr, run.end()]).collect();
    edges.sort_unstable();
    edges.dedup();
    for pair in edges.windows(2) {
        let (old, new) = (page_at(then, pair[0]), page_at(now, pair[0]));
        if old != new {
            push(&mut found, Change { start: pair[0], end: pair[1], old, new });
        }
    }
    sentences(&found, places)
}

struct Change {
    start: u64,
    end: u64,
    old: Option<Page>,
    new: Option<Page>,
}

fn push(found: &mut Vec<Change>, next: Change) {
    match found.last_mut() {
        Some(last) if last.end == next.start && last.old == next.old && last.new == next.new => {
            last.end = next.end;
        }
        _ => found.push(next),
    }
}

fn page_at(runs: &[PageRun], addr: u64) -> Option<Page> {
    let next = runs.partition_point(|run| run.start.addr <= addr);
    let run = &runs[next.checked_sub(1)?];
    (addr < run.end()).then_some(run.what)
}

/// One sentence for all places where the same happened.
fn sentences(found: &[Change], (then, now): (&Places, &Places)) -> Vec<String> {
    let mut told: Vec<(String, u64, Vec<String>)> = Vec::new();
    for change in found {
        let what = verb(change.old, change.new);
        let places = if change.new.is_some() { now } else { then };
        let bytes = change.end - change.start;
        let shown = if bytes > 4096 { format!(" ({})", size(bytes)) } else { String::new() };
        let at = format!("{}{shown}", places.at(change.start));
        match told.iter_mut().find(|(same, ..)| *same == what) {
            Some((_, pages, at_all)) => {
                *pages += bytes >> 12;
                at_all.push(at);
            }
            None => told.push((what, bytes >> 12, vec![at])),
        }
    }
    told.into_iter()
        .map(|(what, pages, at)| format!("{} {what}: {}", count(pages, "page"), listed(&at)))
        .collect()
}

/// The first places, and how many more.
pub(super) fn listed(places: &[String]) -> String {
    const SHOWN: usize = 6;
    let first = places.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if places.len() > SHOWN { format!("{first} and {} more places", places.len() - SHOWN) } else { first }
}

/// What happened to pages, as a verb.
fn verb(old: Option<Page>, new: Option<Page>) -> String {
    match (old, new) {
        (None, Some(new)) if new.kind == Kind::Swapped => "came and went to swap".to_owned(),
        (None, Some(new)) => format!("became resident ({new})"),
        (Some(old), None) if old.kind == Kind::Swapped => "left swap for good".to_owned(),
        (Some(old), None) => format!("went ({old})"),
        (Some(old), Some(new)) => change(old, new),
        (None, None) => String::new(),
    }
}

fn change(old: Page, new: Page) -> String {
    match (old.kind, new.kind) {
        (_, Kind::Swapped) => "went to swap".to_owned(),
        (Kind::Swapped, _) => format!("came back from swap ({new})"),
        (Kind::Zero, _) => format!("got a frame instead of the zero page ({new})"),
        (a, b) if a != b => format!("changed from {old} to {new}"),
        _ if old.mapcount == new.mapcount && old.rights == new.rights => format!("stayed {new}"),
        _ => format!("changed from {old} to {new}"),
    }
}
