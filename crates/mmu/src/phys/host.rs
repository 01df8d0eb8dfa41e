//! The host bytes of frames. A frame that holds only zeroes has none.

use crate::Pfn;
use std::collections::HashMap;

/// Bytes of a frame.
pub const FRAME_BYTES: usize = 4096;

/// Host memory for frames with data.
#[derive(Clone, Debug, Default)]
pub struct HostMem {
    data: HashMap<Pfn, Box<[u8]>>,
}

impl HostMem {
    /// No bytes yet, for a machine of `total` frames.
    pub fn new(_total: u32) -> HostMem {
        HostMem::default()
    }

    /// A frame's bytes, if it has any that are not zero.
    pub fn bytes(&self, pfn: Pfn) -> Option<&[u8]> {
        self.data.get(&pfn).map(|b| &b[..])
    }

    /// A frame's bytes, to change.
    pub fn bytes_mut(&mut self, pfn: Pfn) -> &mut [u8] {
        self.data.entry(pfn).or_insert_with(|| vec![0; FRAME_BYTES].into_boxed_slice())
    }

    /// Makes a frame all zeroes.
    pub fn drop_data(&mut self, pfn: Pfn) {
        self.data.remove(&pfn);
    }

    /// Makes `to` equal to `from`.
    pub fn copy(&mut self, from: Pfn, to: Pfn) {
        if let Some(bytes) = self.data.get(&from).cloned() {
            self.data.insert(to, bytes);
        }
    }

    /// The 8 bytes at `offset`, a multiple of 8.
    pub fn word(&self, pfn: Pfn, offset: usize) -> u64 {
        self.bytes(pfn)
            .map_or(0, |b| u64::from_le_bytes(b[offset..offset + 8].try_into().unwrap_or_default()))
    }

    /// Sets the 8 bytes at `offset`, a multiple of 8.
    pub fn set_word(&mut self, pfn: Pfn, offset: usize, value: u64) {
        self.bytes_mut(pfn)[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
    }
}
