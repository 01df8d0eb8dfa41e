//! What is modelled, as a table generated from the code: the kernel's own, the runner's calls and the keys of `machine(…)`.

use memtwin_alloc::{GlibcVersion, MallocKind};
use memtwin_kernel::mmu::paging::FormatName;

use crate::calls::{calls, settings};

/// A part of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A thing and how far it is modelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The call, flag or key.
    pub subject: String,
    /// `as Linux`, `differs: …` or `refused`.
    pub state: String,
}

/// The whole table.
pub fn sections() -> Vec<Section> {
    vec![system_calls(), language(), keys(), mallocs(), releases(), mmus()]
}

fn system_calls() -> Section {
    let rows = memtwin_kernel::support::support().map(|row| Row {
        subject: format!("{} {}", row.call, row.flag).trim_end().to_owned(),
        state: row.support.to_string(),
    });
    Section { title: "System calls and their flags", rows: rows.collect() }
}

fn language() -> Section {
    let rows = calls().map(|call| Row { subject: call.prototype(), state: built(true) }).collect();
    Section { title: "Calls of scenarios", rows }
}

fn keys() -> Section {
    let row = |setting: &crate::calls::Setting| Row {
        subject: format!("{}= ({})", setting.key, setting.meaning),
        state: built(setting.is_built()),
    };
    Section { title: "Keys of machine(…)", rows: settings().map(row).collect() }
}

fn mallocs() -> Section {
    let row = |kind: &MallocKind| Row { subject: kind.to_string(), state: kind.describes().to_owned() };
    Section { title: "Mallocs of --alloc", rows: MallocKind::ALL.iter().map(row).collect() }
}

fn releases() -> Section {
    let state = |glibc: GlibcVersion| match (glibc.is_modelled(), glibc.is_compared()) {
        (true, true) => "as glibc: compared with the real library",
        (true, false) => "as glibc by its history: not compared",
        _ => "refused",
    };
    let row = |glibc: GlibcVersion| Row { subject: glibc.to_string(), state: state(glibc).to_owned() };
    Section { title: "Releases of glibc=", rows: GlibcVersion::all().map(row).collect() }
}

fn mmus() -> Section {
    let row = |name: &FormatName| Row { subject: name.to_string(), state: name.describes().to_owned() };
    Section { title: "MMUs of --mmu", rows: FormatName::ALL.iter().map(row).collect() }
}

fn built(is_built: bool) -> String {
    if is_built { "yes" } else { "refused: not modelled yet" }.to_owned()
}
