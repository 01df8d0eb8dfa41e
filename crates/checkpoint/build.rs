//! A number for the layout of a checkpoint: another whenever a type that is in one has other fields.
//!
//! It is a CRC of all items in the sources that derive `Serialize` (and of files that make such items by macros). Built away from
//! those sources, as from a registry, it is 0: there the version alone tells layouts apart.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let mut hasher = crc32fast::Hasher::new();
    for room in ["mmu", "kernel", "alloc", "workload", "checkpoint"] {
        let sources = Path::new("..").join(room).join("src");
        println!("cargo::rerun-if-changed={}", sources.display());
        for file in files(&sources) {
            hasher.update(layout(&fs::read_to_string(file).unwrap_or_default()).as_bytes());
        }
    }
    println!("cargo::rustc-env=MEMTWIN_LAYOUT={}", hasher.finalize());
}

/// All files below `directory`, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The items of a file that are serialised, without comments.
fn layout(text: &str) -> String {
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    if text.contains("Serialize") && text.contains("macro_rules!") {
        return code.collect();
    }
    let mut kept = String::new();
    let mut inside = false;
    for line in code {
        inside |= line.starts_with("#[derive(") && line.contains("Serialize");
        if inside {
            kept.push_str(line);
            inside = line != "}" && !line.ends_with(';');
        }
    }
    kept
}
