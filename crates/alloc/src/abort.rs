//! glibc's integrity checks: what `malloc_printerr` and malloc's assertions print before they abort.

/// A failed check; its `Display` is the line that glibc 2.36 writes to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Abort {
    /// free of the block that heads its fastbin.
    #[error("double free or corruption (fasttop)")]
    FastTop,
}
