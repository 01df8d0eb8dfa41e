//! Samples as CSV: a row a sample, a column a counter and a column its highest value so far.

use std::io::Write;

use super::Samples;

impl Samples {
    /// Writes the samples as CSV with a head: `line`, `us`, `call`, each counter, each counter's `peak_…` up to then.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_csv(&self, to: impl Write) -> csv::Result<()> {
        let mut table = csv::Writer::from_writer(to);
        let names: Vec<String> = self.counters.iter().map(ToString::to_string).collect();
        let peaks = names.iter().map(|name| format!("peak_{name}"));
        let head = ["line".to_owned(), "us".to_owned(), "call".to_owned()];
        table.write_record(head.into_iter().chain(names.iter().cloned()).chain(peaks))?;
        for sample in &self.samples {
            let figures = sample.values.iter().chain(&sample.peaks).map(ToString::to_string);
            let row = [sample.line.to_string(), sample.us.to_string(), sample.call.clone()];
            table.write_record(row.into_iter().chain(figures))?;
        }
        Ok(table.flush()?)
    }
}
