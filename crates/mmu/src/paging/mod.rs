//! Page tables: radix trees in emulated frames, in the hardware's bit layout.
//!
//! [`format`](mod@format) says what a format looks like (levels, shifts, page size); [`pte`] what an entry's bits mean;
//! [`table`] walks, allocates and frees tables; [`visit`] goes through all of them.

mod deposit;
pub mod format;
pub mod pte;
pub mod table;
pub mod visit;

pub use format::Format;
pub use pte::{Pte, PteFlags};
pub use table::EntryRef;
pub use visit::Visit;
