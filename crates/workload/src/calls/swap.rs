//! Swap devices switched on and off, and devices that fail.

use memtwin_kernel::Errno;
use memtwin_kernel::mmu::swap::{SwapOffError, SwapOnError};
use memtwin_kernel::mmu::{DeviceOp, SwapDevice, SwapId, SwapSetup};

use super::Family::{Machine, System};
use super::Param::{Optional, Text, Value};
use super::{Args, Call, Caller, Outcome, Stop};
use crate::syntax::{Fault, Problem};

/// The priority that means none.
const NO_PRIORITY: u64 = u64::MAX;

pub(super) const CALLS: &[Call] = &[
    Call::new("swapon", System, &[Text("device"), Value("size"), Optional("priority", NO_PRIORITY)], swapon),
    Call::new("swapoff", System, &[Value("number")], swapoff),
    Call::new("fail", Machine, &[Text("operation"), Value("succeed"), Value("count")], fail),
];

/// Switches a device on: its number, by which it is switched off.
fn swapon(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let kind = a.text(0).parse::<SwapDevice>().map_err(|error| refuse(a, 0, &error))?;
    let priority = match a.value(2) {
        NO_PRIORITY => None,
        priority => Some(i32::try_from(priority).map_err(|_| Errno::EINVAL)?),
    };
    let id = caller.twin.kernel.machine.swapon(kind, a.value(1), priority).map_err(|error| match error {
        SwapOnError::TooSmall => Errno::EINVAL,
        SwapOnError::TooLarge => Errno::ENOMEM,
    })?;
    Ok(Outcome::Number(id.0.into()))
}

fn swapoff(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let id = u32::try_from(a.value(0)).map_err(|_| Errno::EINVAL)?;
    caller.twin.kernel.machine.swapoff(SwapId(id)).map_err(|error| match error {
        SwapOffError::NotInUse(_) => Errno::EINVAL,
        SwapOffError::NoMemory => Errno::ENOMEM,
        SwapOffError::Unreadable => Errno::EIO,
    })?;
    Ok(Outcome::DONE)
}

/// Lets operations of a device fail after some that succeed.
fn fail(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let op = a.text(0).parse::<DeviceOp>().map_err(|error| refuse(a, 0, &error))?;
    caller.twin.kernel.machine.device_faults.arm(op, a.value(1), a.value(2));
    Ok(Outcome::DONE)
}

fn refuse(a: &Args<'_>, at: usize, error: &impl ToString) -> Fault {
    Fault::new(a.span(at), Problem::Setting(error.to_string()))
}

/// Reads `SIZE DEVICE [PRIORITY]`, several with `;` between them.
///
/// # Errors
/// What is wrong.
pub(super) fn parse_swaps(text: &str) -> Result<Vec<SwapSetup>, String> {
    text.split(';').map(parse_swap).collect()
}

fn parse_swap(text: &str) -> Result<SwapSetup, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (size, kind, priority) = match words[..] {
        [size, kind] => (size, kind, None),
        [size, kind, priority] => (size, kind, Some(priority)),
        _ => return Err(format!("expected `SIZE DEVICE [PRIORITY]`, found `{}`", text.trim())),
    };
    let priority = priority.map(|word| word.parse::<i32>().map_err(|_| format!("`{word}` is no priority")));
    Ok(SwapSetup {
        kind: kind
            .parse()
            .map_err(|error: memtwin_kernel::mmu::swap::device::UnknownSwapDevice| error.to_string())?,
        bytes: bytes(size).ok_or_else(|| format!("`{size}` is no size"))?,
        priority: priority.transpose()?,
    })
}

/// A number with K, M, G or T behind it, perhaps.
fn bytes(word: &str) -> Option<u64> {
    let (digits, shift) = match word.strip_suffix(['K', 'M', 'G', 'T']) {
        Some(digits) => (digits, 10 * (1 + "KMGT".find(word.chars().last()?)?)),
        None => (word, 0),
    };
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(1 << shift).filter(|&bytes| bytes <= 1 << 43)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_with_sizes_and_priorities() {
        let swaps = parse_swaps("64M zram 10; 1G disk").unwrap();
        let want = [(SwapDevice::Zram, 64 << 20, Some(10)), (SwapDevice::Disk, 1 << 30, None)];
        assert_eq!(swaps.iter().map(|s| (s.kind, s.bytes, s.priority)).collect::<Vec<_>>(), want);
        for wrong in ["", "64M", "64M tape", "x zram", "64M zram high", "99999999T zram", "64M zram 1 2"] {
            assert!(parse_swaps(wrong).is_err(), "{wrong}");
        }
    }
}
