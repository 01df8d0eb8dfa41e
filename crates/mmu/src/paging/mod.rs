//! Page tables: radix trees in emulated frames, in the hardware's bit layout.
//!
//! [`format`](mod@format) says what a format looks like (levels, shifts, page size), [`formats`] which there are; [`pte`] is an entry as
//! the machine knows it and `codec` as each format writes it; [`table`] walks, allocates and frees tables; [`visit`] goes through all
//! of them.

mod codec;
mod deposit;
pub mod format;
pub mod formats;
pub(crate) mod near;
#[cfg(test)]
mod proptests;
pub mod pte;
pub mod table;
pub mod visit;

pub use format::Format;
pub use formats::{FormatName, UnknownFormat};
pub use pte::{Pte, PteFlags};
pub use table::EntryRef;
pub use visit::Visit;
