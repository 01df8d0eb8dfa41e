//! The pools of huge pages: set for the whole host, and emptied again when the scenario is over. What others hold of them is left out.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::session::{Session, no_such_call, words};
use crate::script::Line;
use std::time::Duration;
use std::{fs, thread};

/// The pools by the size of their pages, with the endings of the calls that set them.
const POOLS: [(&str, &str); 2] = [("2048kB", ""), ("1048576kB", "_1g")];
const FIGURES: [(&str, &str); 4] = [
    ("total", "nr_hugepages"),
    ("free", "free_hugepages"),
    ("rsvd", "resv_hugepages"),
    ("surp", "surplus_hugepages"),
];

/// What each pool had before the scenario, by [`FIGURES`]: pages that others use, or that were promised to them.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Pools([[u64; 4]; 2]);

impl Pools {
    /// The pools as they are, emptied as far as they go.
    pub(in super::super) fn empty() -> Self {
        for (pool, _) in POOLS {
            write(pool, "nr_overcommit_hugepages", 0);
            write(pool, "nr_hugepages", 0);
            // What is left is surplus until it is asked for.
            write(pool, "nr_hugepages", figure(pool, "nr_hugepages"));
        }
        Self(POOLS.map(|(pool, _)| FIGURES.map(|(_, file)| figure(pool, file))))
    }

    /// Empties them when the processes that used them are gone wholly: their files close a little later.
    pub(in super::super) fn restore(&self) {
        let busy = || {
            let pages = POOLS.iter().zip(self.0).map(|((pool, _), [total, free, ..])| {
                figure(pool, "nr_hugepages") - figure(pool, "free_hugepages") > total - free
            });
            pages.into_iter().any(|more| more)
        };
        (0..100).take_while(|_| busy()).for_each(|_| thread::sleep(Duration::from_millis(5)));
        for (pool, _) in POOLS {
            write(pool, "nr_overcommit_hugepages", 0);
            write(pool, "nr_hugepages", 0);
        }
    }

    /// `nr_hugepages(N)`, `nr_hugepages_1g(N)` and `nr_overcommit_hugepages(N)`: what the kernel then says.
    pub(super) fn set(session: &Session<'_>, line: &Line<'_>) -> Result<Answer, HostError> {
        let [pages] = session.values(line)?;
        let (file, ending) = line.call.split_at(line.call.find("_1g").unwrap_or(line.call.len()));
        let at = POOLS.iter().position(|(_, known)| *known == ending).ok_or_else(|| no_such_call(line))?;
        let others = if file == "nr_hugepages" { session.pools.0[at][0] } else { 0 };
        write(POOLS[at].0, file, pages + others);
        Ok(Answer::number((figure(POOLS[at].0, file) - others) as i64))
    }

    /// `hugepages()`: the figures that are not 0 of the pool of 2 MiB, then, with `1g_` before them, of that of 1 GiB.
    pub(super) fn show(session: &Session<'_>, line: &Line<'_>) -> Result<Answer, HostError> {
        let [] = words(line)?;
        let mut text = String::new();
        for (((pool, _), others), prefix) in POOLS.iter().zip(session.pools.0).zip(["", "1g_"]) {
            for ((name, file), others) in FIGURES.iter().zip(others) {
                let figure = figure(pool, file).wrapping_sub(others);
                if figure != 0 {
                    text.push_str(&format!(" {prefix}{name}={figure}"));
                }
            }
        }
        Ok(Answer::text(text))
    }
}

fn path(pool: &str, file: &str) -> String {
    format!("/sys/kernel/mm/hugepages/hugepages-{pool}/{file}")
}

fn figure(pool: &str, file: &str) -> u64 {
    fs::read_to_string(path(pool, file)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Writes a figure; what does not go, the kernel's own figure says.
fn write(pool: &str, file: &str, pages: u64) {
    let _refused = fs::write(path(pool, file), pages.to_string());
}
