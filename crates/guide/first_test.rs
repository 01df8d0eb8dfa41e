//! A first test: a state as a snapshot, and a budget of page faults.
//!
//! A [`Twin`](crate::Twin) is a machine whose processes have a C library. [`testing`](crate::testing) has machines to start
//! from; [`small`](crate::testing::small) is one with 64 MiB and one process.
//!
//! ```
//! use memtwin::State;
//! use memtwin::testing::small;
//!
//! let (mut twin, pid) = small();
//! let mut process = twin.process(pid)?;
//! let a = process.malloc(100)?;
//! process.malloc(24)?;
//! process.free(a)?;
//!
//! insta::assert_snapshot!(State::heap(&twin, pid)?, @r"
//! heap
//!   heap                 656 internal
//!   heap+0x290           112 tcache[5]
//!   heap+0x300            32 in use (24 asked for)
//!   heap+0x320        134368 top
//! lists
//!   tcache[5]: heap+0x290
//! ");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Addresses have names (`heap+0x290`, `mmap#1`), neighbours alike are one line, and the same state always gives the same text.
//! So a gigabyte fits a screen, and a snapshot only changes when what it shows does. [`State::of`](crate::State::of) is the whole
//! machine, [`State::with`](crate::State::with) the [`Sections`](crate::Sections) one asks for.
//!
//! # When a snapshot changes
//!
//! insta shows both texts. What happened in between is said in words by a difference, which is worth a snapshot itself:
//!
//! ```
//! use memtwin::State;
//! use memtwin::testing::small;
//!
//! let (mut twin, pid) = small();
//! let (read_write, private_anonymous, no_file) = (3, 0x22, u64::MAX);
//! let map = twin.process(pid)?.task.mmap(0, 64 << 10, read_write, private_anonymous, no_file, 0)?;
//! let before = State::of(&twin);
//!
//! twin.process(pid)?.task.mprotect(map + (16 << 10), 48 << 10, 1)?;
//! twin.process(pid)?.task.store(map, 1, 8)?;
//!
//! insta::assert_snapshot!(State::of(&twin).since(&before), @r"
//! mmap#1 (64K rw-p) was split: 16K rw-p at mmap#1, 48K r--p at mmap#1+0x4000
//! 1 page became resident (rw-AD anonymous): mmap#2
//! RssAnon +4, VmData -48, VmHWM +4, VmPTE +4, VmRSS +4, minflt +1
//! faults by cause: AnonWrite +1
//! faults by call: no call +1
//! machine: Committed_AS_pages -12, pgfault +1
//! ");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Snapshots in files work, too (`insta::assert_snapshot!(State::of(&twin))`). Where raw addresses or frame numbers show, the
//! feature `insta` of this crate has settings that replace them: `memtwin::testing::settings().bind(|| …)`.
//!
//! # A budget
//!
//! What a piece of code may cost in page faults is a [`Budget`](crate::testing::Budget): when it is overdrawn, the test fails
//! and says who caused each fault.
//!
//! ```
//! use memtwin::testing::{Budget, small};
//!
//! let (mut twin, pid) = small();
//! // Two by malloc: the page of its own table and the header behind it, the header of what is left; one by the program.
//! Budget::at_most(3).of(&mut twin, |twin| {
//!     let block = twin.process(pid).unwrap().malloc(10_000).unwrap();
//!     twin.process(pid).unwrap().task.store(block + 5000, 1, 8).unwrap();
//! });
//! ```
//!
//! Next: [explained faults](super::faults), or [branches](super::branching).
