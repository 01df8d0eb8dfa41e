//! How many pages of each list one pass scans (Linux: `get_scan_count`, `calculate_pressure_balance`, `shrink_lruvec`'s
//! proportional stop).

use super::lists::LruList;
use super::scan::ScanControl;

/// What the balance between anonymous and file pages goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Balance {
    /// Both alike, by their sizes (the last resort).
    Equal,
    /// By what reclaim of each has cost.
    Fraction {
        /// Anonymous share.
        anon: u64,
        /// File share.
        file: u64,
    },
    /// File pages only.
    FileOnly,
    /// Anonymous pages only.
    AnonOnly,
}

/// Pages to scan on each list that is scanned, in [`LruList::EVICTABLE`]'s order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScanCounts(pub(super) [u64; 4]);

impl Balance {
    /// The balance of a pass. `anon_cost` and `file_cost` are the decayed costs of reclaim so far; with `can_swap` false
    /// anonymous pages have nowhere to go.
    pub(super) fn choose(control: &ScanControl, can_swap: bool, swappiness: u64) -> Balance {
        if !can_swap || swappiness == 0 && !control.scope.is_machine() {
            return Balance::FileOnly;
        }
        if control.priority == 0 && swappiness != 0 {
            return Balance::Equal;
        }
        if control.file_is_tiny {
            return Balance::AnonOnly;
        }
        if control.trim_cache {
            return Balance::FileOnly;
        }
        let total = control.anon_cost + control.file_cost;
        let anon_cost = total + control.anon_cost;
        let file_cost = total + control.file_cost;
        let total = anon_cost + file_cost;
        Balance::Fraction {
            anon: swappiness * (total + 1) / (anon_cost + 1),
            file: (200 - swappiness.min(200)) * (total + 1) / (file_cost + 1),
        }
    }

    /// Pages to scan of lists with these sizes.
    pub(super) fn counts(self, sizes: [u64; 5], priority: u32) -> ScanCounts {
        ScanCounts(
            LruList::EVICTABLE.map(|list| self.share(list.is_file(), sizes[list as usize] >> priority)),
        )
    }

    fn share(self, is_file: bool, pages: u64) -> u64 {
        match self {
            Balance::Equal => pages,
            Balance::Fraction { anon, file } => {
                pages * if is_file { file } else { anon } / (anon + file).max(1)
            }
            Balance::FileOnly if is_file => pages,
            Balance::AnonOnly if !is_file => pages,
            Balance::FileOnly | Balance::AnonOnly => 0,
        }
    }
}

impl ScanCounts {
    /// Whether a pass has something left to do: active anonymous pages alone keep none going.
    pub(super) fn is_left(&self) -> bool {
        let [inactive_anon, _, inactive_file, active_file] = self.0;
        inactive_anon + inactive_file + active_file > 0
    }

    /// Enough is freed: stops the kind of which less is left and cuts the other to the same part of its target. False where
    /// one kind is through, so that the pass ends.
    pub(super) fn even_out(&mut self, target: &ScanCounts) -> bool {
        let (anon, file) = (self.0[0] + self.0[1], self.0[2] + self.0[3]);
        if anon == 0 || file == 0 {
            return false;
        }
        let (stopped, left) = if file > anon { (0, anon) } else { (2, file) };
        let percent = left * 100 / (target.0[stopped] + target.0[stopped + 1] + 1);
        self.0[stopped] = 0;
        self.0[stopped + 1] = 0;
        for list in [2 - stopped, 3 - stopped] {
            let scanned = target.0[list] - self.0[list];
            self.0[list] = (target.0[list] * (100 - percent) / 100).saturating_sub(scanned);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reclaim::Scope;

    #[test]
    fn equal_costs_leave_the_balance_to_swappiness() {
        let control = ScanControl::new(Scope::Group, 32);
        assert_eq!(Balance::choose(&control, true, 60), Balance::Fraction { anon: 60, file: 140 });
        assert_eq!(Balance::choose(&control, true, 0), Balance::FileOnly);
        assert_eq!(Balance::choose(&control, false, 60), Balance::FileOnly);
        let machine = ScanControl::new(Scope::Direct, 32);
        assert_eq!(Balance::choose(&machine, true, 0), Balance::Fraction { anon: 0, file: 200 });
        let tiny = ScanControl { file_is_tiny: true, ..machine };
        assert_eq!(Balance::choose(&tiny, true, 0), Balance::AnonOnly);
    }

    #[test]
    fn the_dearer_kind_is_scanned_less() {
        let control = ScanControl { anon_cost: 3000, file_cost: 1000, ..ScanControl::new(Scope::Group, 32) };
        let Balance::Fraction { anon, file } = Balance::choose(&control, true, 100) else {
            panic!("a fraction")
        };
        assert!(anon < file);
        let counts = Balance::Fraction { anon: 1, file: 3 }.counts([4096, 4096, 4096, 4096, 99], 2);
        assert_eq!(counts.0, [256, 256, 768, 768]);
    }

    #[test]
    fn the_pass_ends_in_proportion() {
        let target = ScanCounts([100, 0, 300, 0]);
        let mut left = ScanCounts([68, 0, 268, 0]);
        assert!(left.even_out(&target));
        assert_eq!(left.0, [0, 0, 300 * (100 - 67) / 100 - 32, 0]);
        assert!(!left.even_out(&target), "anonymous pages are through");
    }
}
