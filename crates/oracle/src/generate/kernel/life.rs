//! Processes: fork, exit and limits.

use super::super::dice::size;
use super::super::profile::Profile;
use super::Script;

impl Script {
    /// A child of one of the processes, at most five alive.
    pub(super) fn fork(&mut self) {
        if self.alive.len() >= 5 || self.born >= 15 {
            return self.store();
        }
        let parent = self.dice.pick(&self.alive);
        let again = if self.dice.percent(20) { self.ended.pop() } else { None };
        let child = again.unwrap_or_else(|| {
            self.born += 1;
            self.born
        });
        self.alive.push(child);
        let by = super::prefix(parent);
        self.lines.push(format!("{by}fork({child})\n"));
    }

    /// The end of a process, but not of the last one.
    pub(super) fn exit(&mut self) {
        if self.alive.len() < 2 {
            return self.touch();
        }
        let first = u64::from(!self.dice.percent(10));
        let at = first + self.dice.below(self.alive.len() as u64 - first);
        let process = self.alive.remove(at as usize);
        self.ended.push(process);
        let code = self.dice.below(2);
        self.lines.push(format!("[{process}] exit({code})\n"));
    }

    pub(super) fn setrlimit(&mut self) {
        let resource = match self.profile {
            Profile::Lock => "RLIMIT_MEMLOCK",
            Profile::Stack => self.dice.pick(&["RLIMIT_STACK", "RLIMIT_STACK", "RLIMIT_AS"]),
            Profile::Limits | Profile::Truncate if self.dice.percent(25) => "RLIMIT_FSIZE",
            _ => self.dice.pick(&["RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_MEMLOCK"]),
        };
        let limit = match self.dice.below(100) {
            0..=24 => self.dice.pick(&["RLIM_INFINITY", "0", "8M", "16M"]).to_owned(),
            25..=29 => self.dice.pick(&["1", "4095", "100000"]).to_owned(),
            _ => size(self.dice.pick(&[
                64 << 10,
                128 << 10,
                256 << 10,
                300 << 10,
                512 << 10,
                1 << 20,
                2 << 20,
                20 << 20,
            ])),
        };
        self.say(&format!("setrlimit({resource}, {limit})"));
    }
}
