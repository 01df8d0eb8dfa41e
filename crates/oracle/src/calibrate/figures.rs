//! All measurements in turn, and what each adds to the list.

use super::sample::Sample;
use super::{Calibration, Measured, calls, faults, latency};
use std::io;

pub(super) fn measure() -> io::Result<Calibration> {
    let mut figures = Figures::default();
    let ghz = latency::ghz();
    latency::measure(&mut figures)?;
    calls::measure(&mut figures)?;
    faults::measure(&mut figures)?;
    let kernel = read("/proc/sys/kernel/osrelease").trim().to_owned();
    Ok(Calibration { processor: processor_name(), kernel, ghz, costs: figures.costs })
}

/// The figures so far.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) costs: Vec<Measured>,
}

impl Figures {
    pub(super) fn add(&mut self, name: &'static str, sample: Sample) {
        self.costs.push(Measured { name, ns: sample.median, spread_ns: sample.spread });
    }

    /// A figure there is already; zero if not.
    pub(super) fn ns(&self, name: &str) -> f64 {
        self.costs.iter().find(|cost| cost.name == name).map_or(0.0, |cost| cost.ns)
    }

    /// Gives a figure that is there a better value.
    pub(super) fn replace(&mut self, name: &'static str, sample: Sample) {
        self.costs.retain(|cost| cost.name != name);
        self.add(name, sample);
    }

    /// Adds what is left of `sample` without `times` another figure.
    pub(super) fn add_without(&mut self, name: &'static str, sample: Sample, times: f64, part: &str) {
        let median = (sample.median - times * self.ns(part)).max(0.0);
        self.add(name, Sample { median, ..sample });
    }
}

fn processor_name() -> String {
    let text = read("/proc/cpuinfo");
    let of = |key: &str| {
        let line =
            text.lines().find(|line| line.split(':').next().is_some_and(|start| start.trim_end() == key));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value.trim())
    };
    format!("{} (family {}, model {})", of("model name"), of("cpu family"), of("model"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
