//! glibc's heap as data: the chunks, the lists, the arenas; and a check that recounts them.

mod arenas;
mod check;
mod lists;
mod reader;
mod walk;

pub use arenas::ArenaView;
pub use lists::ListView;
