//! The lines of a scenario (scenario.md): process, name, call and arguments, and the value of an argument.
//!
//! The oracle has a reader of its own, so that what the twin misreads does not agree by chance.

mod constants;
mod value;

pub(crate) use value::Names;

/// A line that is not a call, or an argument that is not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// No call at all.
    #[error("a call is expected: {0}")]
    NotACall(String),
    /// Neither a number nor a known name.
    #[error("a value is expected: {0}")]
    NotAValue(String),
    /// A call that scenario.md does not have, or not with so many arguments.
    #[error("no such call: {0}")]
    NoSuchCall(String),
}

/// A call as it stands in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The line without its comment.
    pub(crate) text: &'a str,
    /// The process that makes the call.
    pub(crate) process: u64,
    /// Its thread, from 1.
    pub(crate) thread: u64,
    /// What the result is bound to.
    pub(crate) name: Option<&'a str>,
    /// The call's name.
    pub(crate) call: &'a str,
    /// Its arguments, unread.
    pub(crate) arguments: Vec<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads a line; `None` if there is nothing but a comment on it.
    pub(crate) fn parse(line: &'a str) -> Result<Option<Self>, ScriptError> {
        let text = without_comment(line).trim();
        if text.is_empty() {
            return Ok(None);
        }
        Self::read(text).map(Some).ok_or_else(|| ScriptError::NotACall(text.to_owned()))
    }

    fn read(text: &'a str) -> Option<Self> {
        let (process, thread, rest) = caller(text)?;
        let (word, rest) = word(rest);
        let (name, call, rest) = match rest.trim_start().strip_prefix('=') {
            Some(rest) => {
                let (call, rest) = self::word(rest.trim_start());
                (Some(word), call, rest)
            }
            None => (None, word, rest),
        };
        let inner = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
        let known = !call.is_empty() && name != Some("");
        known.then(|| Line { text, process, thread, name, call, arguments: arguments(inner) })
    }
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let end = line.find(|c| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    &line[..end.unwrap_or(line.len())]
}

/// `[P]` or `[P.T]`, if the line begins with one.
fn caller(text: &str) -> Option<(u64, u64, &str)> {
    let Some(rest) = text.strip_prefix('[') else { return Some((1, 1, text)) };
    let (inside, rest) = rest.split_once(']')?;
    let (process, thread) = inside.split_once('.').unwrap_or((inside, "1"));
    Some((process.parse().ok()?, thread.parse().ok()?, rest.trim_start()))
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    text.split_at(end.unwrap_or(text.len()))
}

fn arguments(inner: &str) -> Vec<&str> {
    if inner.trim().is_empty() {
        return Vec::new();
    }
    let mut quoted = false;
    inner
        .split(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        })
        .map(str::trim)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_caller_a_name_and_arguments() {
        let line = Line::parse("[2.3] a = mmap(NULL, 64K) # a comment").unwrap().unwrap();
        assert_eq!((line.process, line.thread, line.name, line.call), (2, 3, Some("a"), "mmap"));
        assert_eq!((line.text, line.arguments), ("[2.3] a = mmap(NULL, 64K)", vec!["NULL", "64K"]));
        let line = Line::parse("f = file(\"a,#b\", 3)").unwrap().unwrap();
        assert_eq!(line.arguments, ["\"a,#b\"", "3"]);
    }

    #[test]
    fn what_is_no_call_is_refused_and_blanks_are_none() {
        assert_eq!(Line::parse("  # nothing"), Ok(None));
        for text in ["mmap", "mmap(", "= mmap()", "[x] maps()", "[1 maps()", "()"] {
            assert!(Line::parse(text).is_err(), "{text}");
        }
    }
}
