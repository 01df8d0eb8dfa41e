//! Misuse that glibc's integrity checks find, or do not: the heap goes on from there, but not for long, since sooner
//! or later a broken heap takes the random key of a free block for a size.

use super::Program;
use super::blocks::Actor;

impl Program {
    pub(super) fn abort(&mut self, actor: Actor) {
        match self.dice.below(6) {
            0..=2 => self.free_twice(actor),
            3 => self.free_foreign(actor),
            _ if self.lines.len() < 150 => self.free_twice(actor),
            4 => self.free_inside(actor),
            _ => self.free_forged(actor),
        }
    }

    fn free_twice(&mut self, actor: Actor) {
        if let Some(block) = self.take(actor) {
            self.say(actor, &format!("free(p{})", block.name));
            self.say(actor, &format!("free(p{})", block.name));
        }
    }

    /// A pointer into a block, with a header before it that the program itself wrote.
    fn free_inside(&mut self, actor: Actor) {
        let Some(at) = self.choose(actor) else { return };
        let block = self.processes[actor.at].blocks[at];
        if block.size < 64 {
            return;
        }
        let name = block.name;
        let (offset, header) =
            self.dice.pick(&[(8, 0), (16, 0), (16, 0x21), (16, 0x31), (16, 0x18), (16, 0x11), (24, 0x21)]);
        self.say(actor, &format!("store(p{name}+{}, {header:#x}, 8)", offset - 8));
        self.say(actor, &format!("free(p{name}+{offset})"));
        self.soon_over();
    }

    /// The heap is broken: few lines more.
    fn soon_over(&mut self) {
        self.end = self.end.min((self.lines.len() + 30).max(200));
    }

    fn free_foreign(&mut self, actor: Actor) {
        let place =
            self.dice.pick(&["8", "16", "0x1000", "heap+8", "0x400000000001", "mmap_base", "0x800000000010"]);
        self.say(actor, &format!("free({place})"));
    }

    /// A block with another size in its header, and, if glibc took offence, the old one back.
    fn free_forged(&mut self, actor: Actor) {
        let Some(at) = self.choose(actor) else { return };
        let block = self.processes[actor.at].blocks[at];
        if block.size > 100_000 {
            return;
        }
        let name = block.name;
        let chunk = ((block.size + 23) & !15).max(32);
        let forged =
            self.dice.pick(&[0, 1, 0x11, 0x18, chunk + 16 + 1, chunk | 5, chunk + 8, 0x1231, 0x2_0001, !0xf]);
        self.say(actor, &format!("store(p{name}-8, {forged:#x}, 8)"));
        self.say(actor, &format!("free(p{name})"));
        self.say(actor, &format!("store(p{name}-8, {:#x}, 8)", chunk | 1));
        self.soon_over();
    }
}
