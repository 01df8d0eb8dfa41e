//! The text of `/proc/PID/{maps,smaps,smaps_rollup,status,statm}`, byte for byte, and the entries of `/proc/PID/pagemap`.
//!
//! `scenarios/proc/NAME.proc` is what a real process had there at the end of `NAME.scn` (`cargo run -p memtwin-oracle --example host --
//! --proc`). The device and inode of files, the directory that they are in, the mapping of the program's image, and VmHWM, which the
//! kernel keeps only roughly, are the host's own.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use memtwin::kernel::{Errno, Kernel};
use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};

/// The scenarios' first process.
const FIRST: u32 = 1;
/// How the line of its image begins.
const IMAGE: &str = "555555554000-";

#[test]
fn the_text_of_proc_is_the_kernels() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/proc");
    let recorded =
        |entry: fs::DirEntry| entry.path().extension().is_some_and(|end| end == "proc").then(|| entry.path());
    let mut cases: Vec<_> =
        fs::read_dir(directory).unwrap().filter_map(|entry| recorded(entry.unwrap())).collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let scenario = fs::read_to_string(case.with_extension("scn")).unwrap();
        let host = comparable(&fs::read_to_string(&case).unwrap());
        let twin = comparable(&proc_of_twin(&scenario));
        for (line, (twin, host)) in twin.iter().zip(&host).enumerate() {
            assert_eq!(twin, host, "{}, line {}", case.display(), line + 1);
        }
        assert_eq!(twin.len(), host.len(), "{}", case.display());
    }
}

fn proc_of_twin(scenario: &str) -> String {
    let mut runner = Runner::new(Options::default());
    let mut lines = Lines::new(Cursor::new(scenario.as_bytes().to_vec())).unwrap();
    runner.run(&mut lines, &mut Vec::new()).unwrap();
    let kernel: &Kernel = &runner.twin().unwrap().kernel;
    let texts = [
        ("maps", kernel.maps_text(FIRST)),
        ("smaps", kernel.smaps_text(FIRST)),
        ("smaps_rollup", kernel.smaps_rollup_text(FIRST)),
        ("status", kernel.status_data(FIRST).map(|status| status.text())),
        ("statm", kernel.statm_text(FIRST)),
        ("pagemap", pagemap_text(kernel)),
    ];
    texts.into_iter().map(|(name, text)| format!("==> {name}\n{}", text.unwrap())).collect()
}

/// A line for each mapping, as the oracle makes it: its entries in hexadecimal, and how often each follows itself.
fn pagemap_text(kernel: &Kernel) -> Result<String, Errno> {
    let mut text = String::new();
    for map in kernel.maps(FIRST)? {
        let entries = kernel.pagemap(FIRST, map.start, map.end - map.start)?;
        let same =
            entries.chunk_by(|a, b| a == b).map(|same| format!(" {:x}*{}", same[0].bits(), same.len()));
        text += &format!("{:x}-{:x}{}\n", map.start, map.end, same.collect::<String>());
    }
    Ok(text)
}

/// Lines that count the program's image, which the host's process shares with others, and has on tmpfs.
const OF_IMAGE: [&str; 8] = [
    "Pss:",
    "Pss_Dirty:",
    "Pss_File:",
    "Pss_Shmem:",
    "Shared_Dirty:",
    "Private_Clean:",
    "RssFile:",
    "RssShmem:",
];

/// The lines, without what is the host's own; of status only those about memory.
fn comparable(text: &str) -> Vec<String> {
    let (mut file, mut image) = ("", false);
    let mut lines = Vec::new();
    for line in text.lines() {
        file = line.strip_prefix("==> ").unwrap_or(file);
        let mapping = without_file(line);
        if mapping.is_some() || line.starts_with("==>") {
            image = line.starts_with(IMAGE);
        }
        let of_memory = ["Vm", "Rss", "HugetlbPages", "==>"].iter().any(|start| line.starts_with(start));
        let of_image = image || file == "pagemap" && line.starts_with(IMAGE);
        if of_image || line.starts_with("VmHWM") || file == "status" && !of_memory {
            continue;
        }
        let whole = file == "smaps_rollup" || file == "status";
        match OF_IMAGE.iter().find(|name| whole && line.starts_with(**name)) {
            Some(name) => lines.push(format!("{name} {}", line.len())),
            None => lines.push(mapping.unwrap_or_else(|| line.to_owned())),
        }
    }
    lines
}

/// The line of a mapping without the file's device, inode and directory, but with the column in which its name begins.
fn without_file(line: &str) -> Option<String> {
    let mut fields = line.splitn(6, ' ');
    let range = fields.next().filter(|range| range.contains('-'))?;
    let (perms, offset) = (fields.next()?, fields.next()?);
    let (_device, _inode, name) = (fields.next()?, fields.next()?, fields.next()?.trim_start());
    let bare = match name.strip_prefix('/') {
        Some(path) if !name.starts_with("/memfd:") && !name.starts_with("/dev/") => {
            path.rsplit('/').next()?
        }
        _ => name,
    };
    Some(format!("{range} {perms} {offset} at {}: {bare}", line.len() - name.len()))
}
