//! How many page faults a piece of work may cause.

use std::collections::BTreeMap;

use memtwin_workload::Twin;
use memtwin_workload::report::{Faults, Report};

/// A budget of page faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    minor: u64,
    major: u64,
}

impl Budget {
    /// At most `minor` minor faults, and no major one.
    pub fn at_most(minor: u64) -> Budget {
        Budget { minor, major: 0 }
    }

    /// At most `major` major faults as well.
    #[must_use]
    pub fn and_major(self, major: u64) -> Budget {
        Budget { major, ..self }
    }

    /// Does the work, and gives what it gave.
    ///
    /// # Panics
    /// If it caused more faults than this. The message has the faults it caused by cause, owner, call and mapping.
    #[track_caller]
    pub fn of<R>(self, twin: &mut Twin, work: impl FnOnce(&mut Twin) -> R) -> R {
        let before = Report::of_twin(twin).faults;
        let result = work(twin);
        if let Some(complaint) = self.complaint(&before, &Report::of_twin(twin).faults) {
            panic!("{complaint}");
        }
        result
    }

    /// What to say if more was spent from `before` to `after`.
    fn complaint(self, before: &Faults, after: &Faults) -> Option<String> {
        let (minor, major) = (after.minflt - before.minflt, after.majflt - before.majflt);
        if minor <= self.minor && major <= self.major {
            return None;
        }
        let since = |then, now| since(then, now);
        Some(format!(
            "{minor} minor and {major} major faults, where at most {} and {} were expected\n\
             by cause: {}\nby owner: {}\nby call: {}\nby mapping: {}",
            self.minor,
            self.major,
            since(&before.by_cause, &after.by_cause),
            since(&before.by_owner, &after.by_owner),
            since(&before.by_call, &after.by_call),
            since(&before.by_mapping, &after.by_mapping),
        ))
    }
}

/// What was added, as `NAME COUNT, …`.
fn since(then: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> String {
    let grown = now.iter().map(|(name, count)| (name, count - then.get(name).copied().unwrap_or_default()));
    let shown = grown.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
    shown.collect::<Vec<_>>().join(", ")
}
