//! maps, smaps, status, rusage and pagemap: read from outside, without a call of the process.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::proc_fs::{self, HWM, STATUS};
use super::super::session::{Actor, Session, words};
use crate::script::Line;

/// The answer to a view; `None` if the call is none.
pub(in super::super) fn view(
    session: &Session<'_>,
    line: &Line<'_>,
    at: Actor,
) -> Result<Option<Answer>, HostError> {
    let pid = session.pid(at);
    let text = match line.call {
        "maps" => after_newline(proc_fs::maps(pid, session.host.scratch.path(), &session.hides())?),
        "smaps" => after_newline(proc_fs::smaps(pid, session.host.scratch.path(), &session.hides())?),
        "status" => status(session, at)?,
        "rusage" => {
            let faults = session.processes[at.process].counted;
            format!(" minflt={} majflt={}", faults.minor, faults.major)
        }
        "pagemap" => {
            let [address, length] = session.values(line)?;
            let letters = address.checked_add(length).map(|_| proc_fs::pagemap(pid, address, length));
            letters
                .transpose()?
                .filter(|letters| !letters.is_empty())
                .map_or(String::new(), |text| format!(" {text}"))
        }
        _ => return Ok(None),
    };
    if line.call != "pagemap" {
        let [] = words(line)?;
    }
    Ok(Some(Answer::text(text)))
}

/// Lines that follow the arrow's line: the last newline is the caller's.
fn after_newline(lines: String) -> String {
    if lines.is_empty() { lines } else { format!("\n{}", lines.trim_end_matches('\n')) }
}

fn status(session: &Session<'_>, at: Actor) -> Result<String, HostError> {
    let process = &session.processes[at.process];
    let mut figures = proc_fs::status(process.pid)?;
    figures[HWM] = process.hwm;
    let growth =
        STATUS.iter().zip(figures.iter().zip(session.base)).map(|(name, (&is, was))| (name, is - was));
    Ok(growth.filter(|&(_, growth)| growth != 0).map(|(name, growth)| format!(" {name}={growth}")).collect())
}
