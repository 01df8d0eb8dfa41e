//! For whom one reclaim works (Linux: `cgroup_reclaim`, `current_is_kswapd`).

use serde::{Deserialize, Serialize};

/// Who reclaims, and for which limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// An allocation over the group's limit.
    #[default]
    Group,
    /// An allocation on a machine that is short of frames.
    Direct,
    /// The kernel thread, for the machine.
    Kswapd,
}

impl Scope {
    /// Whether it is the machine that is short, not a group.
    pub(super) fn is_machine(self) -> bool {
        self != Scope::Group
    }
}
