//! What a program remembers of its processes and their blocks.

/// A thread that makes a call: which of the living processes, and which of its threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actor {
    /// An index into the list of living processes.
    pub(super) at: usize,
    /// The thread's number, 1 for the first.
    pub(super) thread: u64,
}

/// A process, its threads, and the blocks that it has not freed.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) id: u64,
    pub(super) threads: Vec<u64>,
    pub(super) blocks: Vec<Block>,
}

/// A block that was asked for and has not been freed; a call that failed leaves one that is NULL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// It is bound to `p{name}`.
    pub(super) name: u64,
    /// What was asked for, bytes.
    pub(super) size: u64,
    /// How many bytes from its start are known, because the program or calloc wrote them.
    pub(super) known: u64,
}

impl Process {
    /// The process that begins the program.
    pub(super) fn first() -> Self {
        Self { id: 1, threads: vec![1], blocks: Vec::new() }
    }

    /// The child that one of its threads makes: that thread alone, and all blocks.
    pub(super) fn child(&self, id: u64) -> Self {
        Self { id, threads: vec![1], blocks: self.blocks.clone() }
    }
}
