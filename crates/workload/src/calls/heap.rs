//! Calls of the C library's allocator.

use super::Family::Library;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::missing("malloc", Library, &[Value("size")]),
    Call::missing("calloc", Library, &[Value("count"), Value("size")]),
    Call::missing("realloc", Library, &[Value("block"), Value("size")]),
    Call::missing("reallocarray", Library, &[Value("block"), Value("count"), Value("size")]),
    Call::missing("free", Library, &[Value("block")]),
    Call::missing("memalign", Library, &[Value("align"), Value("size")]),
    Call::missing("aligned_alloc", Library, &[Value("align"), Value("size")]),
    Call::missing("posix_memalign", Library, &[Value("align"), Value("size")]),
    Call::missing("malloc_trim", Library, &[Value("pad")]),
    Call::missing("malloc_usable_size", Library, &[Value("block")]),
    Call::missing("mallopt", Library, &[Value("param"), Value("value")]),
    Call::missing("mallinfo", Library, &[]),
];
