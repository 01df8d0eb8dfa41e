//! Mapcounts of small anonymous pages, a run of page-table entries at a time.

use super::is_small_anon;
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::phys::{Frame, FrameFlags, Phys};

/// [`Machine::rmap_dup`](crate::Machine::rmap_dup) for as many entries at the start of `words` as map small anonymous pages: how many.
pub(crate) fn dup_small_anon(phys: &mut Phys, words: &[u64]) -> usize {
    const KIND: FrameFlags = FrameFlags::ANON.union(FrameFlags::HEAD).union(FrameFlags::TAIL);
    let mut pages = 0;
    for word in words {
        let frame = mapped(*word).and_then(|pfn| phys.frames.find_mut(pfn));
        let Some(frame) = frame.filter(|frame| frame.has_few_mappings(KIND, FrameFlags::ANON)) else { break };
        frame.remove(FrameFlags::ANON_EXCLUSIVE);
        frame.add_one_of_few();
        pages += 1;
    }
    if pages == 0 { dup_one(phys, words) } else { pages }
}

fn dup_one(phys: &mut Phys, words: &[u64]) -> usize {
    let Some(frame) = first_frame(phys, words).filter(|frame| is_small_anon(frame)) else { return 0 };
    frame.remove(FrameFlags::ANON_EXCLUSIVE);
    frame.inc_mapcount();
    1
}

/// [`Machine::rmap_remove`](crate::Machine::rmap_remove) for as many entries at the start of `words` as map small anonymous pages that
/// are not in swap: how many. Fewer where nothing speaks against more, but none only if the first does not.
pub(crate) fn remove_small_anon(phys: &mut Phys, words: &[u64]) -> usize {
    let freed = phys.free_mapped_once(words.iter().map_while(|word| mapped(*word)));
    if freed == 0 { remove_one(phys, words) } else { freed }
}

fn remove_one(phys: &mut Phys, words: &[u64]) -> usize {
    let is_ours = |frame: &&mut Frame| is_small_anon(frame) && !frame.has(FrameFlags::SWAPCACHE);
    let Some(frame) = first_frame(phys, words).filter(is_ours) else { return 0 };
    if frame.dec_mapcount() == 0 {
        phys.free(Pte(words[0]).pfn());
    }
    1
}

/// The frame that an entry maps for the hardware, with a descriptor behind it.
#[inline]
fn mapped(word: u64) -> Option<Pfn> {
    const KIND: u64 = PteFlags::PRESENT.union(PteFlags::SPECIAL).bits();
    (word & KIND == PteFlags::PRESENT.bits()).then(|| Pte(word).pfn())
}

/// The frame that the first of `words` maps, for the hardware or not.
fn first_frame<'p>(phys: &'p mut Phys, words: &[u64]) -> Option<&'p mut Frame> {
    let pte = Pte(*words.first()?);
    (pte.is_mapped() && !pte.is_special()).then(|| phys.frame_mut(pte.pfn()))
}
