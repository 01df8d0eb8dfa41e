//! What every malloc owes a program, whatever its rules: aligned blocks that do not overlap, keep their contents, are zero
//! where calloc gives them, and a null pointer when memory is out. Run for each malloc with random calls.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::flat::Flat;
use crate::{AnyMalloc, Failure, GlibcConfig, Malloc, MallocKind, Os, ThreadId};

const MAIN: ThreadId = ThreadId(1);

/// A call; the numbers choose among the blocks that live.
#[derive(Clone, Debug)]
enum Step {
    Malloc(u64),
    Calloc(u64),
    Memalign(u32, u64),
    Realloc(usize, u64),
    Free(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![4 => 0..200u64, 2 => 200..5000u64, 1 => 5000..300_000u64];
    prop_oneof![
        6 => size.clone().prop_map(Step::Malloc),
        2 => size.clone().prop_map(Step::Calloc),
        1 => (4..14u32, size.clone()).prop_map(|(shift, size)| Step::Memalign(shift, size)),
        2 => (any::<usize>(), size).prop_map(|(which, size)| Step::Realloc(which, size)),
        6 => any::<usize>().prop_map(Step::Free),
    ]
}

/// A heap and what the program knows of it: each block's size and the byte it was filled with.
struct Program {
    malloc: AnyMalloc,
    os: Flat,
    blocks: BTreeMap<u64, (u64, u8)>,
    next_byte: u8,
}

impl Program {
    fn new(kind: MallocKind) -> Self {
        let malloc = AnyMalloc::new(kind, GlibcConfig::default()).unwrap();
        Self { malloc, os: Flat::new(), blocks: BTreeMap::new(), next_byte: 1 }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Malloc(size) => {
                let block = self.malloc.malloc(&mut self.os, MAIN, size).unwrap();
                self.use_block(block, size, 16);
            }
            Step::Calloc(size) => {
                let block = self.malloc.calloc(&mut self.os, MAIN, size, 1).unwrap();
                self.expect(block, size, 0);
                self.use_block(block, size, 16);
            }
            Step::Memalign(shift, size) => {
                let block = self.malloc.memalign(&mut self.os, MAIN, 1 << shift, size).unwrap();
                self.use_block(block, size, 1 << shift);
            }
            Step::Realloc(which, size) => self.realloc(which, size.max(1)),
            Step::Free(which) => {
                if let Some((block, _, _)) = self.take(which) {
                    self.malloc.free(&mut self.os, MAIN, block).unwrap();
                }
            }
        }
    }

    /// The heap's pieces lie side by side or apart, and hold all that lives; glibc's own structures are recounted.
    fn check(&self) {
        let view = self.malloc.heap_view(|addr| self.os.peek64(addr)).unwrap();
        assert!(view.chunks.windows(2).all(|pair| pair[0].end() <= pair[1].addr), "{view}");
        let requested: u64 = view.chunks.iter().filter_map(|chunk| chunk.requested).sum();
        assert_eq!(requested, self.malloc.usage().live_bytes, "{view}");
        if let Some(glibc) = self.malloc.as_glibc() {
            assert_eq!(glibc.check(|addr| self.os.peek64(addr)), Ok(()));
        }
    }

    fn realloc(&mut self, which: usize, size: u64) {
        let Some((block, old_size, byte)) = self.take(which) else { return };
        let moved = self.malloc.realloc(&mut self.os, MAIN, block, size).unwrap();
        self.expect(moved, old_size.min(size), byte);
        self.use_block(moved, size, 16);
    }

    /// A block that lives, which lives no longer; its contents are as they were left.
    fn take(&mut self, which: usize) -> Option<(u64, u64, u8)> {
        let block = *self.blocks.keys().nth(which % self.blocks.len().max(1))?;
        let (size, byte) = self.blocks.remove(&block)?;
        self.expect(block, size, byte);
        Some((block, size, byte))
    }

    fn use_block(&mut self, block: u64, size: u64, align: u64) {
        assert_eq!(block % align, 0, "alignment of {block:#x}");
        let below = self.blocks.range(..=block).next_back();
        assert!(
            below.is_none_or(|(start, (size, _))| start + size.max(&1) <= block),
            "overlap at {block:#x}"
        );
        let above = self.blocks.range(block..).next();
        assert!(above.is_none_or(|(start, _)| block + size.max(1) <= *start), "overlap at {block:#x}");
        assert!(self.malloc.malloc_usable_size(&mut self.os, MAIN, block).unwrap() >= size);
        self.os.fill(block, self.next_byte, size).unwrap();
        self.blocks.insert(block, (size, self.next_byte));
        self.next_byte = self.next_byte.wrapping_add(1).max(1);
        let live: u64 = self.blocks.values().map(|(size, _)| size).sum();
        assert_eq!(self.malloc.usage().live_bytes, live);
    }

    fn expect(&mut self, block: u64, size: u64, byte: u8) {
        for at in (0..size).step_by(61).chain(size.checked_sub(1)) {
            assert_eq!(self.os.load(block + at, 1).unwrap(), u64::from(byte), "contents at {block:#x}+{at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_are_aligned_apart_and_keep_their_contents(
        kind in proptest::sample::select(MallocKind::ALL.to_vec()),
        steps in proptest::collection::vec(step(), 1..300),
    ) {
        let mut program = Program::new(kind);
        for step in &steps {
            program.run(step);
            program.check();
        }
    }
}

#[test]
fn memory_that_is_out_gives_null_and_the_heap_stays_usable() {
    for kind in MallocKind::ALL {
        let mut program = Program::new(kind);
        program.os.limit = 2 << 20;
        let mut blocks = Vec::new();
        let failure = loop {
            match program.malloc.malloc(&mut program.os, MAIN, 10_000) {
                Ok(block) => blocks.push(block),
                Err(failure) => break failure,
            }
        };
        assert!(matches!(failure, Failure::Null(Some(_))), "{kind}: {failure}");
        assert!(blocks.len() > 100, "{kind}");
        program.malloc.free(&mut program.os, MAIN, blocks[50]).unwrap();
        if kind != MallocKind::Bump {
            assert_eq!(program.malloc.malloc(&mut program.os, MAIN, 10_000), Ok(blocks[50]), "{kind}");
        }
    }
}

#[test]
fn sizes_that_no_machine_has_give_null() {
    for kind in MallocKind::ALL {
        for size in [u64::MAX, u64::MAX - 15, 1 << 63, (1 << 63) - 1] {
            let mut program = Program::new(kind);
            let (malloc, os) = (&mut program.malloc, &mut program.os);
            assert!(malloc.malloc(os, MAIN, size).is_err(), "{kind} malloc({size})");
            assert!(malloc.calloc(os, MAIN, size, 2).is_err(), "{kind} calloc({size}, 2)");
            assert!(malloc.memalign(os, MAIN, 1 << 62, size).is_err(), "{kind} memalign({size})");
            let block = malloc.malloc(os, MAIN, 10).unwrap();
            assert!(malloc.realloc(os, MAIN, block, size).is_err(), "{kind} realloc({size})");
        }
    }
}
