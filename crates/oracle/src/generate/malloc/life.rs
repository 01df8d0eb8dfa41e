//! Threads, processes, limits, options, and others' use of the address space.

use super::super::dice::size;
use super::Program;
use super::blocks::Actor;

impl Program {
    /// The begin or the end of a thread.
    pub(super) fn thread(&mut self, actor: Actor) {
        let threads = &self.processes[actor.at].threads;
        let ends = threads.len() > 1 && (threads.len() >= 24 || self.dice.percent(35));
        if ends && actor.thread > 1 {
            self.say(actor, "thread_exit()");
            return self.processes[actor.at].threads.retain(|&thread| thread != actor.thread);
        }
        let free: Vec<u64> = (2..40).filter(|number| !threads.contains(number)).collect();
        let Some(&number) = free.first() else { return };
        self.say(actor, &format!("thread({number})"));
        self.processes[actor.at].threads.push(number);
    }

    /// The begin or the end of a process, the first one's excepted.
    pub(super) fn fork(&mut self, actor: Actor) {
        if actor.at > 0 && self.dice.percent(40) {
            self.say(Actor { thread: 1, ..actor }, "exit(0)");
            self.processes.remove(actor.at);
        } else if self.processes.len() < 4 && self.born < 15 {
            self.born += 1;
            self.say(actor, &format!("fork({})", self.born));
            let child = self.processes[actor.at].child(self.born);
            self.processes.push(child);
        }
    }

    pub(super) fn limit(&mut self, actor: Actor) {
        let resource = self.dice.pick(&["RLIMIT_AS", "RLIMIT_AS", "RLIMIT_DATA"]);
        let limit = match self.dice.below(10) {
            0..=4 => "RLIM_INFINITY".to_owned(),
            _ => {
                size(self.dice.pick(&[160 << 10, 300 << 10, 512 << 10, 1 << 20, 2 << 20, 4 << 20, 16 << 20]))
            }
        };
        self.say(actor, &format!("setrlimit({resource}, {limit})"));
    }

    pub(super) fn mallopt(&mut self, actor: Actor) {
        let (option, values): (_, &[&str]) = self.dice.pick(&[
            ("M_MMAP_THRESHOLD", &["0", "1000", "4096", "64K", "128K", "1M", "32M", "64M"] as &[&str]),
            ("M_TRIM_THRESHOLD", &["0", "4096", "64K", "128K", "1M", "-1"]),
            ("M_TOP_PAD", &["0", "1", "4096", "64K", "1M"]),
            ("M_MXFAST", &["0", "16", "64", "80", "128", "160", "161"]),
            ("M_MMAP_MAX", &["0", "1", "3", "65536"]),
            ("M_PERTURB", &["0", "1", "170", "255"]),
            ("M_ARENA_MAX", &["1", "2", "8"]),
            ("M_ARENA_TEST", &["1", "8"]),
            ("M_CHECK_ACTION", &["0", "3"]),
            ("99", &["0"]),
        ]);
        let value = self.dice.pick(values);
        self.say(actor, &format!("mallopt({option}, {value})"));
    }

    /// Others' use of the break and of the mmap area.
    pub(super) fn foreign(&mut self, actor: Actor) {
        let call = match self.dice.below(10) {
            0..=2 => {
                format!("sbrk({})", self.dice.pick(&["0", "1", "16", "100", "4096", "5000", "64K", "1M"]))
            }
            3 => "sbrk(0)".to_owned(),
            4 | 5 => {
                let at = size(self.dice.between(8, 300) << 14);
                format!(
                    "mmap(heap+{at}, 4K, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0)"
                )
            }
            6 | 7 => {
                let len = size(self.dice.between(1, 600) << 12);
                format!("mmap(NULL, {len}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)")
            }
            8 => {
                let at = size(self.dice.between(8, 300) << 14);
                format!("munmap(heap+64M+{at}, 64K)")
            }
            _ => format!(
                "mmap(heap+{}, 64K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
                size(self.dice.below(64) << 16)
            ),
        };
        self.say(actor, &call);
    }
}
