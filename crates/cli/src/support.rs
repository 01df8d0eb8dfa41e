//! `memtwin support`: what is modelled.

use std::io::{self, Write};

use clap::Args;
use memtwin_workload::support;

use crate::failure::Failure;
use crate::table;

/// Lists what is modelled: each call and flag, the calls of the language, the keys of machine(…).
#[derive(Args)]
#[command(after_help = "Examples:\n  memtwin support | grep MADV\n\nExit codes: 0 printed, 1 cannot write.")]
pub(crate) struct Support {}

impl Support {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        for section in support::sections() {
            let rows = section.rows.iter().map(|row| [row.subject.as_str(), &row.state]);
            writeln!(out, "{}\n{}\n", table::heading(section.title), table::plain(rows).trim_fmt())?;
        }
        Ok(())
    }
}
