//! A replacement policy of one's own: over a string of references, then inside a machine.
//!
//! A [`Policy`](crate::mmu::policy::Policy) is told of uses and asked for a page that is to go. This one evicts the page that was
//! used last, which is the best there is for a loop and bad for nearly all else.
//!
//! ```
//! use memtwin::mmu::policy::Policy;
//!
//! #[derive(Clone, Debug, Default)]
//! struct Mru {
//!     /// Resident pages, the one that was used last at the end.
//!     stack: Vec<u32>,
//! }
//!
//! impl Policy for Mru {
//!     fn holds(&self, page: u32) -> bool {
//!         self.stack.contains(&page)
//!     }
//!     fn touch(&mut self, page: u32) {
//!         self.forget(page);
//!         self.stack.push(page);
//!     }
//!     fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
//!         self.stack.last().copied()
//!     }
//!     fn evict(&mut self, victim: u32) {
//!         self.forget(victim);
//!     }
//!     fn insert(&mut self, page: u32) {
//!         self.stack.push(page);
//!     }
//!     fn forget(&mut self, page: u32) {
//!         self.stack.retain(|&held| held != page);
//!     }
//! }
//!
//! // Over a string: ten rounds through 100 pages, with memory for 80.
//! use memtwin::mmu::policy::{PolicyKind, drive, run};
//! use memtwin::workload::policies::ReferenceString;
//!
//! let string = ReferenceString::from_specs(["seq a 0 100 10 0 0"])?;
//! assert_eq!(run(PolicyKind::Lru, 80, 0, string.pages()).misses, 1000);
//! assert_eq!(drive(Mru::default(), 80, string.pages(), |_missed| {}).misses, 280);
//! assert_eq!(run(PolicyKind::Opt, 80, 0, string.pages()).misses, 280);
//!
//! // Inside a machine it decides in the place of Linux's lists: a loop over 1 MiB in a memory cgroup of 800 KiB.
//! use memtwin::Session;
//!
//! let majflt = |change: fn(&mut memtwin::mmu::Machine)| -> Result<u64, Box<dyn std::error::Error>> {
//!     let mut session = Session::new(Default::default());
//!     session.play("machine(memcg=800K, swap=4M, page_cluster=0, reclaim_sees=references)\n")?;
//!     change(&mut session.twin_mut().unwrap().kernel.machine);
//!     session.play("\
//! m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
//! refs(\"seq a 0 256 1 100 0\", \"seq a 0 256 10 0 0\", a=m)
//! ")?;
//!     let machine = &session.twin().unwrap().kernel.machine;
//!     machine.check()?; // recounts all there is, the policy's pages among it
//!     Ok(machine.ledger.majflt)
//! };
//! let linux = majflt(|_| {})?;
//! let mru = majflt(|machine| machine.reclaim_by(Mru::default()))?;
//! assert!(linux > 2500 && mru < 1000, "{linux} {mru}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a machine a policy hears of a use as hardware tells a kernel of it: by the accessed bit, when the page is about to go.
//! `reclaim_sees=references` lets it see each reference of `refs(…)` instead, as papers have it. The ten policies that are here are chosen
//! by name (`machine(reclaim=clock)`).
//!
//! What a policy of one's own cannot do: be in a checkpoint file, which holds data and no code. A session with one is branched
//! with it, and refused by `save`.
