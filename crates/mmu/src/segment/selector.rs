//! What a segment register holds to name a descriptor: Intel SDM volume 3, section 3.4.2 (figure 3-6).

use serde::{Deserialize, Serialize};

/// A selector: index 15:3, TI 2 (the table: 0 global, 1 local), RPL 1:0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Selector(pub u16);

impl Selector {
    /// That of no segment: it may be loaded into a data register, but not be used.
    pub const NULL: Selector = Selector(0);

    /// That of descriptor `index` of the local table, with privilege level 3.
    pub fn local(index: usize) -> Selector {
        Selector((index as u16) << 3 | 1 << 2 | 3)
    }

    /// That of descriptor `index` of the global table, with privilege level `rpl`.
    pub fn global(index: usize, rpl: u8) -> Selector {
        Selector((index as u16) << 3 | u16::from(rpl & 3))
    }

    /// The descriptor's place in its table.
    pub fn index(self) -> usize {
        usize::from(self.0 >> 3)
    }

    /// Whether it names a descriptor of the local table (TI).
    pub fn is_local(self) -> bool {
        self.0 >> 2 & 1 != 0
    }

    /// The privilege level that it asks with.
    pub fn rpl(self) -> u8 {
        (self.0 & 3) as u8
    }

    /// Whether it names no segment: the first entry of the global table, whatever the level.
    pub fn is_null(self) -> bool {
        self.0 >> 2 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SDM volume 3, figure 3-6: index 15:3, TI 2, RPL 1:0. Linux's 32-bit user segments are 0x73 and 0x7b.
    #[test]
    fn a_selector() {
        assert_eq!(Selector::local(0).0, 0b111);
        assert_eq!(Selector::local(5).0, 0x2f);
        assert_eq!((Selector(0x2f).index(), Selector(0x2f).is_local()), (5, true));
        assert_eq!([Selector::global(14, 3).0, Selector::global(15, 3).0], [0x73, 0x7b]);
        assert_eq!((Selector(0x7b).index(), Selector(0x7b).is_local(), Selector(0x7b).rpl()), (15, false, 3));
    }

    /// Section 3.4.2: the null selector has index 0 and TI 0; the first entry of a local table is a segment like others.
    #[test]
    fn the_null_selector() {
        assert!(Selector::NULL.is_null() && Selector(3).is_null());
        assert!(!Selector::local(0).is_null() && !Selector::global(1, 0).is_null());
    }
}
