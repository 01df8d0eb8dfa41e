//! `memtwin calibrate`: what things cost on this host, as a cost model.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use memtwin_oracle::calibrate::{Calibration, calibrate};
use memtwin_workload::cost::{Cost, CostModel};

use crate::failure::Failure;
use crate::waiting::Waiting;

/// Measures this host and writes a cost model for `report --cost FILE`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Calibrate {
    /// Where to write the model instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  memtwin calibrate -o here.json
  memtwin report --cost here.json trace.scn

The host must be x86-64 Linux and should have nothing else to do. What it cannot measure (swap, flushes of whole address
spaces) is taken from the default model.

Exit codes: 0 written, 1 cannot write, 2 the host cannot be measured.";

impl Calibrate {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let waiting = Waiting::new();
        let host = calibrate().map_err(Failure::Calibration)?;
        drop(waiting);
        let mut text = serde_json::to_string_pretty(&model(&host)).unwrap_or_default();
        text.push('\n');
        match self.output {
            Some(file) => fs::write(file, text)?,
            None => io::stdout().lock().write_all(text.as_bytes())?,
        }
        Ok(())
    }
}

fn model(host: &Calibration) -> CostModel {
    let base = CostModel::default();
    let source = format!("memtwin calibrate on {}, Linux {}", host.processor, host.kernel);
    let mut model = CostModel::new("calibrated", &source, host.ghz);
    let measured = host.costs.iter().map(|cost| (cost.name, Cost::new(cost.ns, cost.spread_ns)));
    let mut assumed = Vec::new();
    for (name, cost) in base.costs().filter(|(name, _)| !name.contains("fault.") && !name.contains("call.")) {
        if host.costs.iter().all(|measured| measured.name != name) {
            assumed.push((name, cost));
        }
    }
    let names: Vec<&str> = assumed.iter().map(|(name, _)| *name).collect();
    model.source = format!("{source}; of {}: {}", base.name, names.join(", "));
    for (name, cost) in measured.chain(assumed) {
        // The oracle's names are the model's; a test says so.
        let _ = model.set(name, cost);
    }
    model
}
