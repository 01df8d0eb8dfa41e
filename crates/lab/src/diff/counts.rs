//! Figures that grew or shrank.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::MachineState;

/// One sentence for all figures that differ: `VmRSS +12, VmSize -64`.
pub(super) fn changed(
    title: &str,
    then: &BTreeMap<String, u64>,
    now: &BTreeMap<String, u64>,
) -> Option<String> {
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let of = |counts: &BTreeMap<String, u64>, name| i128::from(counts.get(name).copied().unwrap_or_default());
    let grown = names.into_iter().map(|name| (name, of(now, name) - of(then, name)));
    let shown: Vec<String> =
        grown.filter(|(_, by)| *by != 0).map(|(name, by)| format!("{name} {by:+}")).collect();
    (!shown.is_empty()).then(|| format!("{title}{}", shown.join(", ")))
}

/// What changed of the machine.
pub(super) fn machine(then: &MachineState, now: &MachineState) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&then.ledger, &now.ledger) {
        changes.extend(changed("faults by cause: ", &old.by_cause, &new.by_cause));
        changes.extend(changed("faults by call: ", &old.by_call, &new.by_call));
    }
    if let (Some(old), Some(new)) = (&then.counters, &now.counters) {
        changes.extend(changed("machine: ", old, new));
    }
    for (title, old, new) in [("frames", &then.frames, &now.frames), ("swap", &then.swap, &now.swap)] {
        if let (Some(old), Some(new)) = (old, new) {
            changes.extend(lines(title, old, new));
        }
    }
    changes
}

/// Lines that are only in one of the two.
fn lines(title: &str, then: &[String], now: &[String]) -> Vec<String> {
    let gone = then.iter().filter(|line| !now.contains(line)).map(|line| format!("{title}: - {line}"));
    let new = now.iter().filter(|line| !then.contains(line)).map(|line| format!("{title}: + {line}"));
    gone.chain(new).collect()
}
