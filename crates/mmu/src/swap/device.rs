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

    /// How long handing a page to it keeps the processor, in ns of the modelled clock: a synchronous one compresses it meanwhile.
    pub fn submit_ns(self) -> u64 {
        if self.is_synchronous() { 4_000 } else { 2_500 }
    }

    /// From a request to the first byte of an asynchronous device and back to who waits, in ns of the modelled clock. (This and the next
    /// ones by the tracepoints of the block layer on Linux 6.18, for a swap file in a virtual machine whose host caches it.)
    pub(crate) const WAKE_NS: u64 = 45_000;
    /// What each request takes the device.
    pub(crate) const REQUEST_NS: u64 = 4_500;
    /// What each page of a request takes the device.
    pub(crate) const PAGE_NS: u64 = 1_300;
    /// How long telling the device of requests keeps the processor.
    pub(crate) const NOTIFY_NS: u64 = 20_000;
    /// How long a synchronous device decompresses a page.
    pub(crate) const DECOMPRESS_NS: u64 = 2_000;

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
