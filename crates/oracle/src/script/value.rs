//! The value of an argument: numbers, names and flags.

use super::ScriptError;
use super::constants::constant;
use std::collections::BTreeMap;

/// The names that a scenario has bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<String, u64>);

impl Names {
    /// Binds a name, again if need be.
    pub(crate) fn bind(&mut self, name: &str, value: u64) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of `terms|terms|…`.
    pub(crate) fn value(&self, text: &str) -> Result<u64, ScriptError> {
        let error = || ScriptError::NotAValue(text.to_owned());
        text.split('|').try_fold(0, |sum, part| Some(sum | self.terms(part.trim())?)).ok_or_else(error)
    }

    /// `first+number-number…`, modulo 2^64.
    fn terms(&self, text: &str) -> Option<u64> {
        let end = text.find(['+', '-']).filter(|&at| at > 0).unwrap_or(text.len());
        let (first, mut rest) = match text.strip_prefix('-') {
            Some(positive) => {
                let end = positive.find(['+', '-']).unwrap_or(positive.len());
                (number(positive[..end].trim())?.wrapping_neg(), &positive[end..])
            }
            None => (self.first(text[..end].trim())?, &text[end..]),
        };
        let mut sum = first;
        while let Some(sign) = rest.chars().next() {
            let end = rest[1..].find(['+', '-']).map_or(rest.len(), |at| at + 1);
            let term = number(rest[1..end].trim())?;
            sum = if sign == '+' { sum.wrapping_add(term) } else { sum.wrapping_sub(term) };
            rest = &rest[end..];
        }
        Some(sum)
    }

    fn first(&self, text: &str) -> Option<u64> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return number(text);
        }
        self.0.get(text).copied().or_else(|| constant(text))
    }
}

/// A decimal or hexadecimal number, with K, M, G or T; what is beyond 64 bits is the largest there is.
fn number(text: &str) -> Option<u64> {
    let shift = match text.chars().last()? {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        _ => 0,
    };
    let digits = if shift == 0 { text } else { &text[..text.len() - 1] };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (digits, 10),
    };
    let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    valid.then(|| u64::from_str_radix(digits, radix).unwrap_or(u64::MAX) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_written() {
        let mut names = Names::default();
        names.bind("a", 0x1000);
        let cases = [
            ("a+4K-1", 0x1fff),
            ("2M-4K", 0x1f_f000),
            ("-4K", 4096u64.wrapping_neg()),
            ("-1", u64::MAX),
            ("PROT_READ|PROT_WRITE", 3),
            ("NULL", 0),
            ("0xffffffffffffffff", u64::MAX),
            ("a - 1", 0xfff),
        ];
        for (text, value) in cases {
            assert_eq!(names.value(text), Ok(value), "{text}");
        }
        for text in ["", "b", "1+", "0x", "a|", "4Q", "a*2"] {
            assert!(names.value(text).is_err(), "{text}");
        }
    }
}
