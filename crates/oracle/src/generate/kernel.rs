//! Random scenarios of system calls and accesses.

mod access;
pub(super) mod advice;
mod files;
mod ground;
mod life;
mod maps;
mod views;
mod weights;

use super::dice::Dice;
use super::profile::Profile;
use ground::Ground;
use weights::Op;

/// The lines of a scenario in `profile`: 30 to 300 of them.
pub(super) fn scenario(dice: Dice, profile: Profile) -> String {
    let mut script = Script::new(dice, profile);
    script.set_up();
    let weights = weights::swarm(profile, &mut script.dice);
    let end = script.dice.spread(24, 280) as usize;
    while script.lines.len() < end {
        let op = script.dice.weighted(&weights);
        script.perform(op);
    }
    script.wind_up();
    script.lines.concat()
}

/// A scenario as it grows, and what its author remembers of it.
struct Script {
    dice: Dice,
    profile: Profile,
    ground: Ground,
    lines: Vec<String>,
    /// How many results are bound to `m0`, `m1`, …
    mappings: u64,
    /// How many files there are, `f0`, `f1`, …, and how large each was made.
    files: Vec<File>,
    /// The processes that live; the first is never empty.
    alive: Vec<u64>,
    /// How many processes there have been.
    born: u64,
    /// Numbers of processes that are no more.
    ended: Vec<u64>,
}

/// What a line of `process` begins with.
fn prefix(process: u64) -> String {
    if process == 1 { String::new() } else { format!("[{process}] ") }
}

/// A file that the scenario has made.
struct File {
    size: u64,
    /// A regular file; else one on tmpfs.
    disk: bool,
    /// A further descriptor of another one.
    again: bool,
}

impl Script {
    fn new(mut dice: Dice, profile: Profile) -> Self {
        let ground = Ground::new(profile, &mut dice);
        Self {
            dice,
            profile,
            ground,
            lines: Vec::new(),
            mappings: 0,
            files: Vec::new(),
            alive: vec![1],
            born: 1,
            ended: Vec::new(),
        }
    }

    /// The first lines: the files that the profile wants, and mappings side by side on most of the ground.
    fn set_up(&mut self) {
        for _ in 0..weights::files_at_start(self.profile, &mut self.dice) {
            self.make_file();
        }
        if self.profile == Profile::Folios {
            self.lines.push(format!("buffer = mmap(NULL, {}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n", super::dice::size(files::BUFFER)));
        }
        self.tile();
        if self.profile == Profile::Huge {
            let (start, len) = (self.ground.at(0), super::dice::size(self.ground.len));
            self.say(&format!("madvise({start}, {len}, MADV_HUGEPAGE)"));
        }
    }

    fn perform(&mut self, op: Op) {
        match op {
            Op::MmapAnon => self.mmap_anon(),
            Op::MmapFile => self.mmap_file(),
            Op::Munmap => self.munmap(),
            Op::Mprotect => self.mprotect(),
            Op::Mremap => self.mremap(),
            Op::Brk => self.brk(),
            Op::Sbrk => self.sbrk(),
            Op::Madvise => self.madvise(),
            Op::Lock => self.lock(),
            Op::LockAll => self.lock_all(),
            Op::Msync => self.msync(),
            Op::Seal => self.seal(),
            Op::Fork => self.fork(),
            Op::Exit => self.exit(),
            Op::Setrlimit => self.setrlimit(),
            Op::File => self.make_file(),
            Op::Open => self.open(),
            Op::Close => self.close(),
            Op::Ftruncate => self.ftruncate(),
            Op::Pread => self.pread(),
            Op::Pwrite => self.pwrite(),
            Op::Flush => self.flush(),
            Op::Fadvise => self.fadvise(),
            Op::Load => self.load(),
            Op::Store => self.store(),
            Op::Fetch => self.fetch(),
            Op::Touch => self.touch(),
            Op::Memset => self.memset(),
            Op::Bits => self.bits(),
            Op::View => self.view(),
        }
    }

    /// The last lines: every view of every process that lives.
    fn wind_up(&mut self) {
        for process in self.alive.clone() {
            let by = prefix(process);
            self.lines.extend(["maps", "smaps", "status", "rusage"].map(|view| format!("{by}{view}()\n")));
        }
    }

    /// Adds a line, made by one of the processes.
    fn say(&mut self, call: &str) {
        let by = self.caller();
        self.lines.push(format!("{by}{call}\n"));
    }

    /// Adds a line whose result is an address, and often gives that a name.
    fn say_bound(&mut self, call: &str) {
        if self.dice.percent(45) {
            return self.say(call);
        }
        let name = self.mappings;
        self.mappings += 1;
        self.say(&format!("m{name} = {call}"));
    }

    /// Who makes a call: a process that lives, seldom one that does not.
    fn caller(&mut self) -> String {
        let process =
            if self.dice.percent(1) { self.dice.between(1, 7) } else { self.dice.pick(&self.alive) };
        match process {
            1 if self.dice.percent(75) => String::new(),
            process => format!("[{process}] "),
        }
    }
}
