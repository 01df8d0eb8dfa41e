//! Page tables: radix trees in emulated frames, in the hardware's bit layout.
//!
//! [`format`](mod@format) says what a format looks like (levels, shifts, page size); [`pte`] what an entry's bits mean;
//! [`table`] walks, allocates and frees tables.

pub mod format;
pub mod pte;
pub mod table;

pub use format::Format;
pub use pte::{Pte, PteFlags};
pub use table::EntryRef;
