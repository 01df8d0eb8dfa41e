//! `host [--syscalls] FILE.scn…` prints the logs of scenarios on the host's own kernel and C library.

use memtwin_oracle::{Host, HostError, Options};
use std::process::ExitCode;

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
        std::env::args().skip(1).partition(|argument| argument == "--syscalls");
    let mut host = Host::new(Options { syscalls: !flags.is_empty(), ..Options::default() })?;
    host.warnings().iter().for_each(|warning| eprintln!("host: {warning}"));
    for file in files {
        print!("{}", host.run(&std::fs::read_to_string(file)?)?);
    }
    Ok(())
}
