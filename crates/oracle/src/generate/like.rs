//! Random siblings of a scenario: lines are left out, repeated, moved, changed in a number or a flag, and others put between.
//!
//! What scenarios written by hand go into, random ones come to seldom. Names stay bound before they are used, and numbers of
//! processes new.

mod change;
mod words;

use super::dice::Dice;
use words::{Words, names_used};

/// A scenario that differs from `scenario` in one to ten places, by `seed`, and ends with every view of the first process: the same
/// text for the same arguments on every host.
#[must_use]
pub fn like(seed: u64, scenario: &str) -> String {
    let mut dice = Dice::new(seed);
    let mut lines: Vec<String> =
        scenario.lines().map(without_comment).filter(|line| !line.is_empty()).collect();
    for _ in 0..dice.pick(&[1, 2, 3, 4, 6, 10]) {
        let mut changed = lines.clone();
        change::one(&mut dice, &mut changed);
        if makes_sense(&changed) {
            lines = changed;
        }
    }
    lines.extend(["maps()", "smaps()", "status()", "rusage()"].map(str::to_owned));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn without_comment(line: &str) -> String {
    line.split('#').next().unwrap_or("").trim().to_owned()
}

/// Whether names are bound before they are used, and no process is made that is there already.
fn makes_sense(lines: &[String]) -> bool {
    let mut bound = vec!["heap", "mmap_base"];
    let mut alive = vec!["1"];
    for line in lines {
        let words = Words::of(line);
        if names_used(line).iter().any(|name| !bound.contains(name)) {
            return false;
        }
        match words.call {
            "fork" if alive.contains(&words.arguments) => return false,
            "fork" => alive.push(words.arguments),
            "exit" => alive.retain(|process| *process != words.process),
            _ => {}
        }
        bound.extend(words.name);
    }
    !lines.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = "\
f = file(\"a\", 32K) # a comment
p = mmap(NULL, 32K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)

fork(2)
[2] store(p+4K, 7)
[2] exit(0)
load(p)
";

    #[test]
    fn siblings_differ_and_repeat() {
        assert_eq!(like(7, SCENARIO), like(7, SCENARIO));
        let siblings: std::collections::BTreeSet<String> = (0..50).map(|seed| like(seed, SCENARIO)).collect();
        assert!(siblings.len() > 40, "{}", siblings.len());
    }

    #[test]
    fn nonsense_is_told() {
        let sense = |text: &str| makes_sense(&text.lines().map(str::to_owned).collect::<Vec<_>>());
        assert!(sense("p = mmap(NULL, 4K)\nload(p+8)\ntouch(p, 4K, r)\nopen(\"f\", O_RDONLY)"));
        assert!(!sense("load(p)"));
        assert!(!sense("fork(2)\n[2] fork(2)"));
        assert!(sense("fork(2)\n[2] exit(0)\nfork(2)"));
    }

    #[test]
    fn every_sibling_makes_sense() {
        for seed in 0..200 {
            let lines: Vec<String> = like(seed, SCENARIO).lines().map(str::to_owned).collect();
            assert!(makes_sense(&lines), "{seed}: {lines:?}");
        }
    }
}
