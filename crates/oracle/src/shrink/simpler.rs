//! Simpler forms of a line: fewer words, fewer flags, smaller numbers.

/// Forms of `line`, each simpler by one step; never one from which `line` itself could be reached. The number of a new process
/// is a name more than a number, and stays.
pub(super) fn forms(line: &str) -> Vec<String> {
    let mut forms = Vec::new();
    if let Some(rest) = line.strip_prefix("[1] ") {
        forms.push(rest.to_owned());
    }
    if let Some((name, call)) = line.split_once(" = ") {
        let prefix = name.rsplit_once("] ").map_or(String::new(), |(caller, _)| format!("{caller}] "));
        forms.push(format!("{prefix}{call}"));
    }
    if let Some((head, inner)) =
        line.split_once('(').and_then(|(head, rest)| Some((head, rest.strip_suffix(')')?)))
    {
        let arguments: Vec<&str> = if head.ends_with("fork") { vec![] } else { inner.split(", ").collect() };
        for at in 0..arguments.len() {
            for simple in simpler_arguments(arguments[at]) {
                let mut changed = arguments.clone();
                changed[at] = &simple;
                forms.push(format!("{head}({})", changed.join(", ")));
            }
        }
    }
    forms
}

fn simpler_arguments(argument: &str) -> Vec<String> {
    if argument.contains('|') {
        return without_a_flag(argument);
    }
    match argument.rfind(['+', '-']) {
        Some(at) if at > 0 => {
            let (base, offset) = argument.split_at(at);
            let smaller = smaller_numbers(&offset[1..])
                .into_iter()
                .map(|number| format!("{base}{}{number}", &offset[..1]));
            std::iter::once(base.to_owned()).chain(smaller).collect()
        }
        _ => smaller_numbers(argument),
    }
}

fn without_a_flag(flags: &str) -> Vec<String> {
    let words: Vec<&str> = flags.split('|').collect();
    let without = |gone: usize| {
        let rest: Vec<&str> =
            words.iter().enumerate().filter(|&(at, _)| at != gone).map(|(_, &word)| word).collect();
        rest.join("|")
    };
    (0..words.len()).map(without).collect()
}

/// Smaller numbers than `number`; none for a name, but nothing at all for a protection.
fn smaller_numbers(number: &str) -> Vec<String> {
    if number.starts_with("PROT_") && number != "PROT_NONE" {
        return vec!["PROT_NONE".to_owned()];
    }
    let Some(value) = value(number) else { return Vec::new() };
    let rounder = [value / 8192 * 4096, value / 4096 * 4096, value / 2];
    let mut smaller: Vec<u64> =
        [0, 1, 4096].into_iter().chain(rounder).filter(|&small| small < value).collect();
    smaller.sort_unstable();
    smaller.dedup();
    smaller.into_iter().map(size).collect()
}

fn value(number: &str) -> Option<u64> {
    let digits = number.trim_end_matches(['K', 'M', 'G', 'T']);
    let shift = match &number[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn size(bytes: u64) -> String {
    if bytes > 0 && bytes.is_multiple_of(1024) { format!("{}K", bytes / 1024) } else { bytes.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_simpler_forms_and_they_end() {
        assert_eq!(forms("maps()"), [""; 0]);
        assert_eq!(
            forms("touch(m3+8K, 4K, r)")[..3],
            ["touch(m3, 4K, r)", "touch(m3+0, 4K, r)", "touch(m3+1, 4K, r)"]
        );
        assert!(forms("[1] maps()").contains(&"maps()".to_owned()));
        assert!(forms("[2] a = brk(0)").contains(&"[2] brk(0)".to_owned()));
        let mut line = "m = mmap(mmap_base-64K, 123456, PROT_READ|PROT_WRITE, MAP_FIXED, -1, 0)".to_owned();
        for _ in 0..100 {
            let Some(next) = forms(&line).into_iter().next() else { break };
            line = next;
        }
        assert_eq!(forms(&line), [""; 0]);
    }
}
