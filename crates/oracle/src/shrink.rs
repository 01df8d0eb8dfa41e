//! From a scenario that fails to the shortest one that still does, by delta debugging.
//!
//! First lines go, in chunks of half, then a quarter and so on; then what is left becomes simpler, word by word.

mod simpler;

/// The shortest scenario found for which `fails` is still true; `scenario` itself if it is not true for that.
///
/// `fails` must be false for scenarios that make no sense, such as those that use a name whose line is gone.
pub fn shrink(scenario: &str, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut lines: Vec<String> =
        scenario.lines().filter(|line| !line.trim_start().starts_with('#')).map(str::to_owned).collect();
    if !fails(&text(&lines)) {
        return scenario.to_owned();
    }
    loop {
        let before = lines.clone();
        drop_lines(&mut lines, &mut fails);
        simplify(&mut lines, &mut fails);
        if lines == before {
            return text(&lines);
        }
    }
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Leaves out chunks, large ones first, the last lines first: what follows the failure is never needed.
fn drop_lines(lines: &mut Vec<String>, fails: &mut impl FnMut(&str) -> bool) {
    let mut chunk = lines.len().div_ceil(2).max(1);
    loop {
        let mut end = lines.len();
        while end > 0 {
            let start = end.saturating_sub(chunk);
            let mut rest = lines.clone();
            rest.drain(start..end);
            if fails(&text(&rest)) {
                *lines = rest;
            }
            end = start;
        }
        if chunk == 1 {
            return;
        }
        chunk = chunk.div_ceil(2);
    }
}

/// Tries each simpler form of each line, and keeps those with which the scenario still fails.
fn simplify(lines: &mut [String], fails: &mut impl FnMut(&str) -> bool) {
    for at in 0..lines.len() {
        while let Some(simpler) = first_that_fails(lines, at, fails) {
            lines[at] = simpler;
        }
    }
}

fn first_that_fails(lines: &[String], at: usize, fails: &mut impl FnMut(&str) -> bool) -> Option<String> {
    let mut trial = lines.to_vec();
    simpler::forms(&lines[at]).into_iter().find(|form| {
        trial[at].clone_from(form);
        fails(&text(&trial))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_matter_stay() {
        let scenario: String = (0..100).map(|i| format!("store(heap+{i}, 1)\n")).collect();
        let mut tries = 0;
        let short = shrink(&scenario, |text| {
            tries += 1;
            text.contains("heap+17,") && text.contains("heap+80,")
        });
        assert_eq!(short, "store(heap+17, 0)\nstore(heap+80, 0)\n");
        assert!(tries < 400, "{tries}");
    }

    #[test]
    fn words_become_simple_while_the_scenario_still_fails() {
        let short = shrink(
            "[1] m = mmap(NULL, 48K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
            |text| text.contains("mmap(") && text.contains("MAP_ANONYMOUS") && !text.contains(", 0,"),
        );
        assert_eq!(short, "mmap(NULL, 1, PROT_NONE, MAP_ANONYMOUS, -1, 0)\n");
    }

    #[test]
    fn a_scenario_that_does_not_fail_stays_as_it_is() {
        assert_eq!(shrink("# x\nmaps()\n", |_| false), "# x\nmaps()\n");
    }
}
