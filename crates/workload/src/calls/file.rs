//! Calls on files and memory objects.

use super::Family::System;
use super::Param::{Text, Value};
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::missing("file", System, &[Text("name"), Value("size")]),
    Call::missing("memfd", System, &[Text("name"), Value("size")]),
    Call::missing("open", System, &[Text("name"), Value("flags")]),
    Call::missing("close", System, &[Value("fd")]),
    Call::missing("ftruncate", System, &[Value("fd"), Value("size")]),
    Call::missing("pread", System, &[Value("fd"), Value("addr"), Value("length"), Value("offset")]),
    Call::missing("pwrite", System, &[Value("fd"), Value("addr"), Value("length"), Value("offset")]),
    Call::missing("fsync", System, &[Value("fd")]),
    Call::missing("evict", System, &[Value("fd")]),
    Call::missing("fadvise", System, &[Value("fd"), Value("offset"), Value("length"), Value("advice")]),
];
