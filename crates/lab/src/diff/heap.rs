//! Chunks that moved between the program and the lists, were cut off others or joined to others.

use std::collections::BTreeMap;

use memtwin_alloc::{Chunk, ChunkState};

use super::pages::listed;
use crate::place::Places;
use crate::state::chunk_name;

pub(super) fn changes(then: &[Chunk], now: &[Chunk], (before, after): (&Places, &Places)) -> Vec<String> {
    let mut told = Told::default();
    for new in now {
        match at(then, new.addr) {
            Some(old) => told.add(moved(old, new), new.size, after.at(new.addr).name),
            None => told.add(Some(appeared(new, then, before)), new.size, after.at(new.addr).name),
        }
    }
    for old in then.iter().filter(|old| at(now, old.addr).is_none()) {
        told.add(Some(went(old, now, after)), old.size, before.at(old.addr).name);
    }
    told.sentences()
}

/// What happened, and to which chunks.
#[derive(Default)]
struct Told(BTreeMap<(String, u64), Vec<String>>);

impl Told {
    fn add(&mut self, what: Option<String>, size: u64, name: String) {
        if let Some(what) = what {
            self.0.entry((what, size)).or_default().push(name);
        }
    }

    fn sentences(self) -> Vec<String> {
        let sentence = |((what, size), chunks): ((String, u64), Vec<String>)| match chunks.as_slice() {
            [chunk] => format!("chunk {chunk} ({size} bytes) {what}"),
            many => format!("{} chunks of {size} bytes {what}: {}", many.len(), listed(many)),
        };
        self.0.into_iter().map(sentence).collect()
    }
}

fn at(chunks: &[Chunk], addr: u64) -> Option<&Chunk> {
    chunks.binary_search_by_key(&addr, |chunk| chunk.addr).ok().map(|found| &chunks[found])
}

/// The chunk that an address is in.
fn holder(chunks: &[Chunk], addr: u64) -> Option<&Chunk> {
    let next = chunks.partition_point(|chunk| chunk.addr <= addr);
    chunks[..next].last().filter(|chunk| addr < chunk.end())
}

/// A chunk that starts where one started.
fn moved(old: &Chunk, new: &Chunk) -> Option<String> {
    let (from, to) = (chunk_name(old), chunk_name(new));
    let resized = match new.size.cmp(&old.size) {
        std::cmp::Ordering::Equal => String::new(),
        std::cmp::Ordering::Less => format!(", {} bytes smaller", old.size - new.size),
        std::cmp::Ordering::Greater => format!(", {} bytes larger", new.size - old.size),
    };
    if old.state == ChunkState::Top && new.state != ChunkState::Top {
        return Some(format!("was cut from the top, {to}"));
    }
    if from != to {
        return Some(format!("moved from {from} to {to}{resized}"));
    }
    if !resized.is_empty() {
        return Some(format!("stayed {to}{resized}"));
    }
    (old.requested != new.requested).then(|| {
        let asked = new.requested.map_or("nothing".to_owned(), |bytes| bytes.to_string());
        format!("stayed {to}, now {asked} asked for")
    })
}

fn appeared(new: &Chunk, then: &[Chunk], before: &Places) -> String {
    let what = chunk_name(new);
    match holder(then, new.addr) {
        Some(from) if from.state == ChunkState::Top && new.state == ChunkState::Top => {
            format!("is the top now, {} bytes smaller", from.size.saturating_sub(new.size))
        }
        Some(from) if from.state == ChunkState::Top => format!("was cut from the top, {what}"),
        Some(from) => format!("was cut from {} ({}), {what}", before.at(from.addr), chunk_name(from)),
        None => format!("is new, {what}"),
    }
}

fn went(old: &Chunk, now: &[Chunk], after: &Places) -> String {
    let what = chunk_name(old);
    match holder(now, old.addr) {
        Some(to) if to.state == ChunkState::Top => format!("({what}) was joined to the top"),
        Some(to) => format!("({what}) was joined to {} ({})", after.at(to.addr), chunk_name(to)),
        None => format!("({what}) went back to the system"),
    }
}
