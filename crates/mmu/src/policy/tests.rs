//! Each policy against a brute-force model of its definition over random strings, and against figures one can do by hand.

use super::{AnyPolicy, Policy, PolicyKind, models, run};
use proptest::prelude::*;
use std::collections::HashSet;

fn misses(kind: PolicyKind, capacity: usize, references: &[u32]) -> u64 {
    run(kind, capacity, 1, references).misses
}

/// Counts misses of a policy given as "which resident page goes", over (page, came in at, last used at).
fn brute(capacity: usize, references: &[u32], pick: impl Fn(&[(u32, usize, usize)], usize) -> usize) -> u64 {
    let mut memory: Vec<(u32, usize, usize)> = Vec::new();
    let mut misses = 0;
    for (now, &page) in references.iter().enumerate() {
        if let Some(entry) = memory.iter_mut().find(|entry| entry.0 == page) {
            entry.2 = now;
            continue;
        }
        misses += 1;
        if memory.len() == capacity {
            let victim = pick(&memory, now);
            memory.remove(victim);
        }
        memory.push((page, now, now));
    }
    misses
}

fn index_of_min(memory: &[(u32, usize, usize)], key: impl Fn(&(u32, usize, usize)) -> usize) -> usize {
    (0..memory.len()).min_by_key(|&at| key(&memory[at])).expect("a resident page")
}

#[test]
fn fifo_shows_beladys_anomaly() {
    let string = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
    assert_eq!(misses(PolicyKind::Fifo, 3, &string), 9);
    assert_eq!(misses(PolicyKind::Fifo, 4, &string), 10);
}

#[test]
fn lru_on_the_textbook_string() {
    let string = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
    assert_eq!(misses(PolicyKind::Lru, 3, &string), 12);
    assert_eq!(misses(PolicyKind::Fifo, 3, &string), 15);
    assert_eq!(misses(PolicyKind::Opt, 3, &string), 9);
}

#[test]
fn a_loop_larger_than_memory_misses_always_under_lru_and_seldom_under_lirs() {
    let string: Vec<u32> = (0..20).flat_map(|_| 0..110).collect();
    assert_eq!(misses(PolicyKind::Lru, 100, &string), 2200);
    assert!(misses(PolicyKind::Lirs, 100, &string) < 500);
}

#[test]
fn scan_resistant_policies_keep_the_hot_set() {
    let string: Vec<u32> = (0..4000).flat_map(|i| [i % 50, i % 50, 1000 + i]).collect();
    let lru = misses(PolicyKind::Lru, 80, &string);
    for kind in [PolicyKind::TwoQ, PolicyKind::Arc, PolicyKind::Lirs, PolicyKind::S3Fifo] {
        assert!(misses(kind, 80, &string) < lru * 3 / 4, "{kind:?}");
    }
}

#[test]
fn names_round_trip() {
    for kind in PolicyKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    assert!("lru2".parse::<PolicyKind>().unwrap_err().to_string().contains("s3-fifo"));
}

proptest! {
    #[test]
    fn lru_fifo_and_opt_equal_brute_force(string in prop::collection::vec(0u32..20, 0..300), capacity in 1usize..12) {
        prop_assert_eq!(misses(PolicyKind::Fifo, capacity, &string), brute(capacity, &string, |m, _| index_of_min(m, |e| e.1)));
        prop_assert_eq!(misses(PolicyKind::Lru, capacity, &string), brute(capacity, &string, |m, _| index_of_min(m, |e| e.2)));
        let furthest = |m: &[(u32, usize, usize)], now: usize| {
            index_of_min(m, |e| usize::MAX - string[now..].iter().position(|&p| p == e.0).unwrap_or(usize::MAX - 1))
        };
        prop_assert_eq!(misses(PolicyKind::Opt, capacity, &string), brute(capacity, &string, furthest));
    }

    #[test]
    fn clock_and_sieve_equal_brute_force(string in prop::collection::vec(0u32..20, 0..300), capacity in 1usize..12) {
        prop_assert_eq!(misses(PolicyKind::Clock, capacity, &string), second_chance(capacity, &string));
        prop_assert_eq!(misses(PolicyKind::Sieve, capacity, &string), sifted(capacity, &string));
    }

    #[test]
    fn the_published_algorithms_equal_their_models(
        string in prop::collection::vec(prop_oneof![0u32..12, 0u32..60], 0..600),
        capacity in 1usize..30,
    ) {
        prop_assert_eq!(misses(PolicyKind::TwoQ, capacity, &string), models::two_q(capacity, &string));
        prop_assert_eq!(misses(PolicyKind::Arc, capacity, &string), models::arc(capacity, &string));
        prop_assert_eq!(misses(PolicyKind::Lirs, capacity, &string), models::lirs(capacity, &string));
        prop_assert_eq!(misses(PolicyKind::S3Fifo, capacity, &string), models::s3_fifo(capacity, &string));
    }

    #[test]
    fn mglru_equals_its_model(
        string in prop::collection::vec(prop_oneof![3 => 0u32..40, 2 => 0u32..300], 0..6000),
        capacity in 1usize..80,
    ) {
        prop_assert_eq!(misses(PolicyKind::Mglru, capacity, &string), models::mglru(capacity, &string));
    }

    #[test]
    fn forgotten_pages_leave_no_trace(
        steps in prop::collection::vec((0u32..20, any::<bool>()), 0..300),
        capacity in 1usize..12,
    ) {
        for kind in PolicyKind::ALL {
            let mut policy = AnyPolicy::new(kind, capacity, 1);
            let mut held = HashSet::new();
            for &(page, forget) in &steps {
                if held.contains(&page) && forget {
                    policy.forget(page);
                    held.remove(&page);
                } else if held.contains(&page) {
                    policy.touch(page);
                } else {
                    policy.miss(page);
                    if held.len() == capacity {
                        let victim = policy.candidate(None).unwrap();
                        prop_assert_eq!(policy.candidate(None), Some(victim), "{:?}", kind);
                        policy.evict(victim);
                        prop_assert!(held.remove(&victim), "{:?}", kind);
                    }
                    policy.insert(page);
                    held.insert(page);
                }
                prop_assert!((0..20).all(|page| policy.holds(page) == held.contains(&page)), "{:?}", kind);
            }
        }
    }

    #[test]
    fn no_policy_beats_opt_and_all_fit_their_memory(string in prop::collection::vec(0u32..40, 0..400), capacity in 1usize..30) {
        let best = misses(PolicyKind::Opt, capacity, &string);
        let distinct = string.iter().collect::<HashSet<_>>().len() as u64;
        for kind in PolicyKind::ALL {
            let got = misses(kind, capacity, &string);
            prop_assert!(got >= best && got <= string.len() as u64, "{:?}", kind);
            if distinct <= capacity as u64 {
                prop_assert_eq!(got, distinct, "{:?}", kind);
            }
        }
    }
}

/// CLOCK as a queue: a page whose bit is set goes to the back with its bit clear.
fn second_chance(capacity: usize, references: &[u32]) -> u64 {
    let mut queue: Vec<(u32, bool)> = Vec::new();
    let mut misses = 0;
    for &page in references {
        if let Some(entry) = queue.iter_mut().find(|entry| entry.0 == page) {
            entry.1 = true;
            continue;
        }
        misses += 1;
        while queue.len() == capacity {
            let (oldest, used) = queue.remove(0);
            if used {
                queue.push((oldest, false));
            }
        }
        queue.push((page, false));
    }
    misses
}

/// SIEVE over a vector, oldest first, with the hand as an index.
fn sifted(capacity: usize, references: &[u32]) -> u64 {
    let mut queue: Vec<(u32, bool)> = Vec::new();
    let (mut hand, mut misses) = (0, 0);
    for &page in references {
        if let Some(entry) = queue.iter_mut().find(|entry| entry.0 == page) {
            entry.1 = true;
            continue;
        }
        misses += 1;
        if queue.len() == capacity {
            while queue[hand % capacity].1 {
                queue[hand % capacity].1 = false;
                hand = (hand + 1) % capacity;
            }
            queue.remove(hand);
            hand = if hand == queue.len() { 0 } else { hand };
        }
        queue.push((page, false));
    }
    misses
}
