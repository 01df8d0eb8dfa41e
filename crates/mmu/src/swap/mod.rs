//! Swap: slots on devices, the swap cache, readahead and the way back of a page (Linux: `mm/swapfile.c`, `mm/swap_state.c`,
//! `mm/page_io.c`).

pub mod area;
mod clusters;
pub mod device;
pub mod devices;
mod fault;
mod input;
mod on_off;
mod out;
pub mod readahead;
mod shmem;

pub use area::{SlotId, SlotOwner, SwapArea};
pub use device::SwapDevice;
pub use devices::{Devices, SwapId, SwapInfo, Transfers};
pub use on_off::{SwapOffError, SwapOnError, SwapSetup};
