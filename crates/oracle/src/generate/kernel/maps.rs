//! mmap, munmap, mprotect, mremap, brk and sbrk.

use super::super::dice::size;
use super::super::profile::Profile;
use super::Script;

const K: u64 = 1 << 10;

impl Script {
    /// Mappings side by side over the ground, with a hole here and there.
    pub(super) fn tile(&mut self) {
        let unit = (self.ground.len / 16).max(8 * K);
        let mut at = 0;
        while at < self.ground.len {
            let len = (self.dice.between(1, 8) * unit).min(self.ground.len - at);
            if self.dice.percent(90) {
                let (start, len) = (self.ground.at(at), size(len));
                let (flags, rest) = self.tile_of();
                self.say_bound(&format!(
                    "mmap({start}, {len}, PROT_READ|PROT_WRITE, {flags}|MAP_FIXED, {rest})"
                ));
            }
            at += len;
        }
    }

    fn tile_of(&mut self) -> (&'static str, String) {
        let filed = match self.profile {
            Profile::File | Profile::Memfd | Profile::Truncate | Profile::Readahead | Profile::Folios => 80,
            Profile::Huge | Profile::Stack => 0,
            _ => 25,
        };
        if !self.files.is_empty() && self.dice.percent(filed) {
            let file = self.dice.below(self.files.len() as u64);
            return (self.dice.pick(&["MAP_PRIVATE", "MAP_SHARED"]), format!("f{file}, 0"));
        }
        let shared = if self.profile == Profile::Shared { 50 } else { 8 };
        let flags = match self.dice.below(100) {
            n if n < shared => "MAP_SHARED|MAP_ANONYMOUS",
            _ if self.profile == Profile::Stack && self.dice.percent(55) => {
                "MAP_PRIVATE|MAP_GROWSDOWN|MAP_ANONYMOUS"
            }
            _ => "MAP_PRIVATE|MAP_ANONYMOUS",
        };
        (flags, "-1, 0".to_owned())
    }

    pub(super) fn mmap_anon(&mut self) {
        let kind = self.dice.weighted(&[
            (if self.profile == Profile::Shared { 60 } else { 84 }, "MAP_PRIVATE|MAP_ANONYMOUS"),
            (14, "MAP_SHARED|MAP_ANONYMOUS"),
            (1, "MAP_DROPPABLE|MAP_ANONYMOUS"),
            (if self.profile == Profile::Errors { 6 } else { 0 }, "MAP_ANONYMOUS"),
        ]);
        let (place, flag) = self.place();
        let len = self.mmap_length(flag.contains("FIXED"));
        let (prot, extra) = (self.protection(), self.extra_flag(len.ends_with('G') || len.ends_with('T')));
        let fd = if self.dice.percent(98) { "-1, 0" } else { "-1, 4K" };
        self.say_bound(&format!("mmap({place}, {len}, {prot}, {kind}{flag}{extra}, {fd})"));
    }

    /// The length of a mapping: in the placement profile without `fixed` anything up to most of the address space.
    fn mmap_length(&mut self, fixed: bool) -> String {
        if self.profile != Profile::Placement || fixed || self.dice.percent(40) {
            return self.wide_length();
        }
        let large = [
            "4K", "64K", "1M", "2M", "2M+4K", "4M-4K", "6M", "64M", "1G", "1G+4K", "4G", "512G", "1T", "16T",
        ];
        self.dice.pick(&large).to_owned()
    }

    /// The address of a mapping and the flag that goes with it.
    fn place(&mut self) -> (String, &'static str) {
        let wanted = if self.profile == Profile::Placement { 15 } else { 42 };
        match self.dice.below(100) {
            n if n < wanted => (self.address(), "|MAP_FIXED"),
            n if n < wanted + 7 => (self.address(), "|MAP_FIXED_NOREPLACE"),
            n if n < wanted + 25 => (self.address(), ""),
            _ => ("NULL".to_owned(), ""),
        }
    }

    /// A further flag of an anonymous mapping; for a `large` one, none that would fill it with pages.
    fn extra_flag(&mut self, large: bool) -> &'static str {
        let of = |profile, often, seldom| if self.profile == profile { often } else { seldom };
        let full = if large { 0 } else { 1 };
        let errors = of(Profile::Errors, 4, 0);
        let list = [
            (80, ""),
            (of(Profile::Placement, 12, 4), "|MAP_NORESERVE"),
            (full * of(Profile::Populate, 60, 4), "|MAP_POPULATE"),
            (full * of(Profile::Populate, 8, 1), "|MAP_POPULATE|MAP_NONBLOCK"),
            (full * of(Profile::Lock, 25, 2), "|MAP_LOCKED"),
            (of(Profile::Stack, 60, 1), "|MAP_GROWSDOWN"),
            (of(Profile::Placement, 12, 1), "|MAP_32BIT"),
            (2, "|MAP_STACK"),
            (1, "|MAP_DENYWRITE|MAP_EXECUTABLE"),
            (errors, "|MAP_HUGETLB"),
            (errors, "|MAP_SYNC"),
            (errors, "|MAP_NORESERVE|MAP_GROWSDOWN"),
        ];
        self.dice.weighted(&list)
    }

    pub(super) fn munmap(&mut self) {
        let (at, len) = (self.address(), self.wide_length());
        self.say(&format!("munmap({at}, {len})"));
    }

    pub(super) fn mprotect(&mut self) {
        let (at, len) = (self.address(), self.wide_length());
        let grows = if self.profile == Profile::Stack { 12 } else { 1 };
        let prot = match self.dice.below(100) {
            n if n < grows => {
                self.dice.pick(&["PROT_READ|PROT_GROWSDOWN", "PROT_READ|PROT_WRITE|PROT_GROWSDOWN"])
            }
            n if n < grows + 1 => {
                self.dice.pick(&["PROT_READ|PROT_GROWSUP", "PROT_GROWSDOWN|PROT_GROWSUP", "0x10"])
            }
            _ => self.protection(),
        };
        self.say(&format!("mprotect({at}, {len}, {prot})"));
    }

    pub(super) fn mremap(&mut self) {
        let (at, old) = (self.address(), self.old_length());
        let new = match self.dice.below(100) {
            0..=44 => old.clone(),
            45..=46 if self.profile == Profile::Placement => "1G".to_owned(),
            _ => self.length(),
        };
        let (move_, fixed) = ("MREMAP_MAYMOVE", "MREMAP_MAYMOVE|MREMAP_FIXED");
        let flags = self.dice.weighted(&[
            (14, "0"),
            (30, move_),
            (36, fixed),
            (9, "MREMAP_MAYMOVE|MREMAP_DONTUNMAP"),
            (8, "MREMAP_MAYMOVE|MREMAP_DONTUNMAP|MREMAP_FIXED"),
            (2, "MREMAP_FIXED"),
            (1, "8"),
            (1, "MREMAP_DONTUNMAP"),
            (1, "MREMAP_DONTUNMAP|MREMAP_FIXED"),
        ]);
        let hinted = if flags.contains("DONTUNMAP") { 25 } else { 1 };
        let target = match flags.contains("FIXED") || self.dice.percent(hinted) {
            true if new.contains('G') => ", NULL".to_owned(),
            true => format!(", {}", self.address()),
            false => String::new(),
        };
        self.say_bound(&format!("mremap({at}, {old}, {new}, {flags}{target})"));
    }

    /// mremap's old length: seldom 0, which asks for a second mapping of shared memory.
    fn old_length(&mut self) -> String {
        let zero = if self.profile == Profile::Shared { 12 } else { 4 };
        match self.dice.below(100) {
            n if n < zero => "0".to_owned(),
            n if n < zero + 4 => size(self.dice.between(1, self.ground.len / (4 * K)) * 4 * K),
            _ => self.length(),
        }
    }

    pub(super) fn brk(&mut self) {
        let to = match self.dice.below(100) {
            0..=3 => self.dice.pick(&["NULL", "heap", "heap-4K", "-1", "mmap_base", "heap+200T"]).to_owned(),
            4..=5 => format!("heap+{}", self.dice.pick(&["64M", "1G", "20T", "32T"])),
            6..=40 => format!("heap+{}", size(self.dice.below(40 * 4 * K))),
            _ => format!("heap+{}", size(self.dice.below(48) * 4 * K)),
        };
        self.say(&format!("brk({to})"));
    }

    pub(super) fn sbrk(&mut self) {
        let by = self.dice.pick(&[0, 0, 1, 100, 4095, 4096, 4097, 8192, 20_000, 65_536, 135_168]);
        let minus = if self.dice.percent(40) && by > 0 { "-" } else { "" };
        self.say(&format!("sbrk({minus}{by})"));
    }
}
