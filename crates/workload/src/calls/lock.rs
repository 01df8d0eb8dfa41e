//! System calls that lock pages in memory.

use super::Family::System;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::missing("mlock", System, &[Value("addr"), Value("length")]),
    Call::missing("mlock2", System, &[Value("addr"), Value("length"), Value("flags")]),
    Call::missing("munlock", System, &[Value("addr"), Value("length")]),
    Call::missing("mlockall", System, &[Value("flags")]),
    Call::missing("munlockall", System, &[]),
];
