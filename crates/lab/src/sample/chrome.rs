//! Samples in Chrome's trace event format, which Perfetto and chrome://tracing show: a counter event a counter and sample.
//!
//! The format: "Trace Event Format", section "Counter Events". Its time stamps are µs; here they are those of the
//! modelled clock if samples are paced by it, else line numbers.

use std::io::Write;

use serde::Serialize;

use super::Samples;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'s> {
    trace_events: Vec<Event<'s>>,
    display_time_unit: &'static str,
}

#[derive(Serialize)]
struct Event<'s> {
    name: String,
    /// C: a counter, i: an instant.
    ph: &'static str,
    ts: u64,
    pid: u32,
    tid: u32,
    args: Args<'s>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Args<'s> {
    Value { value: u64 },
    Call { call: &'s str },
}

impl Samples {
    /// Writes the samples as a trace: each counter a track, each call an instant.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_chrome(&self, to: impl Write) -> serde_json::Result<()> {
        let mut trace_events = Vec::new();
        for sample in &self.samples {
            let event =
                |name: String, ph, args| Event { name, ph, ts: self.time(sample), pid: 1, tid: 1, args };
            trace_events.push(event(sample.call.clone(), "i", Args::Call { call: &sample.call }));
            for (counter, value) in self.counters.iter().zip(&sample.values) {
                trace_events.push(event(counter.to_string(), "C", Args::Value { value: *value }));
            }
        }
        serde_json::to_writer(to, &Trace { trace_events, display_time_unit: "ns" })
    }
}
