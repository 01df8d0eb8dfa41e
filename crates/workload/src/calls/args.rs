//! The arguments of one call, read as its row in the table says.

use super::{Call, Param};
use crate::syntax::{Fault, Names, Problem, Span, Statement, eval};

/// More values than any call takes.
const MOST_VALUES: usize = 8;

/// The arguments of a line.
pub(crate) struct Args<'a> {
    line: &'a str,
    statement: &'a Statement,
    spans: &'a [Span],
    values: [u64; MOST_VALUES],
}

impl<'a> Args<'a> {
    /// Reads the arguments of `call`; values are evaluated, strings and modes checked.
    ///
    /// # Errors
    /// The first argument that is not what the call takes.
    pub(crate) fn read(
        call: &Call,
        line: &'a str,
        statement: &'a Statement,
        spans: &'a [Span],
        names: &Names,
    ) -> Result<Args<'a>, Fault> {
        let mut values = [0; MOST_VALUES];
        for (at, (param, value)) in call.params.iter().zip(&mut values).enumerate() {
            let span = spans.get(at).copied();
            *value = match (*param, span) {
                (Param::Value(_) | Param::Optional(..), Some(span)) => eval(line, span, names)?,
                (Param::Optional(_, default), None) => default,
                (Param::Text(_), Some(span)) => string(line, span).map(|_| 0)?,
                (Param::Mode(_), Some(span)) => mode(line, span)?,
                (Param::Rest(_), _) | (_, None) => 0,
            };
        }
        Ok(Args { line, statement, spans, values })
    }

    /// The value of argument `at`; 1 for the mode `w`, 0 for `r` and for strings.
    pub(crate) fn value(&self, at: usize) -> u64 {
        self.values[at]
    }

    /// The text of string argument `at`, without its quotes.
    pub(crate) fn text(&self, at: usize) -> &'a str {
        string(self.line, self.span(at)).unwrap_or_default()
    }

    /// Where argument `at` stands.
    pub(crate) fn span(&self, at: usize) -> Span {
        self.spans.get(at).copied().unwrap_or_default()
    }

    /// Where all arguments stand.
    pub(crate) fn spans(&self) -> &'a [Span] {
        self.spans
    }

    /// The line.
    pub(crate) fn line(&self) -> &'a str {
        self.line
    }

    /// Where the call's name stands.
    pub(crate) fn call(&self) -> Span {
        self.statement.call
    }

    /// The value of argument `at` if it lies in `range`, which `words` describes, of what `what` counts.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn within(
        &self,
        at: usize,
        what: &'static str,
        range: std::ops::RangeInclusive<u64>,
        words: &'static str,
    ) -> Result<u64, Fault> {
        let found = self.value(at);
        if range.contains(&found) {
            return Ok(found);
        }
        Err(Fault::new(self.span(at), Problem::Range { what, range: words, found }))
    }

    /// The size of an access, argument `at`.
    ///
    /// # Errors
    /// If it is not 1, 2, 4 or 8.
    pub(crate) fn access_size(&self, at: usize) -> Result<u32, Fault> {
        match self.value(at) {
            size @ (1 | 2 | 4 | 8) => Ok(size as u32),
            size => Err(Fault::new(self.span(at), Problem::AccessSize(size))),
        }
    }
}

fn string(line: &str, span: Span) -> Result<&str, Fault> {
    let text = span.of(line);
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .filter(|text| !text.contains('"'))
        .ok_or_else(|| Fault::new(span, Problem::NoString(text.to_owned())))
}

fn mode(line: &str, span: Span) -> Result<u64, Fault> {
    match span.of(line) {
        "r" => Ok(0),
        "w" => Ok(1),
        other => Err(Fault::new(span, Problem::Mode(other.to_owned()))),
    }
}
