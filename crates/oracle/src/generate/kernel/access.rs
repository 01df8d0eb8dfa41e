//! load, store, fetch, touch and memset.

use super::super::dice::size;
use super::Script;

impl Script {
    pub(super) fn load(&mut self) {
        let (at, width) = self.word();
        self.say(&format!("load({at}{width})"));
    }

    pub(super) fn store(&mut self) {
        let (at, width) = self.word();
        let value = self.dice.below(256);
        let value = if self.dice.percent(90) { value } else { value << 56 | 0x0012_3456_789a_bcde };
        self.say(&format!("store({at}, {value:#x}{width})"));
    }

    /// A place in a page and the width of an access there that stays in the page.
    fn word(&mut self) -> (String, &'static str) {
        let page = self.page();
        let (offset, bytes) =
            self.dice.pick(&[(0, 8), (0, 8), (0, 8), (8, 8), (512, 8), (4088, 8), (4092, 4), (4095, 1)]);
        let at = if offset == 0 { page } else { format!("{page}+{offset}") };
        let widths: &[&str] = match bytes {
            8 => &["", "", "", ", 2", ", 4", ", 8"],
            4 => &["", ", 2", ", 4"],
            _ => &["", ", 1"],
        };
        (at, self.dice.pick(widths))
    }

    /// An instruction fetch, at a place where no store goes: what it runs is a file's bytes or zeros.
    pub(super) fn fetch(&mut self) {
        let offset = self.ground_offset();
        let page = self.ground.at(offset);
        self.say(&format!("fetch({page}+2K)"));
    }

    pub(super) fn touch(&mut self) {
        let (at, len, how) = (self.address(), self.length(), self.dice.pick(&["r", "w"]));
        self.say(&format!("touch({at}, {len}, {how})"));
    }

    pub(super) fn memset(&mut self) {
        let page = self.page();
        let offset = self.dice.pick(&[0, 0, 0, 1, 512, 3000]);
        let at = if offset == 0 { page } else { format!("{page}+{offset}") };
        let (byte, len) = (self.dice.below(128), self.dice.pick(&[0, 3, 100, 100, 1000, 5000, 8192]));
        self.say(&format!("memset({at}, {byte}, {})", size(len)));
    }
}
