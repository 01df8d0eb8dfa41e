//! Devices that fail: which of the next reads and writes of swap and of files do not succeed. Deterministic, for experiments.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeviceOp {
    /// Reading a page from swap.
    SwapRead,
    /// Writing a page to swap.
    SwapWrite,
    /// Reading a page of a file.
    FileRead,
    /// Writing a page of a file.
    FileWrite,
}

/// No operation has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no operation of a device is called `{0}`; there are swap-read, swap-write, file-read and file-write"
)]
pub struct UnknownDeviceOp(pub String);

impl FromStr for DeviceOp {
    type Err = UnknownDeviceOp;
    fn from_str(name: &str) -> Result<Self, UnknownDeviceOp> {
        match name {
            "swap-read" => Ok(DeviceOp::SwapRead),
            "swap-write" => Ok(DeviceOp::SwapWrite),
            "file-read" => Ok(DeviceOp::FileRead),
            "file-write" => Ok(DeviceOp::FileWrite),
            _ => Err(UnknownDeviceOp(name.to_owned())),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    succeed: u64,
    fail: u64,
}

/// Which operations fail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFaults {
    rules: [Rule; 4],
}

impl DeviceFaults {
    /// Of the operations of this kind from now on, `succeed` succeed, then `fail` fail, then all succeed again.
    pub fn arm(&mut self, op: DeviceOp, succeed: u64, fail: u64) {
        self.rules[op as usize] = Rule { succeed, fail };
    }

    /// An operation happens: whether it fails.
    pub(crate) fn strikes(&mut self, op: DeviceOp) -> bool {
        let rule = &mut self.rules[op as usize];
        if rule.fail == 0 {
            return false;
        }
        if rule.succeed > 0 {
            rule.succeed -= 1;
            return false;
        }
        rule.fail -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_succeed_then_some_fail() {
        let mut faults = DeviceFaults::default();
        faults.arm(DeviceOp::SwapRead, 1, 2);
        let read: Vec<bool> = (0..4).map(|_| faults.strikes(DeviceOp::SwapRead)).collect();
        assert_eq!(read, [false, true, true, false]);
        assert!(!faults.strikes(DeviceOp::FileWrite));
        assert!("tape".parse::<DeviceOp>().is_err());
    }
}
