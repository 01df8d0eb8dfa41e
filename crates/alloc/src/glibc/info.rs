//! `malloc_info`: the XML it prints.

use crate::Os;

use super::call::{Call, Res};

impl<O: Os> Call<'_, O> {
    /// `__malloc_info (0, stream)`.
    pub(super) fn libc_malloc_info(&mut self) -> Res<String> {
        Ok(String::new())
    }
}
