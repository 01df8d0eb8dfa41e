//! What is modelled: each call with its flags, kept beside the call's code.
//!
//! Strict is the default: what is refused answers an errno that no modelled case would, or the one a kernel built without it
//! answers.

use crate::syscall::SUPPORT;
use std::fmt;

/// How far a call or a flag is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As the real kernel does it.
    AsLinux,
    /// Otherwise, and how.
    Differs(&'static str),
    /// Not at all; why, or what it answers.
    Refused(&'static str),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportRow {
    /// The call.
    pub call: &'static str,
    /// A flag of it, or a case; empty: the call as such.
    pub flag: &'static str,
    /// How far it goes.
    pub support: Support,
}

/// All rows, call by call.
pub fn support() -> impl Iterator<Item = &'static SupportRow> {
    SUPPORT.iter().copied().flatten()
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Support::AsLinux => f.write_str("as Linux"),
            Support::Differs(how) => write!(f, "differs: {how}"),
            Support::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

/// Rows of one call, for the call's own file.
macro_rules! support_rows {
    ($call:literal; $($flag:literal => $support:expr),+ $(,)?) => {
        pub(crate) const SUPPORT: &[$crate::support::SupportRow] = {
            #[allow(unused_imports)]
            use $crate::support::Support::{AsLinux, Differs, Refused};
            &[$($crate::support::SupportRow { call: $call, flag: $flag, support: $support }),+]
        };
    };
}
pub(crate) use support_rows;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_twice_and_each_call_as_such() {
        let rows: Vec<_> = support().map(|row| (row.call, row.flag)).collect();
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), rows.len());
        assert!(rows.iter().all(|(call, _)| rows.contains(&(*call, ""))));
    }
}
