//! malloc, calloc, free, realloc, the memalign family, and what a program does with its blocks.

use super::super::profile::Profile;
use super::Program;
use super::blocks::{Actor, Block};

impl Program {
    /// malloc, calloc or free, as the phase has it.
    pub(super) fn block(&mut self, actor: Actor) {
        let held = self.processes[actor.at].blocks.len();
        let grow = held == 0 || (held < self.most_blocks && self.dice.percent(self.growth));
        if !grow {
            return self.free(actor);
        }
        match self.absurd() {
            Some(size) => {
                let call = self.dice.pick(&[
                    "malloc(",
                    "calloc(1, ",
                    "calloc(2, ",
                    "realloc(NULL, ",
                    "memalign(64, ",
                ]);
                self.say_bound(actor, &format!("{call}{size})"));
            }
            None if self.dice.percent(85) => self.malloc(actor),
            None => self.calloc(actor),
        }
    }

    fn malloc(&mut self, actor: Actor) {
        let size = self.size();
        let name = self.say_bound(actor, &format!("malloc({size})"));
        self.keep(actor, Block { name, size, known: 0 });
    }

    fn calloc(&mut self, actor: Actor) {
        let (total, each) = (self.size(), self.dice.pick(&[1, 1, 4, 8, 24, 100]));
        let count = total / each;
        let size = count * each;
        let name = self.say_bound(actor, &format!("calloc({count}, {each})"));
        self.keep(actor, Block { name, size, known: size });
    }

    fn free(&mut self, actor: Actor) {
        match self.take(actor) {
            Some(block) => self.say(actor, &format!("free(p{})", block.name)),
            None => self.say(actor, "free(NULL)"),
        }
    }

    pub(super) fn realloc(&mut self, actor: Actor) {
        let Some(block) = self.take(actor) else { return self.malloc(actor) };
        let size = match self.dice.below(10) {
            0..=2 => block.size + self.dice.spread(1, 200),
            3 => block.size / 2,
            4 => block.size * 2,
            5 if self.dice.percent(10) => 0,
            _ => self.size(),
        };
        let old = block.name;
        let call = match self.dice.below(12) {
            0 if size > 0 => format!("reallocarray(p{old}, 1, {size})"),
            1 if size % 8 == 0 && size > 0 => format!("reallocarray(p{old}, {}, 8)", size / 8),
            _ => format!("realloc(p{old}, {size})"),
        };
        let name = self.say_bound(actor, &call);
        // Where it may have failed, the next realloc is of NULL, and what a new block holds is the library's.
        let may_fail = matches!(self.profile, Profile::MallocLimits | Profile::MallocForeign);
        let known = if may_fail { 0 } else { block.known.min(size) };
        self.keep(actor, Block { name, size, known });
    }

    pub(super) fn aligned(&mut self, actor: Actor) {
        let alignment = self.alignment();
        let size = match self.profile {
            Profile::MallocAligned if self.dice.percent(50) => self.dice.spread(1, 5000),
            _ => self.size(),
        };
        let call = self.dice.pick(&["memalign", "aligned_alloc", "posix_memalign"]);
        let name = self.say_bound(actor, &format!("{call}({alignment}, {size})"));
        let refused = call == "posix_memalign" && !(alignment.is_power_of_two() && alignment >= 8);
        if !refused {
            self.keep(actor, Block { name, size, known: 0 });
        }
    }

    fn alignment(&mut self) -> u64 {
        self.dice.weighted(&[
            (1, 0),
            (1, 1),
            (1, 3),
            (3, 8),
            (6, 16),
            (8, 32),
            (1, 48),
            (10, 64),
            (5, 128),
            (5, 256),
            (2, 1000),
            (3, 1024),
            (6, 4096),
            (2, 8192),
            (2, 65_536),
            (1, 1 << 20),
            (1, 2 << 20),
        ])
    }

    /// A write into a block, or a read of what was written.
    pub(super) fn access(&mut self, actor: Actor) {
        let Some(at) = self.choose(actor) else { return self.malloc(actor) };
        let block = self.processes[actor.at].blocks[at];
        let Block { name, size, known } = block;
        match self.dice.below(6) {
            0 if known >= 8 && self.profile != Profile::MallocAbort => {
                let offset = self.dice.below(known / 8) * 8;
                self.say(actor, &format!("load(p{name}+{offset}, 8)"));
            }
            1 | 2 if size > 0 => {
                let len = self.dice.between(1, size.min(20_000));
                let byte = self.dice.below(256);
                self.say(actor, &format!("memset(p{name}, {byte}, {len})"));
                self.processes[actor.at].blocks[at].known = known.max(len);
            }
            3 if size > 0 => {
                let how = self.dice.pick(&["r", "w"]);
                self.say(actor, &format!("touch(p{name}, {}, {how})", size.min(1 << 20)));
            }
            _ if size >= 8 => {
                let value = self.dice.below(1 << 20);
                self.say(actor, &format!("store(p{name}, {value}, 8)"));
                self.processes[actor.at].blocks[at].known = known.max(8);
            }
            _ => self.ask(actor),
        }
    }

    pub(super) fn ask(&mut self, actor: Actor) {
        match self.choose(actor) {
            Some(at) => {
                let name = self.processes[actor.at].blocks[at].name;
                self.say(actor, &format!("malloc_usable_size(p{name})"));
            }
            None => self.say(actor, "malloc_usable_size(NULL)"),
        }
    }

    pub(super) fn trim(&mut self, actor: Actor) {
        let pad = self.dice.pick(&[0, 0, 0, 1, 4096, 100_000, 1 << 20]);
        self.say(actor, &format!("malloc_trim({pad})"));
    }

    pub(super) fn view(&mut self, actor: Actor) {
        let view = self.dice.weighted(&[(6, "mallinfo"), (2, "maps"), (2, "status"), (2, "rusage")]);
        self.say(actor, &format!("{view}()"));
    }

    pub(super) fn keep(&mut self, actor: Actor, block: Block) {
        self.processes[actor.at].blocks.push(block);
    }

    /// The index of some block of the process.
    pub(super) fn choose(&mut self, actor: Actor) -> Option<usize> {
        let held = self.processes[actor.at].blocks.len() as u64;
        (held > 0).then(|| self.dice.below(held) as usize)
    }

    /// Takes the block that is freed next, in the profile's order.
    pub(super) fn take(&mut self, actor: Actor) -> Option<Block> {
        let at = self.choose(actor)?;
        let last = self.processes[actor.at].blocks.len() - 1;
        let at = match self.profile {
            Profile::MallocLifo => last,
            Profile::MallocFifo => 0,
            Profile::MallocRandom => at,
            _ if self.dice.percent(40) => last,
            _ => at,
        };
        Some(self.processes[actor.at].blocks.remove(at))
    }
}
