//! Files: making, mapping, reading, writing, truncating and evicting them.

use super::super::dice::size;
use super::super::profile::Profile;
use super::{File, Script};

const K: u64 = 1 << 10;
const SIZES: &[u64] =
    &[0, 1, 100, 4096, 8192, 8193, 12_288, 16_384, 20_480, 31_768, 32_768, 32_768, 65_536, 81_919, 135_168];
/// The length of the memory that long writes come from, bytes.
pub(super) const BUFFER: u64 = 128 * K;
const LONG: &[u64] = &[96 * K, 128 * K, 160 * K, 256 * K, 400 * K, 512 * K, 1024 * K];

impl Script {
    /// A new regular file or memfd.
    pub(super) fn make_file(&mut self) {
        if self.files.len() >= 6 {
            return self.ftruncate();
        }
        let disk = match self.profile {
            Profile::Memfd => self.dice.percent(10),
            Profile::Readahead => true,
            Profile::Folios => self.dice.percent(80),
            Profile::File => self.dice.percent(85),
            _ => self.dice.percent(55),
        };
        let bytes = self.dice.pick(if self.profile == Profile::Readahead { LONG } else { SIZES });
        let (name, call) = (self.files.len(), if disk { "file" } else { "memfd" });
        self.files.push(File { size: bytes, disk, again: false });
        let by = super::prefix(self.alive[0]);
        self.lines.push(format!("{by}f{name} = {call}(\"f{name}\", {bytes})\n"));
    }

    /// The descriptor of a file, seldom one that is none.
    fn descriptor(&mut self) -> String {
        if self.files.is_empty() || self.dice.percent(1) {
            return self.dice.pick(&["99", "-1", "1000"]).to_owned();
        }
        format!("f{}", self.dice.below(self.files.len() as u64))
    }

    pub(super) fn mmap_file(&mut self) {
        if self.files.is_empty() {
            return self.mmap_anon();
        }
        let (place, fixed) = match self.dice.below(100) {
            0..=44 => (self.address(), "|MAP_FIXED"),
            45..=54 => (self.address(), ""),
            _ => ("NULL".to_owned(), ""),
        };
        let kind = self.dice.weighted(&[(50, "MAP_PRIVATE"), (46, "MAP_SHARED"), (4, "MAP_SHARED_VALIDATE")]);
        let populate = if self.profile == Profile::Populate { 40 } else { 8 };
        let extra = self.dice.weighted(&[
            (80, ""),
            (populate, "|MAP_POPULATE"),
            (2, "|MAP_POPULATE|MAP_NONBLOCK"),
            (if self.profile == Profile::Lock { 20 } else { 2 }, "|MAP_LOCKED"),
            (3, "|MAP_NORESERVE"),
            (1, "|MAP_DENYWRITE"),
            (1, "|MAP_SYNC"),
            (1, "|MAP_GROWSDOWN"),
            (1, "|MAP_32BIT"),
            (1, "|MAP_STACK"),
            (1, "|MAP_ANONYMOUS"),
        ]);
        let (len, prot, file) = (self.wide_length(), self.protection(), self.descriptor());
        let from = self.map_offset();
        self.say_bound(&format!("mmap({place}, {len}, {prot}, {kind}{fixed}{extra}, {file}, {from})"));
    }

    fn map_offset(&mut self) -> String {
        match self.dice.below(100) {
            0..=49 => "0".to_owned(),
            50 => self.dice.pick(&["100", "2K", "-4K", "1T", "8M", "0x7ffffffffffff000"]).to_owned(),
            _ if self.profile == Profile::Readahead => size(self.dice.below(32) * 32 * K),
            _ => size(self.dice.below(9) * 4 * K),
        }
    }

    /// A second descriptor of a file, by its name. Its result is bound only where it cannot fail.
    pub(super) fn open(&mut self) {
        let disk = self.files.iter().position(|file| file.disk && !file.again);
        if let Some(name) = disk.filter(|_| self.files.len() < 6 && self.dice.percent(35)) {
            return self.open_again(name);
        }
        let flags = self.dice.pick(&[
            "O_RDONLY",
            "O_WRONLY",
            "O_RDWR",
            "O_RDWR|O_CREAT",
            "O_RDWR|O_TRUNC",
            "O_CREAT|O_EXCL",
        ]);
        match disk {
            Some(name) if self.dice.percent(80) => self.say(&format!("open(\"f{name}\", {flags})")),
            _ => self.say(&format!("open(\"none\", {})", self.missing(flags))),
        }
    }

    /// A descriptor with other rights, which later calls use as a file of its own.
    fn open_again(&mut self, of: usize) {
        let flags = self.dice.pick(&[
            "O_RDONLY",
            "O_RDONLY",
            "O_RDWR",
            "O_WRONLY",
            "O_RDWR|O_APPEND",
            "O_RDWR|O_SYNC",
        ]);
        let (name, size) = (self.files.len(), self.files[of].size);
        self.files.push(File { size, disk: true, again: true });
        let by = super::prefix(self.alive[0]);
        self.lines.push(format!("{by}f{name} = open(\"f{of}\", {flags})\n"));
    }

    /// Flags for opening a file that is not there.
    fn missing(&self, flags: &'static str) -> &'static str {
        if flags.contains("O_CREAT") { "O_RDONLY" } else { flags }
    }

    pub(super) fn close(&mut self) {
        let descriptor = self.descriptor();
        self.say(&format!("close({descriptor})"));
    }

    pub(super) fn ftruncate(&mut self) {
        let to = match self.dice.below(100) {
            0 => self.dice.pick(&["-1", "1G", "1M", "300K"]).to_owned(),
            1..=8 => "0".to_owned(),
            9..=40 => (self.dice.below(10) * 4 * K + self.dice.pick(&[1, 100, 2048, 4095])).to_string(),
            _ => (self.dice.below(13) * 4 * K).to_string(),
        };
        let file = self.descriptor();
        self.say(&format!("ftruncate({file}, {to})"));
    }

    pub(super) fn pread(&mut self) {
        let (file, at) = (self.descriptor(), self.buffer());
        let len = size(self.dice.pick(&[0, 1, 100, 4096, 4096, 8192, 12_289, 16_384, 65_536]));
        let from = self.io_offset(&[0, 0, 1, 50, 4000]);
        self.say(&format!("pread({file}, {at}, {len}, {from})"));
    }

    /// A write that stays in a page of the file: longer ones make folios of more than one.
    pub(super) fn pwrite(&mut self) {
        if self.profile == Profile::Folios && self.dice.percent(70) {
            return self.long_write();
        }
        let (file, at) = (self.descriptor(), self.buffer());
        let (within, len) =
            self.dice.pick(&[(0, 4096), (0, 4096), (0, 100), (0, 1), (512, 100), (2048, 2048), (0, 0)]);
        let to = self.io_offset(&[within]);
        self.say(&format!("pwrite({file}, {at}, {len}, {to})"));
    }

    /// A write of several pages, from memory that is there.
    fn long_write(&mut self) {
        let file = self.descriptor();
        let len = self.dice.pick(&[8 * K, 12 * K, 16 * K, 20 * K, 32 * K, 64 * K, 100_000, BUFFER]);
        let to = self.dice.pick(&[0, 0, 4 * K, 8 * K, 16 * K, 32 * K, 64 * K, 20 * K, 100, 5000]);
        self.say(&format!("pwrite({file}, buffer, {len}, {to})"));
    }

    /// posix_fadvise.
    pub(super) fn fadvise(&mut self) {
        let (file, from) = (self.descriptor(), self.io_offset(&[0, 0, 100]));
        let len = size(self.dice.pick(&[0, 0, 100, 4 * K, 16 * K, 64 * K]));
        let advice = self.dice.below(8);
        self.say(&format!("fadvise({file}, {from}, {len}, {advice})"));
    }

    fn buffer(&mut self) -> String {
        let page = self.page();
        match self.dice.pick(&[0, 0, 0, 100, 2048, 4000]) {
            0 => page,
            offset => format!("{page}+{offset}"),
        }
    }

    fn io_offset(&mut self, within: &[u64]) -> String {
        if self.dice.percent(1) {
            return self.dice.pick(&["-1", "1M", "1M+4095", "-4K"]).to_owned();
        }
        let largest = self.files.iter().map(|file| file.size).max().unwrap_or(0).min(256 * K);
        let page = self.dice.below(largest / (4 * K) + 2) * 4 * K;
        (page + self.dice.pick(within)).to_string()
    }

    /// fsync or evict.
    pub(super) fn flush(&mut self) {
        let call = if self.dice.percent(30) { "fsync" } else { "evict" };
        let file = self.descriptor();
        self.say(&format!("{call}({file})"));
    }
}
