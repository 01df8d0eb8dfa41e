//! Checkpoints, and experiments that branch from one.
//!
//! All state of a run is plain data, so a checkpoint is a copy of it. [`branch`](crate::Session::branch) makes one that shares what
//! memory holds until one of both writes there, in a time that does not grow with what is resident; a clone is a copy of all. Both go
//! on by themselves, and the same lines give the same bytes.
//!
//! ```
//! use memtwin::{Session, State};
//!
//! let mut warm = Session::new(Default::default());
//! warm.play("\
//! machine(ram=256M, swap=64M, memcg=8M)
//! m = mmap(NULL, 16M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
//! refs(\"seq a 0 1024 1 100 0\", a=m)
//! ")?;
//!
//! // Two futures of one past: the same pages once more, or as many others.
//! let (mut again, mut others) = (warm.branch(), warm.branch());
//! let log = again.play("refs(\"seq a 0 1024 1 0 0\", a=m)\n")?;
//! assert_eq!(log.split("-> ").nth(1), Some("1024\n"), "all are there");
//! let log = others.play("refs(\"seq a 1024 2048 1 100 0\", a=m)\n")?;
//! assert!(log.contains("minflt=2048"));
//!
//! // What the second did to the first 1024, in words.
//! let past = State::of(warm.twin().unwrap());
//! let change = State::of(others.twin().unwrap()).since(&past).to_string();
//! assert!(change.contains("pages went to swap: mmap#1"), "{change}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Many branches are many threads: a session can be sent to another one.
//!
//! ```
//! use memtwin::Session;
//!
//! let mut warm = Session::new(Default::default());
//! warm.play("m = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n")?;
//! let faults: Vec<u64> = std::thread::scope(|scope| {
//!     let mut run = |advice: &'static str| {
//!         let mut branch = warm.branch();
//!         scope.spawn(move || {
//!             branch.play(&format!("madvise(m, 4M, {advice})\ntouch(m, 4M, w)\n")).unwrap();
//!             branch.twin().unwrap().kernel.machine.ledger.minflt
//!         })
//!     };
//!     ["MADV_NOHUGEPAGE", "MADV_HUGEPAGE"].map(&mut run).map(|thread| thread.join().unwrap()).into()
//! });
//! assert_eq!(faults, [1024, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In files
//!
//! A session can be saved and loaded; a file that is damaged, or of another version, is refused with the reason.
//!
//! ```
//! use memtwin::Session;
//!
//! let mut session = Session::new(Default::default());
//! session.play("p = malloc(100)\n")?;
//! let mut file = Vec::new();
//! session.save(&mut file)?;
//! assert_eq!(Session::load(&file[..])?.play("free(p)\n")?, "free(p) -> 0\n");
//! assert!(Session::load(&file[..file.len() / 2]).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the command: `memtwin run --until 20 --save at20.twin trace.scn`, then `memtwin run --from at20.twin other.scn`.
