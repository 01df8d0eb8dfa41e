//! From a trace to page faults that are explained.
//!
//! A scenario is a text of calls, one a line, in the manner of strace and ltrace; `memtwin support` lists the calls. What a real
//! program did can be written in it: `tests/scenarios/real` has recordings of sort, sqlite3, python3 and cc1.
//! [`Session`](crate::Session) runs one.
//!
//! ```
//! use memtwin::Session;
//! use memtwin::workload::report::Report;
//!
//! let mut session = Session::new(Default::default());
//! let log = session.play("\
//! f = file(\"data\", 64K)
//! m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)
//! load(m)
//! store(m, 1)
//! p = malloc(100000)
//! touch(p, 100000, w)
//! ")?;
//! // Each line, its outcome and its page faults: what Linux 6.18 and glibc 2.36 answer to the same lines.
//! assert!(log.contains("store(m, 1) -> 0 minflt=1\n"), "{log}");
//! assert!(log.ends_with("touch(p, 100000, w) -> 25 minflt=23\n"), "{log}");
//!
//! // Where they come from. Each fault is counted once, so each of these adds up to all of them.
//! let faults = Report::of(session.runner()).faults;
//! assert_eq!(faults.by_cause["FileMap"], 1);    // mapped 16 pages of the file around it
//! assert_eq!(faults.by_cause["FileCow"], 1);    // the private copy of one of them
//! assert_eq!(faults.by_owner["Malloc"], 2);     // headers
//! assert_eq!(faults.by_call["touch"], 23);
//! assert_eq!(faults.by_cause.values().sum::<u64>(), faults.minflt + faults.majflt);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`FaultCause`](crate::mmu::FaultCause) is the list of causes. On the command line the same is
//!
//! ```text
//! memtwin run trace.scn          the log
//! memtwin report trace.scn       the faults by cause, owner, call and mapping, and what they cost
//! memtwin show trace.scn         memory after the last line, or after --until LINE
//! ```
//!
//! A log that one doubts can be had from a real kernel: `memtwin verify trace.scn` runs the scenario on the host, too, where that is
//! a modelled Linux, and prints the first line that differs.
//!
//! # Which call did it
//!
//! [`last_call`](crate::lab::last_call) finds the line since which something holds; on the command line that is
//! `memtwin when trace.scn resident m+4K`.
//!
//! ```
//! use memtwin::lab::{Question, last_call};
//! use memtwin::workload::source::Lines;
//!
//! let scenario = "\
//! m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
//! touch(m, 64K, w)
//! madvise(m, 16K, MADV_DONTNEED)
//! touch(m, 8K, r)
//! mprotect(m+16K, 4K, PROT_NONE)
//! ";
//! let at = 0x7fff_f7fe_f000 + (16 << 10);
//! let split = last_call(&mut Lines::of(scenario), Default::default(), |twin| Question::Split.holds(twin, 1, at))?;
//! assert_eq!(split.map(|found| found.line), Some(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
