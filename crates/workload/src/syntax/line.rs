//! A line of a scenario: prefix, binding, call and the spans of its arguments.

use super::scan::{Scan, shown};
use super::{Fault, Problem, Span};

/// A line taken apart. Spans count from the line's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// All of it: no comment, no blanks around.
    pub text: Span,
    /// The process that makes the call.
    pub process: u32,
    /// Its thread.
    pub thread: u32,
    /// The name that the result is bound to.
    pub binding: Option<Span>,
    /// The call's name.
    pub call: Span,
}

/// Takes `line` apart; `None` for a blank line. `args` is emptied and gets the arguments' spans, blanks around them left out.
///
/// # Errors
/// The first place that is no scenario, and why.
pub fn parse_line(line: &str, args: &mut Vec<Span>) -> Result<Option<Statement>, Fault> {
    args.clear();
    let text = without_comment(line)?;
    if text.start == text.end {
        return Ok(None);
    }
    let mut scan = Scan::new(line, text);
    let (process, thread) = prefix(&mut scan)?;
    let (binding, call) = head(&mut scan)?;
    arguments(&mut scan, call, args)?;
    Ok(Some(Statement { text, process, thread, binding, call }))
}

fn without_comment(line: &str) -> Result<Span, Fault> {
    let mut open = None;
    let mut end = line.len();
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => open = if open.is_some() { None } else { Some(at) },
            b'#' if open.is_none() => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    if let Some(at) = open {
        return Err(Fault::new(Span::new(at, line.trim_end().len()), Problem::OpenString));
    }
    let kept = line[..end].trim_ascii_end();
    Ok(Span::new(kept.len() - kept.trim_ascii_start().len(), kept.len()))
}

fn prefix(scan: &mut Scan<'_>) -> Result<(u32, u32), Fault> {
    let start = scan.at;
    if !scan.accept(b'[') {
        return Ok((1, 1));
    }
    let process = ordinal(scan);
    let thread = if scan.accept(b'.') { ordinal(scan) } else { Some(1) };
    match (process, thread, scan.accept(b']')) {
        (Some(process), Some(thread), true) => {
            scan.skip_blanks();
            Ok((process, thread))
        }
        _ => {
            let inside = scan.take_while(|byte| byte != b']' && byte != b' ');
            let span = Span::new(start, inside.end as usize + usize::from(scan.accept(b']')));
            Err(Fault::new(span, Problem::Prefix(shown(span.of(scan.line)))))
        }
    }
}

fn ordinal(scan: &mut Scan<'_>) -> Option<u32> {
    scan.take_while(|byte| byte.is_ascii_digit()).of(scan.line).parse().ok().filter(|number| *number > 0)
}

fn head(scan: &mut Scan<'_>) -> Result<(Option<Span>, Span), Fault> {
    let first = word(scan)?;
    if !scan.accept(b'=') {
        return Ok((None, first));
    }
    let name = first.of(scan.line);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Fault::new(first, Problem::Binding(shown(name))));
    }
    scan.skip_blanks();
    Ok((Some(first), word(scan)?))
}

fn word(scan: &mut Scan<'_>) -> Result<Span, Fault> {
    let word = scan.word();
    if word.start == word.end {
        let rest = scan.rest(scan.at);
        return Err(Fault::new(rest, Problem::NoCall(shown(rest.of(scan.line)))));
    }
    scan.skip_blanks();
    Ok(word)
}

fn arguments(scan: &mut Scan<'_>, call: Span, args: &mut Vec<Span>) -> Result<(), Fault> {
    if !scan.accept(b'(') {
        let rest = scan.rest(call.start as usize);
        return Err(Fault::new(rest, Problem::NoCall(shown(rest.of(scan.line)))));
    }
    loop {
        scan.skip_blanks();
        let (argument, end) = argument(scan);
        let only = args.is_empty() && argument.start == argument.end && end == Some(b')');
        if !only {
            args.push(argument);
        }
        match end {
            Some(b',') => {}
            Some(_) => break,
            None => {
                let name = call.of(scan.line).to_owned();
                return Err(Fault::new(Span::new(call.start as usize, scan.end), Problem::Unclosed(name)));
            }
        }
    }
    scan.skip_blanks();
    match scan.rest(scan.at) {
        rest if rest.start == rest.end => Ok(()),
        rest => Err(Fault::new(rest, Problem::Trailing(shown(rest.of(scan.line))))),
    }
}

/// The argument that begins here, and the byte that ends it (passed).
fn argument(scan: &mut Scan<'_>) -> (Span, Option<u8>) {
    let start = scan.at;
    let mut quoted = false;
    while let Some(byte) = scan.peek() {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b')' if !quoted => break,
            _ => {}
        }
        scan.at += 1;
    }
    let text = scan.line[start..scan.at].trim_ascii_end();
    let end = scan.peek();
    scan.at += usize::from(end.is_some());
    (Span::new(start, start + text.len()), end)
}
