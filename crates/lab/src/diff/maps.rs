//! Mappings that appeared, went, were split, merged, moved at their ends or got other rights.

use crate::place::size;
use crate::state::MapState;

pub(super) fn changes(then: &[MapState], now: &[MapState]) -> Vec<String> {
    let mut changes: Vec<String> = then.iter().filter_map(|old| fate(old, then, now)).collect();
    let merged = |new: &MapState| {
        let parts: Vec<&MapState> = then.iter().filter(|old| overlap(old, new)).collect();
        match parts.as_slice() {
            [] => Some(format!("{} was mapped: {}", new.start, described(new))),
            [_] => None,
            many => Some(format!("{} were merged into {} at {}", names(many), described(new), new.start)),
        }
    };
    changes.extend(now.iter().filter_map(merged));
    changes
}

/// What became of a mapping; `None` if nothing, or if a sentence about the new mapping says it.
fn fate(old: &MapState, then: &[MapState], now: &[MapState]) -> Option<String> {
    let parts: Vec<&MapState> = now.iter().filter(|new| overlap(old, new)).collect();
    let name = format!("{} ({})", old.start, described(old));
    match parts.as_slice() {
        [] => Some(format!("{name} was unmapped")),
        [new] if then.iter().filter(|other| overlap(other, new)).count() > 1 => None,
        [new] => one(&name, old, new),
        many => {
            let pieces: Vec<String> =
                many.iter().map(|new| format!("{} at {}", described(new), offset(old, new))).collect();
            let hole = if covered(old, many) { "" } else { ", the rest was unmapped" };
            Some(format!("{name} was split: {}{hole}", pieces.join(", ")))
        }
    }
}

/// One mapping that is still one.
fn one(name: &str, old: &MapState, new: &MapState) -> Option<String> {
    let ends = [("start", old.start.addr, new.start.addr), ("end", new.end(), old.end())];
    let mut changed: Vec<String> = Vec::new();
    for (which, grown_from, grown_to) in ends {
        if grown_from > grown_to {
            changed.push(format!("grew by {} at its {which}", size(grown_from - grown_to)));
        } else if grown_to > grown_from {
            changed.push(format!("lost {} at its {which}", size(grown_to - grown_from)));
        }
    }
    if old.perms != new.perms {
        changed.push(format!("became {}", new.perms));
    }
    if old.name != new.name {
        let shown = if new.name.is_empty() { "without a name" } else { &new.name };
        changed.push(format!("is now {shown}"));
    }
    (!changed.is_empty()).then(|| format!("{name} {}", changed.join(", ")))
}

fn overlap(a: &MapState, b: &MapState) -> bool {
    a.start.addr < b.end() && b.start.addr < a.end()
}

fn covered(old: &MapState, parts: &[&MapState]) -> bool {
    let within = |new: &&MapState| new.end().min(old.end()) - new.start.addr.max(old.start.addr);
    parts.iter().map(within).sum::<u64>() == old.bytes
}

/// Where a piece begins, in terms of the mapping that was.
fn offset(old: &MapState, new: &MapState) -> String {
    match new.start.addr.checked_sub(old.start.addr) {
        None => new.start.to_string(),
        Some(0) => old.start.to_string(),
        Some(_) if old.start.name.contains('+') => new.start.to_string(),
        Some(offset) => format!("{}+{offset:#x}", old.start),
    }
}

fn described(map: &MapState) -> String {
    let name = if map.name.is_empty() { String::new() } else { format!(" {}", map.name) };
    format!("{} {}{name}", size(map.bytes), map.perms)
}

fn names(maps: &[&MapState]) -> String {
    let names: Vec<String> = maps.iter().map(|map| format!("{} ({})", map.start, described(map))).collect();
    names.join(" and ")
}
