//! A figure of an experiment, and how it is shown.

use serde::Serialize;

use crate::place::size;

/// What was found of one trial by one measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A count, or a number of bytes or of microseconds.
    Number(i64),
    /// An answer in words; empty where there is none.
    Text(String),
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Count,
    Bytes,
    Micros,
}

impl Figure {
    pub(super) const NONE: Figure = Figure::Text(String::new());

    /// For people: bytes as `132K`, and `-` where there is nothing.
    pub(super) fn shown(&self, unit: Unit) -> String {
        let number = match self {
            Figure::Number(number) => *number,
            Figure::Text(text) if text.is_empty() => return "-".to_owned(),
            Figure::Text(text) => return text.clone(),
        };
        let (sign, magnitude) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
        match unit {
            Unit::Count => format!("{sign}{magnitude}"),
            Unit::Bytes => format!("{sign}{}", size(magnitude)),
            Unit::Micros => format!("{sign}{magnitude} us"),
        }
    }
}
