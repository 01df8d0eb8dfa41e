//! One of the things that an experiment compares.

use std::fmt::Write;

use memtwin_mmu::policy::PolicyKind;

/// One of the things compared.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What it is, in a few words.
    pub label: &'static str,
    /// How it is tried.
    pub run: Run,
}

/// How a trial is tried. Texts are in pieces, each whole lines, so that trials can share them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Run {
    /// A scenario.
    Scenario {
        /// The lines before.
        setup: &'static [&'static str],
        /// The lines that are measured.
        lines: &'static [&'static str],
    },
    /// A string of page references under a replacement policy, without a machine.
    References {
        /// The policy.
        policy: PolicyKind,
        /// The size of memory in pages.
        frames: usize,
        /// Page numbers, or lines of references.
        string: &'static [&'static str],
        /// How many of the string's first pages, in the order of their first use, are the hot set.
        hot: u32,
    },
}

impl Trial {
    pub(super) const fn new(
        label: &'static str,
        setup: &'static [&'static str],
        lines: &'static [&'static str],
    ) -> Trial {
        Trial { label, run: Run::Scenario { setup, lines } }
    }

    /// The trial as a scenario; none where it is no scenario.
    pub fn scenario(&self) -> Option<String> {
        let Run::Scenario { setup, lines } = self.run else { return None };
        Some(format!("# {}\n{}# measured from here on\n{}", self.label, setup.concat(), lines.concat()))
    }

    /// The same with looks at each process before and after what is measured: what the figures are made of. None where a host
    /// cannot run it, since it asks for a machine of its own.
    pub fn evidence(&self) -> Option<String> {
        let Run::Scenario { setup, lines } = self.run else { return None };
        let (setup, lines) = (setup.concat(), lines.concat());
        if setup.starts_with("machine(") {
            return None;
        }
        let mut text = format!("# {}\n{setup}", self.label);
        look(&mut text);
        text.push_str(&lines);
        look(&mut text);
        Some(text)
    }
}

/// Adds a look at each process that the text has started.
fn look(text: &mut String) {
    let forks = text.lines().filter_map(|line| line.split_once("fork(")?.1.strip_suffix(')'));
    let processes: Vec<String> = ["1"].into_iter().chain(forks).map(str::to_owned).collect();
    for process in processes {
        for view in ["smaps", "status", "rusage"] {
            let _ = writeln!(text, "[{process}] {view}()");
        }
    }
}
