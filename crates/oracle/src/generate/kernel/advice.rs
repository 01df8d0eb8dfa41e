//! madvise, the mlock family, msync and mseal.

use super::super::profile::Profile;
use super::Script;

/// What any mapping may be advised.
pub(in crate::generate) const ADVICE: &[&str] = &[
    "MADV_DONTNEED",
    "MADV_FREE",
    "MADV_COLD",
    "MADV_NORMAL",
    "MADV_RANDOM",
    "MADV_SEQUENTIAL",
    "MADV_WILLNEED",
    "MADV_REMOVE",
    "MADV_DONTFORK",
    "MADV_DOFORK",
    "MADV_WIPEONFORK",
    "MADV_KEEPONFORK",
    "MADV_DONTDUMP",
    "MADV_DODUMP",
    "MADV_HUGEPAGE",
    "MADV_NOHUGEPAGE",
    "MADV_COLLAPSE",
    "MADV_POPULATE_READ",
    "MADV_POPULATE_WRITE",
    "MADV_DONTNEED_LOCKED",
    "MADV_GUARD_INSTALL",
    "MADV_GUARD_REMOVE",
    "MADV_MERGEABLE",
    "MADV_UNMERGEABLE",
];

/// What is refused for want of a right, of a meaning or of both.
const REFUSED: &[&str] = &["MADV_HWPOISON", "MADV_SOFT_OFFLINE", "-1", "5", "12345"];

impl Script {
    pub(super) fn madvise(&mut self) {
        let (at, len) = (self.address(), self.length());
        let advice = match self.dice.percent(2) {
            true => self
                .dice
                .pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 18, 22, 23, 24, 26, 99, 100, 101, 102, 103, 104])
                .to_string(),
            false => self.advice().to_owned(),
        };
        self.say(&format!("madvise({at}, {len}, {advice})"));
    }

    fn advice(&mut self) -> &'static str {
        let favourites: &[&str] = match self.profile {
            Profile::Huge => {
                &["MADV_HUGEPAGE", "MADV_NOHUGEPAGE", "MADV_DONTNEED", "MADV_FREE", "MADV_COLLAPSE"]
            }
            Profile::Guard => {
                &["MADV_GUARD_INSTALL", "MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE", "MADV_DONTNEED"]
            }
            Profile::Populate => {
                &["MADV_POPULATE_READ", "MADV_POPULATE_WRITE", "MADV_DONTNEED", "MADV_WILLNEED"]
            }
            Profile::Fork => {
                &["MADV_DONTFORK", "MADV_WIPEONFORK", "MADV_KEEPONFORK", "MADV_DOFORK", "MADV_FREE"]
            }
            Profile::Lock => &["MADV_DONTNEED_LOCKED", "MADV_DONTNEED", "MADV_FREE"],
            Profile::Memfd | Profile::Shared => &["MADV_REMOVE", "MADV_DONTNEED", "MADV_COLD"],
            Profile::Merge => {
                &["MADV_RANDOM", "MADV_NORMAL", "MADV_DONTDUMP", "MADV_DODUMP", "MADV_MERGEABLE"]
            }
            Profile::Readahead | Profile::File => &[
                "MADV_RANDOM",
                "MADV_SEQUENTIAL",
                "MADV_NORMAL",
                "MADV_WILLNEED",
                "MADV_COLD",
                "MADV_PAGEOUT",
            ],
            Profile::Errors => REFUSED,
            Profile::Placement => {
                return self.dice.pick(&["MADV_NORMAL", "MADV_RANDOM", "MADV_DONTNEED", "MADV_HUGEPAGE"]);
            }
            _ => &[],
        };
        match self.dice.below(100) {
            0 => self.dice.pick(REFUSED),
            1..=45 if !favourites.is_empty() => self.dice.pick(favourites),
            _ => self.any_advice(),
        }
    }

    /// Those that discard more often than the others, and seldom a number that means nothing.
    fn any_advice(&mut self) -> &'static str {
        match self.dice.below(ADVICE.len() as u64 + 4) {
            0..=2 => ADVICE[0],
            3 | 4 => ADVICE[1],
            n => ADVICE.get(n as usize - 3).unwrap_or(&"77"),
        }
    }

    /// mseal, of little: what is sealed stays for good.
    pub(super) fn seal(&mut self) {
        let at = self.address();
        let len = match self.dice.percent(80) {
            true => self.dice.pick(&["4K", "4K", "8K", "12K", "1"]).to_owned(),
            false => self.wide_length(),
        };
        let flags = if self.dice.percent(96) { 0 } else { 1 };
        self.say(&format!("mseal({at}, {len}, {flags})"));
    }

    /// mlock or munlock.
    pub(super) fn lock(&mut self) {
        let (at, len) = (self.address(), self.wide_length());
        match self.dice.below(100) {
            0..=51 => self.say(&format!("mlock({at}, {len})")),
            52..=59 => {
                let flags = self.dice.pick(&[0, 1, 1, 1, 1, 2, 3]);
                self.say(&format!("mlock2({at}, {len}, {flags})"));
            }
            _ => self.say(&format!("munlock({at}, {len})")),
        }
    }

    /// mlockall or munlockall.
    pub(super) fn lock_all(&mut self) {
        if self.dice.percent(45) {
            return self.say("munlockall()");
        }
        let flags = self.dice.weighted(&[
            (8, "MCL_CURRENT"),
            (8, "MCL_FUTURE"),
            (8, "MCL_CURRENT|MCL_FUTURE"),
            (4, "MCL_CURRENT|MCL_ONFAULT"),
            (4, "MCL_FUTURE|MCL_ONFAULT"),
            (3, "MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT"),
            (1, "MCL_ONFAULT"),
            (1, "0"),
            (1, "8"),
        ]);
        self.say(&format!("mlockall({flags})"));
    }

    pub(super) fn msync(&mut self) {
        let (at, len) = (self.address(), self.length());
        let flags = self.dice.weighted(&[
            (10, "MS_SYNC"),
            (6, "MS_ASYNC"),
            (2, "0"),
            (1, "MS_INVALIDATE"),
            (2, "MS_SYNC|MS_INVALIDATE"),
            (1, "MS_ASYNC|MS_SYNC"),
            (1, "MS_ASYNC|MS_INVALIDATE"),
            (1, "8"),
        ]);
        self.say(&format!("msync({at}, {len}, {flags})"));
    }
}
