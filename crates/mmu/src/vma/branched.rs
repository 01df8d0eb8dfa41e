//! What machines branched from one another share as a whole until one of them changes it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value of one's own, or one that others have, too, which the first change copies.
#[derive(Clone, Debug, Default)]
pub struct Branched<T> {
    /// The value, if it is not shared; else an empty one.
    own: T,
    shared: Option<Arc<T>>,
}

impl<T: Default> Branched<T> {
    /// Lets the clones made from now on share the value.
    pub(crate) fn freeze(&mut self) {
        if self.shared.is_none() {
            self.shared = Some(Arc::new(std::mem::take(&mut self.own)));
        }
    }
}

impl<T> Branched<T> {
    /// Whether others may have it, too.
    #[inline(always)]
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The value, to change, if it is not shared; else one that is empty, and has to stay so.
    #[inline(always)]
    pub(crate) fn own_or_empty(&mut self) -> &mut T {
        &mut self.own
    }
}

impl<T: Clone> Branched<T> {
    /// Takes the value over, or a copy where another machine has it, too.
    #[cold]
    #[inline(never)]
    fn unshare(&mut self) {
        if let Some(shared) = self.shared.take() {
            self.own = Arc::unwrap_or_clone(shared);
        }
    }
}

impl<T> Deref for Branched<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.shared.as_deref().unwrap_or(&self.own)
    }
}

impl<T: Clone> DerefMut for Branched<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        if self.shared.is_some() {
            self.unshare();
        }
        &mut self.own
    }
}

impl<T: fmt::Display> fmt::Display for Branched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Serialize> Serialize for Branched<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Branched<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Branched { own: T::deserialize(deserializer)?, shared: None })
    }
}
