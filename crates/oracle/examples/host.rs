//! `host FILE.scn…` prints the logs of scenarios on the host's own kernel.

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
    let mut host = Host::new(Options::default())?;
    host.warnings().iter().for_each(|warning| eprintln!("host: {warning}"));
    for file in std::env::args().skip(1) {
        print!("{}", host.run(&std::fs::read_to_string(file)?)?);
    }
    Ok(())
}
