//! A process's mappings, pages, heap and sizes.

use std::collections::BTreeMap;

use memtwin_alloc::ChunkState;
use memtwin_kernel::{Errno, Pid};
use memtwin_workload::Twin;
use serde::Serialize;

use super::{HeapState, PageRun, Sections};
use crate::Place;
use crate::place::Places;

/// A process; a section that was not asked for is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessState {
    /// Its mappings, lowest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maps: Option<Vec<MapState>>,
    /// Its pages in runs, lowest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pages: Option<Vec<PageRun>>,
    /// Its page tables, a line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<String>>,
    /// Its heap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heap: Option<HeapState>,
    /// The sizes of `/proc/PID/status` in kB and its faults, those that are not zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counters: Option<BTreeMap<String, u64>>,
    #[serde(skip)]
    pub(crate) places: Places,
}

/// A mapping.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapState {
    /// Where it begins.
    pub start: Place,
    /// Its bytes.
    pub bytes: u64,
    /// `rwxp`, or `s` where it is shared.
    pub perms: String,
    /// Its offset in its file, in bytes.
    pub offset: u64,
    /// The name that `/proc/PID/maps` shows, if any.
    pub name: String,
}

impl MapState {
    /// One past its last byte.
    pub fn end(&self) -> u64 {
        self.start.addr + self.bytes
    }
}

impl ProcessState {
    pub(super) fn of(twin: &Twin, pid: Pid, sections: Sections, raw: bool) -> Result<ProcessState, Errno> {
        let places = if raw { Places::raw() } else { Places::of(&twin.kernel, pid)? };
        let has = |section| sections.contains(section);
        let mm = twin.kernel.process(pid)?.mm;
        let machine = &twin.kernel.machine;
        let heap = sections.intersects(Sections::HEAP | Sections::BINS);
        Ok(ProcessState {
            maps: has(Sections::MAPS).then(|| maps(twin, pid, &places)).transpose()?,
            pages: has(Sections::PAGES).then(|| PageRun::all(machine, mm, &places)),
            tables: has(Sections::TABLES).then(|| lines(&machine.view_tables(mm))),
            heap: heap.then(|| HeapState::of(twin, pid, sections, &places)).transpose()?,
            counters: has(Sections::COUNTERS).then(|| counters(twin, pid)).transpose()?,
            places,
        })
    }
}

impl ProcessState {
    /// Whether no section of it was asked for.
    pub(super) fn is_empty(&self) -> bool {
        let heap = self.heap.is_none() && self.counters.is_none();
        heap && self.maps.is_none() && self.pages.is_none() && self.tables.is_none()
    }

    /// Whether a chunk with its header at `addr` is the program's.
    pub(crate) fn has_block(&self, addr: u64) -> bool {
        let lives = |state| matches!(state, ChunkState::InUse | ChunkState::Mapped);
        let chunks = self.heap.iter().flat_map(|heap| &heap.chunks);
        chunks.into_iter().any(|chunk| chunk.addr == addr && lives(chunk.state))
    }
}

/// A view's lines.
pub(super) fn lines(view: &impl ToString) -> Vec<String> {
    view.to_string().lines().map(str::to_owned).collect()
}

fn maps(twin: &Twin, pid: Pid, places: &Places) -> Result<Vec<MapState>, Errno> {
    let map = |entry: memtwin_kernel::proc::MapsEntry| MapState {
        start: places.at(entry.start),
        bytes: entry.end - entry.start,
        perms: entry.perms,
        offset: entry.offset,
        name: entry.name,
    };
    Ok(twin.kernel.maps(pid)?.into_iter().map(map).collect())
}

fn counters(twin: &Twin, pid: Pid) -> Result<BTreeMap<String, u64>, Errno> {
    let status = twin.kernel.status_data(pid)?;
    let sizes = memtwin_kernel::proc::status::NAMES.iter().zip(status.kb).map(|(name, kb)| (*name, kb));
    let faults = twin.kernel.faults_so_far(pid)?;
    let faults = [("minflt", faults.minflt), ("majflt", faults.majflt)];
    let all = sizes.chain(faults).filter(|(_, value)| *value > 0);
    Ok(all.map(|(name, value)| (name.to_owned(), value)).collect())
}
