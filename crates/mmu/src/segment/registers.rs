//! The segment registers of a processor: CS for fetches, SS for the stack, the four others for data, the one that was not used for longest
//! given up (a compiler's choice, not the hardware's). Beside the visible part each holds the descriptor as it was when it was loaded (SDM
//! volume 3, section 3.4.3, figure 3-7).

use super::descriptor::{Descriptor, SegmentFault};
use super::global::Register;
use super::space::{Part, Segment};
use crate::Access;
use serde::{Deserialize, Serialize};

/// A loaded register: which segment, by its first address, and its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loaded {
    start: u64,
    pub(super) descriptor: Descriptor,
}

/// What is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Registers {
    code: Option<Loaded>,
    stack: Option<Loaded>,
    /// The most recent first.
    data: [Option<Loaded>; 4],
}

impl Registers {
    /// Makes `segment` the one of an access, by `load` if it is in no register: its descriptor, and whether it was loaded.
    ///
    /// # Errors
    /// `load`'s; the register stays as it was.
    pub(super) fn select(
        &mut self,
        segment: &Segment,
        access: Access,
        load: impl FnOnce(Register) -> Result<Descriptor, SegmentFault>,
    ) -> Result<(Descriptor, bool), SegmentFault> {
        let is = |register: &Option<Loaded>| register.is_some_and(|loaded| loaded.start == segment.start);
        let (register, which) = match (access, segment.part) {
            (Access::Fetch, _) => (&mut self.code, Register::Code),
            (_, Part::Stack) => (&mut self.stack, Register::Stack),
            _ => {
                let found = self.data.iter().position(is);
                let last = found.unwrap_or(self.data.len() - 1);
                self.data[..=last].rotate_right(1);
                (&mut self.data[0], Register::Data)
            }
        };
        if let Some(loaded) = register.filter(|loaded| loaded.start == segment.start) {
            return Ok((loaded.descriptor, false));
        }
        let descriptor = load(which)?;
        *register = Some(Loaded { start: segment.start, descriptor });
        Ok((descriptor, true))
    }

    /// Forgets what is not as `now` has it: the kernel has the registers loaded anew when it has changed a table. `now` is asked by first
    /// address and use.
    pub(super) fn refresh(&mut self, now: impl Fn(u64, Access) -> Option<Descriptor>) {
        let stale = |register: &mut Option<Loaded>, access: Access| {
            if register.is_some_and(|loaded| now(loaded.start, access) != Some(loaded.descriptor)) {
                *register = None;
            }
        };
        stale(&mut self.code, Access::Fetch);
        stale(&mut self.stack, Access::Read);
        self.data.iter_mut().for_each(|register| stale(register, Access::Read));
    }
}
