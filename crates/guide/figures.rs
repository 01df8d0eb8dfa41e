//! What the figures mean, and how far to trust them.
//!
//! There are three kinds.
//!
//! ```text
//!  exact        addresses, errno, page faults, maps, smaps, system calls: compared byte for byte with logs that
//!               Linux 6.18 and glibc 2.36 gave (tests/scenarios), for a process alone with memory to spare
//!  like Linux   page faults and swapping where memory is short: five runs of Linux differ from each other; what was
//!               measured is a range, and nearly all of the twin's runs are within it (README, "How close it is")
//!  modelled     time, and all that hardware keeps to itself: page walks, TLB hits
//! ```
//!
//! # Counts add up
//!
//! The ledger files each page fault once, under its cause, its owner, its call and its mapping: any of these adds up to minflt and
//! majflt. `Machine::check` recounts everything from scratch.
//!
//! ```
//! use memtwin::testing::small;
//!
//! let (mut twin, pid) = small();
//! let block = twin.process(pid)?.malloc(50_000)?;
//! twin.process(pid)?.task.store(block + 40_000, 1, 8)?;
//! let ledger = &twin.kernel.machine.ledger;
//! let all = ledger.minflt + ledger.majflt;
//! assert_eq!(ledger.by_cause().values().sum::<u64>(), all);
//! assert_eq!(ledger.by_call().values().sum::<u64>(), all);
//! twin.kernel.machine.check()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A time is a sum of costs
//!
//! Counts are exact, and a cost model puts a price on each, afterwards. The price has a spread, and so has the sum: it says how
//! sure the time is, not how much it varies. What else a processor does at the same time (prefetching, walks that overlap) is not
//! in it. So compare times of one model with each other, and do not take one for a stopwatch. `memtwin calibrate` makes a model of
//! the host at hand.
//!
//! ```
//! use memtwin::Session;
//! use memtwin::workload::report::Report;
//!
//! let mut session = Session::new(Default::default());
//! session.play("m = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(m, 4M, w)\n")?;
//! let time = Report::of(session.runner()).time;
//! assert!(time.total_ns > 0.0 && time.spread_ns > time.total_ns / 20.0, "{} +- {}", time.total_ns, time.spread_ns);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which machine was asked
//!
//! A scenario without `machine(…)` runs on the machine whose logs were recorded. With it, what the twin says of another machine
//! follows from the same rules, but nobody asked such a machine. Each answer of `memtwin ask` says which of both it is, and
//! `memtwin ask NAME --verify` asks the host. `memtwin support` lists what is modelled, what differs and what is refused; what is not
//! modelled is an error, never a guess.
//!
//! # Traps
//!
//! - RSS counts a shared page in each process. For what is used, take PSS or the frames.
//! - minflt counts faults that mapped something, not memory that was taken: the zero page is a fault and no memory, fault-around
//!   maps sixteen pages in one.
//! - A store of zero, and `touch`, leave a page of zeroes, which Linux swaps without any input or output. Where writing matters,
//!   use `refs(…)` or `memset`.
//! - The first run of a thing differs from the second: malloc's first call moves the break, a file's first read fills the cache.
//!   `memtwin ask` prepares first and measures then.
