//! The translation lookaside buffer.

mod flush;

pub use flush::FlushOwed;
