//! The host bytes in a checkpoint: each frame that has any, without the zeroes at its end.
//!
//! Which slot a frame had, the free slots and the windows are the host's matter: a machine that is read back has others, and
//! nothing that it models can tell.

use super::host::{HostMem, PIECE_SHIFT};
use crate::Pfn;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    /// Frames of the machine.
    total: u32,
    /// log2 of a frame's bytes.
    page_shift: u32,
    #[serde(borrow)]
    frames: Vec<(Pfn, SavedFrame<'a>)>,
}

#[derive(Serialize, Deserialize)]
struct SavedFrame<'a>(#[serde(borrow, with = "serde_bytes")] &'a [u8]);

impl Serialize for HostMem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let frames = self.frames().map(|(pfn, bytes)| (pfn, SavedFrame(without_end(bytes))));
        let frames = frames.filter(|(_, SavedFrame(bytes))| !bytes.is_empty());
        let saved = Saved { total: self.total(), page_shift: self.page_shift(), frames: frames.collect() };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HostMem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostMem, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        if !(PIECE_SHIFT..=16).contains(&saved.page_shift) {
            return Err(D::Error::custom("frames of a size that no format has"));
        }
        let mut host = HostMem::new(saved.total, saved.page_shift);
        for (pfn, SavedFrame(bytes)) in saved.frames {
            if bytes.is_empty() {
                continue;
            }
            if pfn.0 >= saved.total || bytes.len() > 1 << saved.page_shift {
                return Err(D::Error::custom("bytes of a frame that the machine does not have"));
            }
            host.bytes_mut(pfn)[..bytes.len()].copy_from_slice(bytes);
        }
        Ok(host)
    }
}

fn without_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}
