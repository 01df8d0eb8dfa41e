//! Mapcounts of small anonymous pages, a run of page-table entries at a time.

use super::is_small_anon;
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::phys::{Frame, FrameFlags, Pattern, Phys};

/// Of these flags, an entry that maps a frame for the hardware has PRESENT alone.
const PRESENT_KIND: PteFlags = PteFlags::PRESENT.union(PteFlags::SPECIAL);

/// So many entries are looked at together.
const MANY: usize = 16;

/// [`Machine::rmap_dup`](crate::Machine::rmap_dup) for as many entries at the start of `words` as map small anonymous pages: how
/// many. Fewer where nothing speaks against more, but none only if the first does not.
pub(crate) fn dup_small_anon(phys: &mut Phys, words: &[u64]) -> usize {
    let (many, _) = words.as_chunks();
    let pages = MANY * many.iter().take_while(|words| dup_neighbours(phys, words)).count();
    if pages > 0 {
        return pages;
    }
    let mut pages = 0;
    for word in words.iter().take(MANY) {
        let frame = mapped(*word).and_then(|pfn| phys.frames.find_mut(pfn));
        let Some(frame) = frame.filter(|frame| SELDOM_MAPPED.fits(std::slice::from_ref(*frame))) else {
            break;
        };
        dup(frame);
        pages += 1;
    }
    if pages == 0 { dup_one(phys, words) } else { pages }
}

/// The same for frames side by side, all of them or none: whether it was all.
#[inline(always)]
fn dup_neighbours(phys: &mut Phys, words: &[u64; MANY]) -> bool {
    let Some(Way::Up(first) | Way::Down(first)) = way(words) else { return false };
    let frames = phys.frames.many_mut::<MANY>(first);
    let Some(frames) = frames.filter(|frames| SELDOM_MAPPED.fits(*frames)) else { return false };
    dup_many(frames);
    true
}

const SMALL: FrameFlags = FrameFlags::ANON.union(FrameFlags::HEAD).union(FrameFlags::TAIL);
const SELDOM_MAPPED: Pattern = Pattern::seldom_mapped(SMALL, FrameFlags::ANON);

/// (Apart from the look at them: the compiler would keep all that was seen, where two instructions each change them in their place.)
#[inline(never)]
fn dup_many(frames: &mut [Frame; MANY]) {
    frames.iter_mut().for_each(dup);
}

#[inline(always)]
fn dup(frame: &mut Frame) {
    frame.remove(FrameFlags::ANON_EXCLUSIVE);
    frame.add_one_of_few();
}

/// How frames that lie side by side are mapped, with the lowest of them.
enum Way {
    /// The lowest first.
    Up(Pfn),
    /// The highest first.
    Down(Pfn),
}

/// Whether the entries map frames for the hardware that lie side by side.
#[inline(always)]
fn way(words: &[u64; MANY]) -> Option<Way> {
    let (first, last) = (mapped(words[0])?, Pte(words[MANY - 1]).pfn());
    match first < last {
        true => goes_on::<{ Pte::ONE_FRAME }>(words).then_some(Way::Up(first)),
        false => goes_on::<{ Pte::ONE_FRAME.wrapping_neg() }>(words).then_some(Way::Down(last)),
    }
}

/// Whether each entry is like the first, but for its frame, which is `STEP` further than the one before.
#[inline(always)]
fn goes_on<const STEP: u64>(words: &[u64; MANY]) -> bool {
    const SAME: u64 = Pte::PFN_MASK | PRESENT_KIND.bits();
    let mut differs = 0;
    for (i, word) in (0..).zip(words) {
        differs |= word ^ words[0].wrapping_add(STEP.wrapping_mul(i));
    }
    differs & SAME == 0
}

fn dup_one(phys: &mut Phys, words: &[u64]) -> usize {
    let Some(frame) = first_frame(phys, words).filter(|frame| is_small_anon(frame)) else { return 0 };
    frame.remove(FrameFlags::ANON_EXCLUSIVE);
    frame.inc_mapcount();
    1
}

/// [`Machine::rmap_remove`](crate::Machine::rmap_remove) for as many entries at the start of `words` as map small anonymous pages that
/// are not in swap, which are cleared: how many. Fewer where nothing speaks against more, but none only if the first does not.
pub(crate) fn remove_small_anon(phys: &mut Phys, words: &mut [u64]) -> usize {
    let (many, _) = words.as_chunks_mut();
    let gone = many.iter_mut().map(|words| remove_neighbours(phys, words)).take_while(|all| *all);
    let freed = MANY * gone.count();
    if freed > 0 {
        return freed;
    }
    let freed = phys.free_mapped_once(words.iter().take(MANY).map_while(|word| mapped(*word)));
    let freed = if freed == 0 { remove_one(phys, words) } else { freed };
    words[..freed].fill(Pte::NONE.0);
    freed
}

/// The same for frames side by side, all of them or none: whether it was all.
#[inline(always)]
fn remove_neighbours(phys: &mut Phys, words: &mut [u64; MANY]) -> bool {
    let all = match way(words) {
        Some(Way::Up(first)) => phys.free_many_mapped_once::<MANY, false>(first),
        Some(Way::Down(first)) => phys.free_many_mapped_once::<MANY, true>(first),
        None => false,
    };
    if all {
        words.fill(Pte::NONE.0);
    }
    all
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
    (word & PRESENT_KIND.bits() == PteFlags::PRESENT.bits()).then(|| Pte(word).pfn())
}

/// The frame that the first of `words` maps, for the hardware or not.
fn first_frame<'p>(phys: &'p mut Phys, words: &[u64]) -> Option<&'p mut Frame> {
    let pte = Pte(*words.first()?);
    (pte.is_mapped() && !pte.is_special()).then(|| phys.frame_mut(pte.pfn()))
}

#[cfg(test)]
mod tests;
