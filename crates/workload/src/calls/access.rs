//! The program's own accesses.

use super::Family::Access;
use super::Param::{Mode, Optional, Value};
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::missing("load", Access, &[Value("addr"), Optional("size", 1)]),
    Call::missing("store", Access, &[Value("addr"), Value("value"), Optional("size", 1)]),
    Call::missing("fetch", Access, &[Value("addr")]),
    Call::missing("touch", Access, &[Value("addr"), Value("length"), Mode("r|w")]),
    Call::missing("memset", Access, &[Value("addr"), Value("byte"), Value("length")]),
];
