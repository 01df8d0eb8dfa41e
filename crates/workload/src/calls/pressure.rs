//! Calls about a machine as a whole: its counters, its cgroup, its files in /proc, and whom the OOM killer would take.

use super::Family::{State, System};
use super::Param::{Text, Value};
use super::{Args, Call, Caller, Outcome, Stop};
use crate::syntax::{Fault, Problem};

pub(super) const CALLS: &[Call] = &[
    Call::new("vmstat", State, &[], vmstat),
    Call::new("memstat", State, &[], memstat),
    Call::new("proc", State, &[Text("file")], proc),
    Call::new("oom_score", State, &[], oom_score),
    Call::new("oom_score_adj", System, &[Value("adj")], oom_score_adj),
];

fn oom_score(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.oom_score()))
}

fn oom_score_adj(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.set_oom_score_adj(a.value(0) as i64)?;
    Ok(Outcome::DONE)
}

/// The counters that are not zero.
fn vmstat(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Text(non_zero(&caller.twin.kernel.machine.vmstat().counters())))
}

/// The fields of the cgroup's own that are not zero; nothing where there is no cgroup.
fn memstat(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let fields = caller.twin.kernel.machine.memcg_stat().unwrap_or_default();
    Ok(Outcome::Text(non_zero(&fields)))
}

fn non_zero(fields: &[(&'static str, u64)]) -> String {
    let fields = fields.iter().filter(|(_, value)| *value > 0);
    fields.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// A file's text, each line indented by two spaces.
fn proc(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let name = a.text(0);
    let Some(text) = caller.twin.kernel.proc_text(name) else {
        let message =
            format!("there is no file `{name}`; there are {}", memtwin_kernel::proc::FILES.join(", "));
        return Err(Fault::new(a.call(), Problem::Setting(message)).into());
    };
    Ok(Outcome::Text(text.lines().map(|line| format!("\n  {line}")).collect()))
}
