//! Keys of what a machine owns. An id is an index of a slab and may be used again after its object is gone.

use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index of host slices.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

ids! {
    /// An address space (Linux: `struct mm_struct`).
    MmId,
    /// A mapping inside its address space (`struct vm_area_struct`); stable while the mapping lives.
    VmaId,
    /// A family of anonymous mappings that may share pages (`struct anon_vma`).
    AnonVmaId,
    /// An open file description (`struct file`): what a mapping refers to, and what readahead state belongs to.
    FileId,
    /// A file's pages (`struct address_space` with its inode).
    InodeId,
}

/// Serialises a map by its keys' order: equal machines give equal bytes.
pub(crate) fn ordered<K, V, S>(map: &HashMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Ord + Serialize,
    V: Serialize,
    S: Serializer,
{
    serializer.collect_map(map.iter().collect::<BTreeMap<_, _>>())
}
