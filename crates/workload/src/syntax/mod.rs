//! The scenario language: one call a line, as `scenario.md` defines it.
//!
//! A line is taken apart into spans of its text ([`parse_line`]); what an argument means is found out when the line runs,
//! since a name's value is only known then ([`eval`]). Nothing is allocated for a line that is right.

mod constants;
mod error;
mod expr;
mod line;
mod names;
mod scan;
mod span;

pub use constants::{Constant, constants};
pub use error::{Fault, Problem};
pub use expr::eval;
pub use line::{Statement, parse_line};
pub use names::Names;
pub use span::Span;

#[cfg(test)]
mod tests;
