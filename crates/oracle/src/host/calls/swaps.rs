//! Swap devices: compressed memory of the scenario's own, switched on for the whole host before all others, and off again when the
//! scenario is over. Only zram's input and output end within the call, so only with it logs repeat.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::session::{Session, no_such_call, words};
use crate::script::Line;
use std::fs;
use std::process::{Command, Stdio};

const CONTROL: &str = "/sys/class/zram-control";
/// Before whatever the host swaps to (the highest that `swapon` takes).
const PRIORITY: &str = "32767";

const PAGE_CLUSTER: &str = "/proc/sys/vm/page-cluster";

/// The devices that a scenario has switched on, and the setting that it has changed.
#[derive(Debug, Default)]
pub(in super::super) struct Swaps {
    /// The numbers of /dev/zram; None where one is off again.
    devices: Vec<Option<u32>>,
    /// The page cluster as it was.
    page_cluster: Option<String>,
}

impl Swaps {
    /// `machine(page_cluster=LOG2)`: no other key is the host's to set.
    pub(super) fn machine(session: &mut Session<'_>, line: &Line<'_>) -> Result<Answer, HostError> {
        let [setting] = words(line)?;
        let log2 = setting.strip_prefix("page_cluster=").ok_or_else(|| no_such_call(line))?;
        if session.swaps.page_cluster.is_none() {
            session.swaps.page_cluster = Some(fs::read_to_string(PAGE_CLUSTER)?);
        }
        fs::write(PAGE_CLUSTER, log2)?;
        Ok(Answer::number(0))
    }

    /// `swapon("zram", SIZE)`: the number by which it is switched off.
    pub(super) fn on(session: &mut Session<'_>, line: &Line<'_>) -> Result<Answer, HostError> {
        let [kind, size] = words(line)?;
        if kind != "\"zram\"" {
            return Err(no_such_call(line).into());
        }
        let bytes = session.names.value(size)?;
        let id = fs::read_to_string(format!("{CONTROL}/hot_add"))?;
        let id = id.trim().parse().map_err(|_| refused("zram gives no number"))?;
        session.swaps.devices.push(Some(id));
        fs::write(format!("/sys/block/zram{id}/disksize"), bytes.to_string())?;
        let device = device(id);
        run("mkswap", &[&device])?;
        run("swapon", &["-p", PRIORITY, &device])?;
        Ok(Answer::number(session.swaps.devices.len() as i64 - 1))
    }

    /// `swapoff(NUMBER)`.
    pub(super) fn off(session: &mut Session<'_>, line: &Line<'_>) -> Result<Answer, HostError> {
        let [number] = session.values(line)?;
        let id = session.swaps.devices.get_mut(number as usize).and_then(Option::take);
        remove(id.ok_or_else(|| no_such_call(line))?)?;
        Ok(Answer::number(0))
    }

    /// Switches off what is on, and puts the setting back. The processes that had pages there are gone, or going.
    pub(in super::super) fn restore(&mut self) {
        if let Some(log2) = self.page_cluster.take() {
            let _refused = fs::write(PAGE_CLUSTER, log2);
        }
        for id in self.devices.drain(..).flatten() {
            if let Err(error) = remove(id) {
                eprintln!("the oracle leaves {} on: {error}", device(id));
            }
        }
    }
}

fn remove(id: u32) -> Result<(), HostError> {
    run("swapoff", &[&device(id)])?;
    fs::write(format!("/sys/block/zram{id}/reset"), "1")?;
    Ok(fs::write(format!("{CONTROL}/hot_remove"), id.to_string())?)
}

fn device(id: u32) -> String {
    format!("/dev/zram{id}")
}

fn run(command: &str, arguments: &[&str]) -> Result<(), HostError> {
    let done = Command::new(command).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { Err(refused(&format!("{command} {arguments:?} failed"))) }
}

fn refused(what: &str) -> HostError {
    HostError::Unsuitable(what.to_owned())
}
