//! Brute-force models of the published algorithms over plain vectors, front first, written from the papers' own pseudo-code and
//! without a line of the policies': each gives the misses of a string of references.

fn take(list: &mut Vec<u32>, page: u32) -> bool {
    let at = list.iter().position(|&other| other == page);
    at.map(|at| list.remove(at)).is_some()
}

/// 2Q, full version (Johnson and Shasha, figure 2): `reclaimfor` and the three cases.
pub(super) fn two_q(capacity: usize, references: &[u32]) -> u64 {
    let (k_in, k_out) = ((capacity / 4).max(1), (capacity / 2).max(1));
    let (mut am, mut a1in, mut a1out) = (Vec::new(), Vec::new(), Vec::new());
    let mut misses = 0;
    for &x in references {
        if take(&mut am, x) {
            am.insert(0, x);
            continue;
        }
        if a1in.contains(&x) {
            continue;
        }
        misses += 1;
        let was_out = a1out.contains(&x);
        if am.len() + a1in.len() == capacity {
            if a1in.len() > k_in || am.is_empty() {
                a1out.insert(0, a1in.pop().expect("a page"));
                a1out.truncate(k_out);
            } else {
                am.pop();
            }
        }
        if was_out {
            take(&mut a1out, x);
            am.insert(0, x);
        } else {
            a1in.insert(0, x);
        }
    }
    misses
}

/// ARC (Megiddo and Modha, figure 4).
pub(super) fn arc(c: usize, references: &[u32]) -> u64 {
    let [mut t1, mut t2, mut b1, mut b2] = [const { Vec::<u32>::new() }; 4];
    let (mut p, mut misses) = (0.0_f64, 0);
    for &x in references {
        if take(&mut t1, x) || take(&mut t2, x) {
            t2.insert(0, x);
            continue;
        }
        misses += 1;
        let (in_b1, in_b2) = (b1.contains(&x), b2.contains(&x));
        if in_b1 {
            let delta = if b1.len() >= b2.len() { 1.0 } else { b2.len() as f64 / b1.len() as f64 };
            p = (p + delta).min(c as f64);
        } else if in_b2 {
            let delta = if b2.len() >= b1.len() { 1.0 } else { b1.len() as f64 / b2.len() as f64 };
            p = (p - delta).max(0.0);
        }
        let mut replace = true;
        if !in_b1 && !in_b2 {
            let l1 = t1.len() + b1.len();
            let all = l1 + t2.len() + b2.len();
            if l1 == c {
                if t1.len() < c {
                    b1.pop();
                } else {
                    t1.pop();
                    replace = false;
                }
            } else if all >= c {
                if all == 2 * c {
                    b2.pop();
                }
            } else {
                replace = false;
            }
        }
        if replace {
            let long = t1.len() as f64 > p || in_b2 && t1.len() as f64 == p;
            if !t1.is_empty() && long || t2.is_empty() {
                b1.insert(0, t1.pop().expect("a page"));
            } else {
                b2.insert(0, t2.pop().expect("a page"));
            }
        }
        if take(&mut b1, x) || take(&mut b2, x) {
            t2.insert(0, x);
        } else {
            t1.insert(0, x);
        }
    }
    misses
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lir,
    Hir,
    Gone,
}

/// LIRS (Jiang and Zhang, section 3.3): stack S with its pruning, list Q of resident HIR pages.
#[derive(Default)]
struct LirsModel {
    s: Vec<(u32, Kind)>,
    q: Vec<u32>,
}

impl LirsModel {
    fn kind(&self, x: u32) -> Option<Kind> {
        self.s.iter().find(|entry| entry.0 == x).map(|entry| entry.1)
    }

    fn push(&mut self, x: u32, kind: Kind) {
        self.s.retain(|entry| entry.0 != x);
        self.s.insert(0, (x, kind));
    }

    fn prune(&mut self) {
        while self.s.last().is_some_and(|entry| entry.1 != Kind::Lir) {
            self.s.pop();
        }
    }

    /// The LIR page at the bottom of S goes to the end of Q.
    fn demote(&mut self) {
        let (bottom, _) = self.s.pop().expect("a LIR page");
        self.q.push(bottom);
        self.prune();
    }

    fn lirs(&self) -> usize {
        self.s.iter().filter(|entry| entry.1 == Kind::Lir).count()
    }
}

pub(super) fn lirs(capacity: usize, references: &[u32]) -> u64 {
    let hirs = (capacity / 100).max(1);
    let lir_max = capacity.saturating_sub(hirs).max(1);
    let (mut m, mut misses, mut filled) = (LirsModel::default(), 0, false);
    for &x in references {
        let kind = m.kind(x);
        if kind == Some(Kind::Lir) {
            m.push(x, Kind::Lir);
            m.prune();
            continue;
        }
        if take(&mut m.q, x) {
            if kind == Some(Kind::Hir) {
                m.push(x, Kind::Lir);
                if m.lirs() > lir_max {
                    m.demote();
                }
            } else {
                m.push(x, Kind::Hir);
                m.q.push(x);
            }
            continue;
        }
        misses += 1;
        if m.lirs() + m.q.len() == capacity {
            if m.q.is_empty() {
                m.demote();
            }
            let victim = m.q.remove(0);
            if let Some(entry) = m.s.iter_mut().find(|entry| entry.0 == victim) {
                entry.1 = Kind::Gone;
            }
        }
        filled |= m.lirs() == lir_max;
        if !filled {
            m.push(x, Kind::Lir);
        } else if kind == Some(Kind::Gone) {
            m.push(x, Kind::Lir);
            if m.lirs() > lir_max {
                m.demote();
            }
        } else {
            m.push(x, Kind::Hir);
            m.q.push(x);
        }
    }
    misses
}

/// S3-FIFO (Yang and others, algorithm 1), one eviction a miss.
pub(super) fn s3_fifo(capacity: usize, references: &[u32]) -> u64 {
    let small = (capacity / 10).max(1);
    let main_max = (capacity - small.min(capacity)).max(1);
    let (mut s, mut m, mut g) = (Vec::<(u32, u32)>::new(), Vec::<(u32, u32)>::new(), Vec::<u32>::new());
    let mut misses = 0;
    for &x in references {
        if let Some(entry) = s.iter_mut().chain(&mut m).find(|entry| entry.0 == x) {
            entry.1 = (entry.1 + 1).min(3);
            continue;
        }
        misses += 1;
        while s.len() + m.len() == capacity {
            if m.len() > main_max || s.is_empty() {
                let (tail, uses) = m.pop().expect("a page");
                if uses > 0 {
                    m.insert(0, (tail, uses - 1));
                }
                continue;
            }
            // The small queue is gone through until something leaves it, however long main grows.
            while let Some((tail, uses)) = s.pop() {
                if uses <= 1 {
                    g.insert(0, tail);
                    g.truncate(main_max);
                    break;
                }
                m.insert(0, (tail, 0));
            }
        }
        if take(&mut g, x) {
            m.insert(0, (x, 0));
        } else {
            s.insert(0, (x, 0));
        }
    }
    misses
}

/// A page of [`mglru`]: its number, its uses since it came or last moved, its accessed bit.
type Aged = (u32, u32, bool);

fn tier_of(uses: u32) -> usize {
    [0, 0, 1, 2, 2, 3][uses.min(5) as usize]
}

/// Whether refaults speak for protecting a tier: (refaulted, evicted and protected), against those of tier 0.
fn is_dearer(tier: (u64, u64), base: (u64, u64)) -> bool {
    tier.0 >= 64 && 2 * tier.0 * (base.1 + 64) > 3 * (base.0 + 1) * tier.1
}

/// MGLRU as the module says, over plain vectors: the generations from the oldest on, each with its newest page first. `gone`
/// has the pages evicted, each with the number of the oldest generation at the time and its tier.
pub(super) fn mglru(capacity: usize, references: &[u32]) -> u64 {
    let mut generations: Vec<Vec<Aged>> = vec![Vec::new(); 4];
    let mut gone: Vec<(u32, u64, usize)> = Vec::new();
    let mut tiers = [(0u64, 0u64); 4];
    let (mut oldest, mut misses) = (0u64, 0);
    for &x in references {
        if let Some(page) = generations.iter_mut().flatten().find(|page| page.0 == x) {
            (page.1, page.2) = (page.1 + 1, true);
            continue;
        }
        misses += 1;
        if let Some(at) = gone.iter().position(|page| page.0 == x) {
            let (_, then, tier) = gone.remove(at);
            let youngest = oldest + generations.len() as u64 - 1;
            tiers[tier].0 += u64::from(youngest - then < 4);
        }
        while generations.iter().map(Vec::len).sum::<usize>() == capacity {
            let Some((page, uses, young)) = generations[0].pop() else {
                generations.remove(0);
                oldest += 1;
                if generations.len() == 2 {
                    let mut walked: Vec<Aged> =
                        generations.iter().flatten().filter(|page| page.2).copied().collect();
                    generations.iter_mut().for_each(|list| list.retain(|page| !page.2));
                    walked.sort_unstable_by_key(|page| std::cmp::Reverse(page.0));
                    generations.push(walked.into_iter().map(|page| (page.0, 1, false)).collect());
                    tiers = tiers.map(|(refaulted, all)| (refaulted / 2, all / 2));
                }
                continue;
            };
            let tier = tier_of(uses);
            let protects = |from: &usize| is_dearer(tiers[*from], tiers[0]);
            let kept = (1..4).find(protects).is_some_and(|first| tier >= first);
            tiers[tier].1 += 1;
            match kept {
                true => generations[1].insert(0, (page, 1, young)),
                false => gone.push((page, oldest, tier)),
            }
        }
        generations.last_mut().expect("a generation").insert(0, (x, 1, false));
    }
    misses
}
