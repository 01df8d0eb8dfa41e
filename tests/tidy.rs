//! The house rules that a program can check: file lengths, opening comments, words that have no place here.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest source file, in lines. The aim is 150 to 250.
const MOST_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust sources of the project, in order.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = ["crates", "tests", "benches"].iter().map(|dir| root().join(dir)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The sources for which `offends` gives a reason.
fn offenders(offends: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    let sources = sources();
    assert!(sources.len() > 50, "the sources were not found");
    let reason = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        offends(path, &text)
            .map(|reason| format!("{}: {reason}", path.strip_prefix(root()).unwrap().display()))
    };
    sources.iter().filter_map(reason).collect()
}

#[test]
fn files_are_short() {
    let long = offenders(|_, text| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{lines} lines"))
    });
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn each_file_opens_with_what_it_is() {
    let bare = offenders(|_, text| (!text.starts_with("//!")).then(|| "begins without `//!`".to_owned()));
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn no_banners_and_no_unfinished_work() {
    let words = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("// --", "--"),
    ];
    let found =
        offenders(|_, text| words.iter().find(|word| text.contains(**word)).map(|word| (*word).to_owned()));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn unsafe_is_in_few_places() {
    let word = concat!("allow(unsafe", "_code)");
    let found = offenders(|path, text| {
        let may = path.starts_with(root().join("crates/oracle")) || path.starts_with(root().join("benches"));
        (text.contains(word) && !may).then(|| "allows unsafe code".to_owned())
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_top_level_stays_small() {
    let may = [
        "benches",
        "Cargo.lock",
        "Cargo.toml",
        "crates",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "target",
        "tests",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || may.contains(&name.as_str()), "{name} does not belong at the top");
    }
}

/// The files that README's text and commands name exist.
#[test]
fn readme_names_what_exists() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let words = readme.split(|c: char| c.is_whitespace() || "`()[],".contains(c));
    let paths: Vec<&str> =
        words.filter(|word| word.starts_with("tests/") || word.starts_with("crates/")).collect();
    assert!(paths.len() > 4);
    for path in paths {
        assert!(root().join(path).exists(), "README names {path}");
    }
}
