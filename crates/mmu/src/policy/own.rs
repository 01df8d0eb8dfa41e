//! A policy of one's own as a value that a machine can hold, clone and send.

use super::Policy;
use std::fmt;

/// A policy that is not of this crate.
pub struct OwnPolicy(Box<dyn Cloneable>);

/// A [`Policy`] that a machine can be cloned with.
trait Cloneable: Policy + Sync {
    fn clone_box(&self) -> Box<dyn Cloneable>;
}

impl<P: Policy + Sync + Clone + 'static> Cloneable for P {
    fn clone_box(&self) -> Box<dyn Cloneable> {
        Box::new(self.clone())
    }
}

impl OwnPolicy {
    /// Wraps a policy.
    pub fn new(policy: impl Policy + Sync + Clone + 'static) -> OwnPolicy {
        OwnPolicy(Box::new(policy))
    }
}

impl Clone for OwnPolicy {
    fn clone(&self) -> OwnPolicy {
        OwnPolicy(self.0.clone_box())
    }
}

impl fmt::Debug for OwnPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Policy for OwnPolicy {
    fn foretell(&mut self, next_use: u64) {
        self.0.foretell(next_use);
    }

    fn holds(&self, page: u32) -> bool {
        self.0.holds(page)
    }

    fn touch(&mut self, page: u32) {
        self.0.touch(page);
    }

    fn miss(&mut self, page: u32) {
        self.0.miss(page);
    }

    fn candidate(&mut self, incoming: Option<u32>) -> Option<u32> {
        self.0.candidate(incoming)
    }

    fn evict(&mut self, victim: u32) {
        self.0.evict(victim);
    }

    fn insert(&mut self, page: u32) {
        self.0.insert(page);
    }

    fn forget(&mut self, page: u32) {
        self.0.forget(page);
    }
}
