//! Random programs over the C library's allocator.

mod blocks;
mod calls;
mod chaos;
mod life;
mod sizes;
mod weights;

use super::dice::Dice;
use super::profile::Profile;
use blocks::{Actor, Process};
use weights::Op;

/// The lines of a program in `profile`: 200 to 5,000 calls.
pub(super) fn scenario(dice: Dice, profile: Profile) -> String {
    let mut program = Program::new(dice, profile);
    let weights = weights::swarm(profile, &mut program.dice);
    while program.lines.len() < program.end {
        program.breathe();
        let op = program.dice.weighted(&weights);
        program.perform(op);
    }
    program.wind_up();
    program.lines.concat()
}

/// A program as it grows, and what its author remembers of it.
struct Program {
    dice: Dice,
    profile: Profile,
    lines: Vec<String>,
    /// How many results are bound to `p0`, `p1`, …
    names: u64,
    /// The processes that live, with their threads and blocks.
    processes: Vec<Process>,
    /// How many processes there have been.
    born: u64,
    /// Of 100 calls that allocate or free, how many allocate; changes in phases.
    growth: u64,
    /// The calls left of the phase.
    phase: u64,
    /// How many lines there will be, but for the last views.
    end: usize,
    /// In a small program blocks stay few, in a large one they become many.
    most_blocks: usize,
}

impl Program {
    fn new(mut dice: Dice, profile: Profile) -> Self {
        let most_blocks = dice.pick(&[8, 30, 100, 100, 400]);
        let end = dice.spread(200, 4900) as usize;
        let processes = vec![Process::first()];
        Self {
            dice,
            profile,
            lines: Vec::new(),
            names: 0,
            processes,
            born: 1,
            growth: 60,
            phase: 0,
            end,
            most_blocks,
        }
    }

    /// Programs grow and shrink in phases; this begins a new one when the last is over.
    fn breathe(&mut self) {
        match self.phase {
            0 => {
                self.growth = self.dice.pick(&[15, 40, 50, 55, 60, 85, 100]);
                self.phase = self.dice.spread(5, 400);
            }
            _ => self.phase -= 1,
        }
    }

    fn perform(&mut self, op: Op) {
        let actor = self.actor();
        match op {
            Op::Block => self.block(actor),
            Op::Realloc => self.realloc(actor),
            Op::Aligned => self.aligned(actor),
            Op::Access => self.access(actor),
            Op::Ask => self.ask(actor),
            Op::Trim => self.trim(actor),
            Op::Mallopt => self.mallopt(actor),
            Op::View => self.view(actor),
            Op::Thread => self.thread(actor),
            Op::Fork => self.fork(actor),
            Op::Limit => self.limit(actor),
            Op::Foreign => self.foreign(actor),
            Op::Abort => self.abort(actor),
        }
    }

    /// One of the threads that live.
    fn actor(&mut self) -> Actor {
        let at = self.dice.below(self.processes.len() as u64) as usize;
        let thread = self.dice.pick(&self.processes[at].threads);
        Actor { at, thread }
    }

    /// The last lines: what each process has come to.
    fn wind_up(&mut self) {
        for at in 0..self.processes.len() {
            for view in ["mallinfo", "maps", "status", "rusage"] {
                self.say(Actor { at, thread: 1 }, &format!("{view}()"));
            }
        }
    }

    fn say(&mut self, actor: Actor, call: &str) {
        let process = self.processes[actor.at].id;
        let line = match (process, actor.thread) {
            (1, 1) => format!("{call}\n"),
            (_, 1) => format!("[{process}] {call}\n"),
            (_, thread) => format!("[{process}.{thread}] {call}\n"),
        };
        self.lines.push(line);
    }

    /// Adds a line whose result is a block, and gives that a name.
    fn say_bound(&mut self, actor: Actor, call: &str) -> u64 {
        let name = self.names;
        self.names += 1;
        self.say(actor, &format!("p{name} = {call}"));
        name
    }
}
