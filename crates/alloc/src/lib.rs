//! See the crate's description; written in the next commits.
