//! Page-table entries in frames: read and written in the machine's format, one by one and in runs.
//!
//! Where the format's words are the neutral entries themselves (x86-64), this is plain loads and stores.

use super::{Phys, Slot};
use crate::Pfn;
use crate::paging::{EntryRef, Pte};
use crate::walk::{MAX_ENTRIES, Run};

impl Phys {
    /// Whether entries are the neutral words themselves.
    #[inline]
    pub(crate) fn has_plain_entries(&self) -> bool {
        self.plain
    }

    /// Reads an entry.
    #[inline]
    pub fn pte(&self, at: EntryRef) -> Pte {
        match self.plain {
            true => self.plain_pte(at),
            false => self.coded_pte(at),
        }
    }

    /// The same where the format is known to be plain.
    #[inline(always)]
    pub(crate) fn plain_pte(&self, at: EntryRef) -> Pte {
        Pte(self.host.word(at.table, at.index as usize * 8))
    }

    /// The same where the host is known to have the table in `slot`.
    #[inline(always)]
    pub(crate) fn pte_in(&self, slot: Slot, at: EntryRef) -> Pte {
        match self.plain {
            true => Pte(self.host.word_in(slot, at.index as usize * 8)),
            false => self.coded_pte(at),
        }
    }

    /// Writes an entry. The TLB does not notice: the flush is the caller's.
    #[inline]
    pub fn set_pte(&mut self, at: EntryRef, pte: Pte) {
        self.upper_changes += u64::from(at.level);
        match self.plain {
            true => self.host.set_word(at.table, at.index as usize * 8, pte.0),
            false => self.set_coded_pte(at, pte),
        }
    }

    /// The entry as it stands in memory, 4 or 8 bytes of it.
    pub fn raw_pte(&self, at: EntryRef) -> u64 {
        let (word, shift) = self.place(at);
        let bits = self.host.word(at.table, word) >> shift;
        if self.format.entry_shift == 3 { bits } else { bits & u64::from(u32::MAX) }
    }

    #[inline(never)]
    fn coded_pte(&self, at: EntryRef) -> Pte {
        self.format.decode(self.raw_pte(at), at.level.into())
    }

    #[inline(never)]
    fn set_coded_pte(&mut self, at: EntryRef, pte: Pte) {
        let raw = self.format.encode(pte, at.level.into());
        let (word, shift) = self.place(at);
        let kept = match self.format.entry_shift {
            3 => 0,
            _ => self.host.word(at.table, word) & !(u64::from(u32::MAX) << shift),
        };
        self.host.set_word(at.table, word, kept | raw << shift);
    }

    /// The byte offset of the 8 bytes that hold the entry, and how far up in them it begins.
    fn place(&self, at: EntryRef) -> (usize, u32) {
        let offset = (at.index as usize) << self.format.entry_shift;
        (offset & !7, (offset as u32 & 7) * 8)
    }

    /// Reads the entries of `run` into as many neutral words.
    pub(crate) fn read_run(&self, run: Run, into: &mut [u64]) {
        match self.plain {
            true => into.copy_from_slice(&self.host.words(run.table)[run.range()]),
            false => into.iter_mut().enumerate().for_each(|(i, word)| *word = self.coded_pte(run.entry(i)).0),
        }
    }

    /// The entries of `run` as neutral words, and none behind them.
    #[inline]
    pub(crate) fn entries(&self, run: Run) -> [u64; MAX_ENTRIES] {
        let whole = self.plain.then(|| &self.host.words(run.table)[run.range()]);
        if let Some(words) = whole.and_then(|words| words.first_chunk()) {
            return *words;
        }
        let mut words = [Pte::NONE.0; MAX_ENTRIES];
        self.read_run(run, &mut words[..run.len]);
        words
    }

    /// Writes the entries of `run` from as many neutral words.
    pub(crate) fn write_run(&mut self, run: Run, from: &[u64]) {
        match self.plain {
            true => self.host.words_mut(run.table)[run.range()].copy_from_slice(from),
            false => (0..).zip(from).for_each(|(i, word)| self.set_coded_pte(run.entry(i), Pte(*word))),
        }
    }

    /// Makes all entries of `run` the same.
    pub(crate) fn fill_run(&mut self, run: Run, pte: Pte) {
        match self.plain {
            true => self.host.words_mut(run.table)[run.range()].fill(pte.0),
            false => (0..run.len).for_each(|i| self.set_coded_pte(run.entry(i), pte)),
        }
    }

    /// Replaces each entry of `run`.
    pub(crate) fn change_run(&mut self, run: Run, change: impl Fn(Pte) -> Pte) {
        for i in 0..run.len {
            let at = run.entry(i);
            let pte = self.pte(at);
            if change(pte) != pte {
                self.set_pte(at, change(pte));
            }
        }
    }

    /// Whether nothing is in the table `pfn`.
    pub(crate) fn is_empty_table(&self, pfn: Pfn) -> bool {
        self.host.words(pfn).iter().all(|word| *word == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::{FormatName, PteFlags};

    #[test]
    fn entries_of_4_bytes_do_not_disturb_each_other() {
        let mut phys = Phys::new(64, FormatName::X86.format());
        let table = phys.alloc().unwrap();
        let entry = |i: usize| Pte::new(Pfn(i as u32 + 1), PteFlags::PRESENT | PteFlags::USER);
        (0..1024).for_each(|i| phys.set_pte(EntryRef::base(table, i), entry(i)));
        (0..1024).for_each(|i| assert_eq!(phys.pte(EntryRef::base(table, i)), entry(i)));
        assert_eq!(phys.raw_pte(EntryRef::base(table, 1023)), 1024 << 12 | 5);
        phys.fill_run(Run { table, first: 0, len: 1024 }, Pte::NONE);
        assert!(phys.is_empty_table(table));
    }
}
