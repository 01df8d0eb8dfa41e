//! The value of an argument: numbers and names with numbers added and subtracted, joined by `|`.
//!
//! Sums wrap at 64 bits, as addresses do; a literal that does not fit into 64 bits is refused.

use super::scan::{Scan, shown};
use super::{Fault, Names, Problem, Span};

/// The value of `span` of `line`.
///
/// # Errors
/// The token that is no number, no known name or in the wrong place.
pub fn eval(line: &str, span: Span, names: &Names) -> Result<u64, Fault> {
    if span.start == span.end {
        return Err(Fault::new(span, Problem::Empty));
    }
    let mut scan = Scan::new(line, span);
    let mut value = 0;
    loop {
        value |= sum(&mut scan, names)?;
        if scan.peek().is_none() {
            return Ok(value);
        }
        if !scan.accept(b'|') {
            let rest = scan.rest(scan.at);
            return Err(Fault::new(rest, Problem::AfterValue(shown(rest.of(line)))));
        }
    }
}

/// A number, `-` a number or a name; then any count of `+ number` and `- number`.
fn sum(scan: &mut Scan<'_>, names: &Names) -> Result<u64, Fault> {
    scan.skip_blanks();
    let mut value = match scan.peek() {
        Some(b'-') => {
            scan.at += 1;
            number(scan)?.wrapping_neg()
        }
        Some(b'0'..=b'9') => number(scan)?,
        _ => name(scan, names)?,
    };
    loop {
        scan.skip_blanks();
        match scan.peek() {
            Some(b'+') => {
                scan.at += 1;
                value = value.wrapping_add(number(scan)?);
            }
            Some(b'-') => {
                scan.at += 1;
                value = value.wrapping_sub(number(scan)?);
            }
            _ => return Ok(value),
        }
    }
}

fn name(scan: &mut Scan<'_>, names: &Names) -> Result<u64, Fault> {
    let start = scan.at;
    let span = scan.word();
    let text = span.of(scan.line);
    if text.is_empty() {
        let rest = scan.rest(start);
        return Err(Fault::new(rest, Problem::NoValue(shown(rest.of(scan.line)))));
    }
    names.get(text).ok_or_else(|| Fault::new(span, Problem::UnknownName(shown(text))))
}

/// Decimal or `0x` hex digits, and a `K`, `M`, `G` or `T`.
fn number(scan: &mut Scan<'_>) -> Result<u64, Fault> {
    scan.skip_blanks();
    let start = scan.at;
    let hex = matches!(scan.line.as_bytes().get(start..scan.end), Some([b'0', b'x' | b'X', ..]));
    let value = if hex {
        scan.at += 2;
        digits(scan, 16)
    } else {
        digits(scan, 10)
    };
    let shift = match scan.peek() {
        Some(b'K') => 10,
        Some(b'M') => 20,
        Some(b'G') => 30,
        Some(b'T') => 40,
        _ => 0,
    };
    scan.at += usize::from(shift > 0);
    let span = Span::new(start, scan.at);
    match value {
        Digits::None => {
            let rest = scan.rest(start);
            Err(Fault::new(rest, Problem::NoNumber(shown(rest.of(scan.line)))))
        }
        Digits::Value(value) if value << shift >> shift == value => Ok(value << shift),
        _ => Err(Fault::new(span, Problem::Overflow(shown(span.of(scan.line))))),
    }
}

enum Digits {
    None,
    Value(u64),
    TooMany,
}

fn digits(scan: &mut Scan<'_>, radix: u32) -> Digits {
    let mut value = Digits::None;
    while let Some(digit) = scan.peek().and_then(|byte| char::from(byte).to_digit(radix)) {
        scan.at += 1;
        value = match value {
            Digits::None => Digits::Value(u64::from(digit)),
            Digits::Value(sum) => sum
                .checked_mul(u64::from(radix))
                .and_then(|sum| sum.checked_add(u64::from(digit)))
                .map_or(Digits::TooMany, Digits::Value),
            Digits::TooMany => Digits::TooMany,
        };
    }
    value
}
