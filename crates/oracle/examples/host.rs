//! `host [--syscalls] FILE.scn…` prints the logs of scenarios on the host's own kernel and C library; `host --proc FILE.scn…` what
//! /proc tells of their first processes in the end.

use memtwin_oracle::{Host, HostError, Options};
use std::process::ExitCode;

/// The files that `--proc` prints.
const PROC: [&str; 6] = ["maps", "smaps", "smaps_rollup", "status", "statm", "pagemap"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("host: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), HostError> {
    let (flags, files): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let mut host = Host::new(Options { syscalls: has("--syscalls"), ..Options::default() })?;
    host.warnings().iter().for_each(|warning| eprintln!("host: {warning}"));
    for file in files {
        let scenario = std::fs::read_to_string(file)?;
        if !has("--proc") {
            print!("{}", host.run(&scenario)?);
            continue;
        }
        for (name, text) in PROC.iter().zip(host.proc_files(&scenario, &PROC)?) {
            print!("==> {name}\n{text}");
        }
    }
    Ok(())
}
