//! Lists of families, shared by the mappings that have equal ones (Linux: the `anon_vma_chain` list of each mapping).
//!
//! A list is named by a number: 0 is the empty one, a list of one family names the family itself and takes no room.

use crate::AnonVmaId;
use serde::{Deserialize, Serialize};

/// The bit of a list's number that says: the one family named by the other bits.
const SINGULAR: u32 = 1 << 31;

/// The list of the one family `id`.
pub(super) fn singular(id: AnonVmaId) -> u32 {
    id.0 | SINGULAR
}

/// Whether a list has one family.
pub(super) fn is_singular(chain: u32) -> bool {
    chain & SINGULAR != 0
}

/// A list with more than one family; `users` 0: free.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Chain {
    families: Vec<AnonVmaId>,
    users: u32,
}

/// All lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Chains {
    chains: Vec<Chain>,
    free: Vec<u32>,
}

impl Chains {
    /// A list with one user.
    pub(super) fn add(&mut self, families: Vec<AnonVmaId>) -> u32 {
        if let [only] = families[..] {
            return singular(only);
        }
        let chain = Chain { families, users: 1 };
        if let Some(at) = self.free.pop() {
            self.chains[at as usize] = chain;
            return at + 1;
        }
        self.chains.push(chain);
        self.chains.len() as u32
    }

    /// A user more.
    pub(super) fn hold(&mut self, chain: u32) {
        if let Some(shared) = self.shared_mut(chain) {
            shared.users += 1;
        }
    }

    /// A user less; without any the list goes.
    pub(super) fn release(&mut self, chain: u32) {
        let Some(shared) = self.shared_mut(chain) else { return };
        shared.users -= 1;
        if shared.users == 0 {
            shared.families = Vec::new();
            self.free.push(chain - 1);
        }
    }

    /// Family `n` of a list.
    pub(super) fn nth(&self, chain: u32, n: usize) -> Option<AnonVmaId> {
        if is_singular(chain) {
            return (n == 0).then_some(AnonVmaId(chain & !SINGULAR));
        }
        self.chains.get((chain as usize).checked_sub(1)?)?.families.get(n).copied()
    }

    /// All families of a list.
    pub(super) fn to_vec(&self, chain: u32) -> Vec<AnonVmaId> {
        (0..).map_while(|n| self.nth(chain, n)).collect()
    }

    fn shared_mut(&mut self, chain: u32) -> Option<&mut Chain> {
        let at = (chain as usize).checked_sub(1)?;
        if is_singular(chain) { None } else { self.chains.get_mut(at) }
    }
}
