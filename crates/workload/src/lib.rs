//! # memtwin-workload: what runs on the twin
pub mod refs;
pub mod source;
pub mod syntax;
