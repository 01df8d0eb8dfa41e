//! The segment registers of a processor: CS for fetches, SS for the stack, the four others for data, the one that was not used for longest
//! given up (a compiler's choice, not the hardware's).

use super::space::{Part, Segment};
use crate::Access;
use serde::{Deserialize, Serialize};

/// Which segments are loaded, by their first address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Registers {
    code: Option<u64>,
    stack: Option<u64>,
    /// The most recent first.
    data: [Option<u64>; 4],
}

impl Registers {
    /// Makes `segment` the one of an access: whether its descriptor had to be loaded.
    pub(super) fn load(&mut self, segment: &Segment, access: Access) -> bool {
        let wanted = Some(segment.start);
        let register = match (access, segment.part) {
            (Access::Fetch, _) => &mut self.code,
            (_, Part::Stack) => &mut self.stack,
            _ => return self.load_data(wanted),
        };
        std::mem::replace(register, wanted) != wanted
    }

    fn load_data(&mut self, wanted: Option<u64>) -> bool {
        let found = self.data.iter().position(|loaded| *loaded == wanted);
        let last = found.unwrap_or(self.data.len() - 1);
        self.data[..=last].rotate_right(1);
        self.data[0] = wanted;
        found.is_none()
    }
}
