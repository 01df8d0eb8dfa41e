//! The machine's clock, in ns: modelled costs move it and nothing else does, so the same input reads the same time on every host.
//!
//! The program and kswapd each have a processor and a time of their own; who runs spends its own. Linux's counterpart is
//! `ktime_get` on two CPUs. Left out: anything else that would take the processor.

use serde::{Deserialize, Serialize};

/// Who spends time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Runner {
    /// The program, its faults and system calls included.
    #[default]
    Program,
    /// The kernel thread that frees memory in the background.
    Kswapd,
}

/// The clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    runner: Runner,
    ns: [u64; 2],
}

impl Clock {
    /// The time of who runs.
    pub fn now_ns(&self) -> u64 {
        self.ns[self.runner as usize]
    }

    /// The program's time.
    pub fn program_ns(&self) -> u64 {
        self.ns[Runner::Program as usize]
    }

    /// Who runs.
    pub fn runner(&self) -> Runner {
        self.runner
    }

    /// Who runs has worked for `ns`.
    #[inline]
    pub fn advance(&mut self, ns: u64) {
        self.ns[self.runner as usize] += ns;
    }

    /// Who runs has waited until `ns`, if that is not over yet.
    pub fn advance_to(&mut self, ns: u64) {
        let now = &mut self.ns[self.runner as usize];
        *now = (*now).max(ns);
    }

    /// Lets `runner` run from now on: who did before.
    pub fn switch(&mut self, runner: Runner) -> Runner {
        std::mem::replace(&mut self.runner, runner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_spends_its_own_time() {
        let mut clock = Clock::default();
        clock.advance(100);
        assert_eq!(clock.switch(Runner::Kswapd), Runner::Program);
        clock.advance_to(40);
        clock.advance_to(30);
        assert_eq!((clock.now_ns(), clock.program_ns()), (40, 100));
    }
}
