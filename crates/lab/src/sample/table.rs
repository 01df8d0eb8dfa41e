//! Samples as CSV: a row a sample, a column a counter and a column its highest value so far; of free memory the lowest, too.

use std::io::Write;

use super::{Counter, Samples};

impl Samples {
    /// Writes the samples as CSV with a head: `line`, `us`, `call`, each counter, each counter's `peak_…` up to then, and
    /// `low_free` if free memory is sampled.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_csv(&self, to: impl Write) -> csv::Result<()> {
        let mut table = csv::Writer::from_writer(to);
        let names: Vec<String> = self.counters.iter().map(ToString::to_string).collect();
        let peaks = names.iter().map(|name| format!("peak_{name}"));
        let head = ["line".to_owned(), "us".to_owned(), "call".to_owned()];
        let low = self.counters.contains(&Counter::Free);
        let lowest = low.then(|| "low_free".to_owned());
        table.write_record(head.into_iter().chain(names.iter().cloned()).chain(peaks).chain(lowest))?;
        for sample in &self.samples {
            let lowest = low.then_some(&sample.low_free);
            let figures = sample.values.iter().chain(&sample.peaks).chain(lowest).map(ToString::to_string);
            let row = [sample.line.to_string(), sample.us.to_string(), sample.call.clone()];
            table.write_record(row.into_iter().chain(figures))?;
        }
        Ok(table.flush()?)
    }
}
