//! System calls on address ranges, and the break.

use super::Family::System;
use super::Param::{Optional, Value};
use super::{Args, Call, Caller, Outcome, Stop};
use memtwin_kernel::Errno;

pub(super) const CALLS: &[Call] = &[
    Call::missing(
        "mmap",
        System,
        &[Value("addr"), Value("length"), Value("prot"), Value("flags"), Value("fd"), Value("offset")],
    ),
    Call::missing("munmap", System, &[Value("addr"), Value("length")]),
    Call::missing("mprotect", System, &[Value("addr"), Value("length"), Value("prot")]),
    Call::missing(
        "mremap",
        System,
        &[Value("old"), Value("old_size"), Value("new_size"), Value("flags"), Optional("new", 0)],
    ),
    Call::missing("brk", System, &[Value("addr")]),
    Call::missing("sbrk", System, &[Value("increment")]),
    Call::missing("madvise", System, &[Value("addr"), Value("length"), Value("advice")]),
    Call::missing("msync", System, &[Value("addr"), Value("length"), Value("flags")]),
    Call::missing("mincore", System, &[Value("addr"), Value("length")]),
];
