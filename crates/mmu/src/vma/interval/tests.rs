//! The forest against a list that is searched linearly.

use super::*;
use proptest::prelude::*;

fn interval(first: u64, pages: u64, vma: u32) -> Interval {
    Interval { first, last: first + pages - 1, member: RmapMember { mm: MmId(0), vma: VmaId(vma) } }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn finds_what_a_list_finds(
        adds in prop::collection::vec((0..200u64, 1..30u64, any::<bool>()), 1..150),
        asked in prop::collection::vec((0..250u64, 0..20u64), 20),
    ) {
        let (mut forest, mut root, mut list) = (Forest::default(), Root::EMPTY, Vec::new());
        for (n, (first, pages, stays)) in adds.iter().enumerate() {
            let new = interval(*first, *pages, n as u32);
            forest.insert(&mut root, new);
            list.push(new);
            if !stays {
                let gone = list.swap_remove(n % list.len());
                prop_assert!(forest.remove(&mut root, gone));
            }
        }
        list.sort_by_key(Interval::key);
        for (first, more) in asked {
            let mut found = Vec::new();
            forest.collect(root, first, first + more, &mut found);
            let meets = |i: &&Interval| i.first <= first + more && i.last >= first;
            let expected: Vec<_> = list.iter().filter(meets).map(|i| i.member).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
