//! Swap: slots on a device, the swap cache, readahead and the way back of a page (Linux: `mm/swapfile.c`, `mm/swap_state.c`,
//! `mm/page_io.c`).

pub mod area;
mod clusters;
pub mod device;
mod fault;
mod input;
mod out;
pub mod readahead;

pub use area::{SlotId, SwapArea};
pub use device::SwapDevice;
