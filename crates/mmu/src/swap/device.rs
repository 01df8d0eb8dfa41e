//! What swap is on. A device decides when a written page is free again and whether its slot outlives the swap-in.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Kinds of swap devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SwapDevice {
    /// Compressed memory: input and output end within the call (SWP_SYNCHRONOUS_IO), readahead is skipped, a page read back gives
    /// its slot up.
    #[default]
    Zram,
    /// A rotating disk: asynchronous, readahead by slots.
    Disk,
    /// A solid-state disk: asynchronous, readahead by neighbours in the mapping.
    Ssd,
}

/// No swap device has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no swap device is called `{0}`; there are zram, disk and ssd")]
pub struct UnknownSwapDevice(pub String);

impl SwapDevice {
    /// Whether input and output end within the call.
    pub fn is_synchronous(self) -> bool {
        self == SwapDevice::Zram
    }

    /// How long a write is in flight, in ns of the modelled clock. (A swap file in a virtual machine whose host caches it, as
    /// in the recorded experiments.)
    pub fn write_ns(self) -> u64 {
        if self.is_synchronous() { 0 } else { 20_000 }
    }

    /// How long handing a page to it keeps the processor, in ns of the modelled clock: a synchronous one compresses it meanwhile.
    pub fn submit_ns(self) -> u64 {
        if self.is_synchronous() { 4_000 } else { 2_000 }
    }

    /// How long a read takes, in ns of the modelled clock.
    pub fn read_ns(self) -> u64 {
        if self.is_synchronous() { 2_000 } else { 70_000 }
    }

    /// The name that configuration speaks.
    pub fn name(self) -> &'static str {
        match self {
            SwapDevice::Zram => "zram",
            SwapDevice::Disk => "disk",
            SwapDevice::Ssd => "ssd",
        }
    }
}

impl FromStr for SwapDevice {
    type Err = UnknownSwapDevice;
    fn from_str(name: &str) -> Result<Self, UnknownSwapDevice> {
        [SwapDevice::Zram, SwapDevice::Disk, SwapDevice::Ssd]
            .into_iter()
            .find(|device| device.name() == name)
            .ok_or_else(|| UnknownSwapDevice(name.to_owned()))
    }
}
