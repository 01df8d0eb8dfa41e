//! The tree against a sorted list that searches it linearly.

use super::VmaTree;
use crate::vma::Vma;
use crate::{VirtAddr, VmaId};
use proptest::prelude::*;

fn page(n: u64) -> VirtAddr {
    VirtAddr::new(n << 12)
}

fn pages(start: u64, end: u64) -> Vma {
    Vma::new(page(start), page(end), 12)
}

/// (start, end, id) in pages, ascending.
#[derive(Default)]
struct Naive(Vec<(u64, u64, VmaId)>);

impl Naive {
    fn gaps(&self) -> Vec<(u64, u64)> {
        let starts = self.0.iter().map(|v| v.0 << 12).chain([u64::MAX]);
        let ends = [0].into_iter().chain(self.0.iter().map(|v| v.1 << 12));
        ends.zip(starts).collect()
    }

    fn fitting(&self, low: u64, high: u64, len: u64) -> Vec<(u64, u64)> {
        let cut = self.gaps().into_iter().map(|(start, end)| (start.max(low), end.min(high)));
        cut.filter(|(start, end)| end.checked_sub(*start).is_some_and(|free| free >= len)).collect()
    }

    fn find(&self, at: u64) -> Option<VmaId> {
        self.0.iter().find(|v| v.1 > at).map(|v| v.2)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64, u64),
    Remove(usize),
    Resize(usize, u64, u64),
    Split(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..4000u64, 1..6u64).prop_map(|(start, len)| Step::Insert(start, len)),
        3 => any::<usize>().prop_map(Step::Remove),
        2 => (any::<usize>(), 0..5u64, 0..5u64).prop_map(|(n, a, b)| Step::Resize(n, a, b)),
        3 => any::<usize>().prop_map(Step::Split),
    ];
    prop::collection::vec(step, 1..1200)
}

fn apply(step: &Step, tree: &mut VmaTree, naive: &mut Naive) {
    match *step {
        Step::Insert(start, len) if tree.intersection(page(start), page(start + len)).is_none() => {
            let id = tree.insert(pages(start, start + len));
            let at = naive.0.partition_point(|v| v.0 < start);
            naive.0.insert(at, (start, start + len, id));
        }
        Step::Remove(n) if !naive.0.is_empty() => {
            let (start, end, id) = naive.0.remove(n % naive.0.len());
            let removed = tree.remove(id);
            assert_eq!((removed.start, removed.end), (page(start), page(end)));
        }
        Step::Resize(n, down, up) if !naive.0.is_empty() => {
            let n = n % naive.0.len();
            let low = if n == 0 { 0 } else { naive.0[n - 1].1 };
            let high = naive.0.get(n + 1).map_or(5000, |v| v.0);
            let (start, end, id) = naive.0[n];
            let start = start.saturating_sub(down).max(low);
            let end = if up == 0 { start + 1 } else { (end + up).min(high) };
            naive.0[n] = (start, end, id);
            tree.resize(id, page(start), page(end));
        }
        Step::Split(n) if !naive.0.is_empty() => {
            let n = n % naive.0.len();
            let (start, end, id) = naive.0[n];
            if end - start > 1 {
                let middle = start + (end - start) / 2;
                let upper = tree.split(id, pages(middle, end));
                naive.0[n].1 = middle;
                naive.0.insert(n + 1, (middle, end, upper));
            }
        }
        _ => {}
    }
}

fn assert_same(tree: &VmaTree, naive: &Naive) {
    assert_eq!(tree.check(), Ok(()));
    let seen: Vec<_> = tree.iter().map(|(id, v)| (v.start.get() >> 12, v.end.get() >> 12, id)).collect();
    assert_eq!(seen, naive.0);
}

fn assert_searches_same(tree: &VmaTree, naive: &Naive, at: u64, low: u64, high: u64, len: u64) {
    assert_eq!(tree.find(page(at)), naive.find(at));
    let (low, high, len) = (low << 12, high << 12, len << 12);
    let fitting = naive.fitting(low, high, len);
    let highest = tree.highest_gap(low, high, len);
    assert_eq!(highest.map(|gap| (gap.start, gap.end)), fitting.last().copied());
    let lowest = tree.lowest_gap(low, high, len);
    assert_eq!(lowest.map(|gap| (gap.start, gap.end)), fitting.first().copied());
    for gap in [highest, lowest].into_iter().flatten() {
        assert_eq!(gap.above, tree.find(VirtAddr::new(gap.end)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn agrees_with_a_list(
        steps in steps(),
        searches in prop::collection::vec((0..4100u64, 0..4100u64, 0..4100u64, 1..40u64), 50),
    ) {
        let (mut tree, mut naive) = (VmaTree::new(), Naive::default());
        for (n, step) in steps.iter().enumerate() {
            apply(step, &mut tree, &mut naive);
            if n % 16 == 0 {
                assert_same(&tree, &naive);
            }
        }
        assert_same(&tree, &naive);
        for (at, low, high, len) in searches {
            assert_searches_same(&tree, &naive, at, low, high, len);
        }
    }
}

#[test]
fn grows_deep_and_empties_again() {
    let mut tree = VmaTree::new();
    let ids: Vec<_> = (0..5000).rev().map(|n| tree.insert(pages(2 * n, 2 * n + 1))).collect();
    assert_eq!(tree.check(), Ok(()));
    assert_eq!(tree.len(), 5000);
    assert_eq!(tree.highest_gap(0, 9999 << 12, 2 << 12), None);
    for id in ids.iter().step_by(2).chain(ids.iter().skip(1).step_by(2)) {
        tree.remove(*id);
    }
    assert_eq!(tree.check(), Ok(()));
    assert!(tree.is_empty());
    assert_eq!(tree.find(page(0)), None);
}
