//! An allocator of one's own under any program.
//!
//! A [`Malloc`](crate::alloc::Malloc) gets an [`Os`](crate::alloc::Os): system calls, and loads and stores in the process's memory.
//! What it keeps there (headers, links) goes through the TLB and the page tables and faults as that of a real one does; what a C library
//! has in its data segment is fields of its own. This one has a list of free blocks for each power of two.
//!
//! ```
//! use memtwin::Errno;
//! use memtwin::alloc::{Failure, Malloc, Os, ThreadId};
//!
//! const HEADER: u64 = 16;
//!
//! #[derive(Clone, Debug)]
//! struct Powers {
//!     /// The first free chunk of 2^n bytes, 0 for none; the next one's address is where its block was.
//!     free: [u64; 40],
//!     /// Where the next chunk is cut, and the break.
//!     next: u64,
//!     end: u64,
//! }
//!
//! impl Powers {
//!     fn cut<O: Os>(&mut self, os: &mut O, bytes: u64) -> Result<u64, Failure> {
//!         if self.next == 0 {
//!             (self.next, self.end) = (os.brk(0), os.brk(0));
//!         }
//!         if self.end - self.next < bytes {
//!             let wanted = (self.next + bytes).next_multiple_of(64 << 10);
//!             self.end = os.brk(wanted);
//!             if self.end < wanted {
//!                 return Err(Failure::Null(Some(Errno::ENOMEM)));
//!             }
//!         }
//!         self.next += bytes;
//!         Ok(self.next - bytes)
//!     }
//!
//!     fn class<O: Os>(os: &mut O, block: u64) -> Result<usize, Failure> {
//!         Ok((os.load64(block - 8)? as usize).min(39)) // a program may have written there
//!     }
//! }
//!
//! impl Malloc for Powers {
//!     fn malloc<O: Os>(&mut self, os: &mut O, _: ThreadId, size: u64) -> Result<u64, Failure> {
//!         if size > 1 << 38 {
//!             return Err(Failure::Null(Some(Errno::ENOMEM)));
//!         }
//!         let bytes = (size.max(8) + HEADER).next_power_of_two();
//!         let class = bytes.trailing_zeros() as usize;
//!         let chunk = match self.free[class] {
//!             0 => self.cut(os, bytes)?,
//!             chunk => chunk,
//!         };
//!         if chunk == self.free[class] {
//!             self.free[class] = os.load64(chunk + HEADER)?;
//!         }
//!         os.store64(chunk + 8, class as u64)?;
//!         Ok(chunk + HEADER)
//!     }
//!
//!     fn free<O: Os>(&mut self, os: &mut O, _: ThreadId, block: u64) -> Result<(), Failure> {
//!         if block == 0 {
//!             return Ok(());
//!         }
//!         let class = Self::class(os, block)?;
//!         os.store64(block, self.free[class])?;
//!         self.free[class] = block - HEADER;
//!         Ok(())
//!     }
//!
//!     fn malloc_usable_size<O: Os>(&mut self, os: &mut O, _: ThreadId, block: u64) -> Result<u64, Failure> {
//!         Ok((1 << Self::class(os, block)?) - HEADER)
//!     }
//! }
//!
//! // A program, under glibc's malloc and under this one.
//! use memtwin::Session;
//! use memtwin::workload::report::Report;
//!
//! let program = "\
//! a = malloc(1000)
//! b = calloc(10, 100)
//! memset(a, 7, 1000)
//! a = realloc(a, 70000)
//! free(b)
//! c = malloc(900)
//! load(a+999)
//! ";
//! let mut glibc = Session::new(Default::default());
//! let mut powers = glibc.clone();
//! powers.play("rusage()\n")?; // starts the machine and its first process
//! powers.twin_mut().unwrap().use_malloc(1, Powers { free: [0; 40], next: 0, end: 0 })?;
//!
//! let log = glibc.play(program)?;
//! assert!(log.contains("c = malloc(900) -> 0x55555556ac00\nload(a+999) -> 0x7\n"), "{log}");
//! let log = powers.play(program)?; // b's chunk is c's
//! assert!(log.contains("c = malloc(900) -> 0x555555559410\nload(a+999) -> 0x7\n"), "{log}");
//!
//! let faults = |session: &Session| Report::of(session.runner()).faults;
//! assert_eq!(faults(&glibc).by_owner["Malloc"], 2);
//! assert_eq!(faults(&powers).by_owner["Malloc"], 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The other calls of [`Malloc`](crate::alloc::Malloc) have an answer that a library without them would give: `calloc` clears, `realloc`
//! moves, `malloc_trim` does nothing. With `usage` and `heap_view` its heap shows in reports and in [`State`](crate::State).
//! A process with a malloc of one's own is cloned and forked with it; a checkpoint file cannot hold it.
