//! `memtwin completions`: a script by which a shell completes the command's words.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::Cli;
use crate::failure::Failure;

/// Prints the completions of a shell.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  memtwin completions bash > ~/.local/share/bash-completion/completions/memtwin\n  memtwin completions zsh > ~/.zfunc/_memtwin\n\nExit codes: 0 printed, 1 cannot write, 2 no such shell."
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "memtwin", &mut script);
        Ok(io::Write::write_all(&mut io::stdout().lock(), &script)?)
    }
}
