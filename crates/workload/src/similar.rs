//! What somebody may have meant by a name that there is not.

/// How alike names must be, 0 to 1 (as clap has it for its commands).
const ALIKE: f64 = 0.8;

/// The known name that is most like `name`, if one is like it, or has it for one of its words (`fork`: `fork-copies`).
pub fn similar<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let likeness = |known: &str| {
        let word = known.split('-').any(|word| word == name);
        if word { 1.0 } else { strsim::jaro(name, known) }
    };
    let alike = known.into_iter().map(|known| (likeness(known), known));
    let best = alike.filter(|(alike, _)| *alike > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, known)| known)
}

/// ` (did you mean …?)` where a known name is like `name`, else nothing: to follow the name.
pub fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    similar(name, known).map_or_else(String::new, |known| format!(" (did you mean `{known}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_name() {
        let known = ["malloc", "calloc", "realloc", "mmap", "munmap"];
        assert_eq!(similar("mallok", known), Some("malloc"));
        assert_eq!(similar("munmpa", known), Some("munmap"));
        assert_eq!(similar("open", known), None);
        assert_eq!(did_you_mean("mallo", known), " (did you mean `malloc`?)");
        assert_eq!(did_you_mean("x", known), "");
        assert_eq!(similar("fork", ["oom", "fork-copies"]), Some("fork-copies"));
    }
}
