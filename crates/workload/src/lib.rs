//! # memtwin-workload: what runs on the twin
pub mod source;
pub mod syntax;
