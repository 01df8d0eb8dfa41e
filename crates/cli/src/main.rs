//! The command `memtwin`.
fn main() {}
