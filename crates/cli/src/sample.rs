//! `memtwin sample`: counters over time.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use memtwin_lab::{Counter, Pace, Samples};
use memtwin_workload::Options;

use crate::failure::Failure;
use crate::session::Scenario;

/// Runs a scenario and writes counters over time: page faults, resident memory, free frames, heap, break, swap.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sample {
    #[command(flatten)]
    scenario: Scenario,
    /// The counters, separated by commas [default: minflt,majflt,rss,free,live,break,swap]; more are mapped, tables and the causes of faults
    /// (AnonWrite, CowCopy, SwapIn, …)
    #[arg(long, short, value_delimiter = ',', value_name = "NAMES")]
    counters: Vec<Counter>,
    /// One sample in so many lines; peaks miss nothing in between
    #[arg(long, value_name = "LINES", default_value_t = 1)]
    every: u64,
    /// One sample in so many µs of the modelled clock instead
    #[arg(long, value_name = "US", conflicts_with = "every")]
    every_us: Option<u64>,
    /// csv, or chrome: a trace for Perfetto and chrome://tracing
    #[arg(long, short, default_value = "csv")]
    format: Format,
    /// Where to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  memtwin sample trace.scn > trace.csv
  memtwin sample --counters rss,live,AnonWrite --every 100 trace.scn
  memtwin sample --format chrome -o trace.json trace.scn    # open in ui.perfetto.dev

Sizes are bytes. In CSV, peak_NAME is the highest value up to then, in calls as well as after them, and low_free the least free memory.
Exit codes: 0 all lines ran, 1 cannot write, 2 a file or a line was refused.";

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Chrome,
}

impl Sample {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let samples = self.samples()?;
        match &self.output {
            Some(file) => {
                let created = File::create(file).map_err(|error| Failure::file(file, &error))?;
                self.write(&samples, BufWriter::new(created))
            }
            None => self.write(&samples, BufWriter::new(io::stdout().lock())),
        }
    }

    fn samples(&self) -> Result<Samples, Failure> {
        let counters =
            if self.counters.is_empty() { Counter::DEFAULT.to_vec() } else { self.counters.clone() };
        let pace = self.every_us.map_or(Pace::Lines(self.every), Pace::Micros);
        let mut samples = Samples::new(counters, pace);
        self.scenario.run_each(Options::default(), &mut io::sink(), |session, number, text| {
            if let Some(twin) = session.twin() {
                samples.note(number, text.trim(), twin);
            }
        })?;
        Ok(samples)
    }

    fn write(&self, samples: &Samples, mut to: impl Write) -> Result<(), Failure> {
        match self.format {
            Format::Csv => samples.write_csv(&mut to).map_err(io::Error::from)?,
            Format::Chrome => samples.write_chrome(&mut to).map_err(io::Error::from)?,
        }
        Ok(to.flush()?)
    }
}
