//! The host where it is no x86-64 Linux: it says so.

use crate::Options;

/// Why the host gives no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host is not one that the twin models.
    #[error("this host is not one to compare with: {0}")]
    Unsuitable(String),
}

/// A host that cannot be had here.
#[derive(Debug)]
pub enum Host {}

impl Host {
    /// Refuses.
    ///
    /// # Errors
    /// [`HostError::Unsuitable`], always.
    pub fn new(_options: Options) -> Result<Self, HostError> {
        Err(HostError::Unsuitable("it is not Linux on x86-64".to_owned()))
    }

    /// Never called, since there is no host.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        match *self {}
    }

    /// Never called, since there is no host.
    ///
    /// # Errors
    /// None.
    pub fn faults_ahead(&mut self) -> Result<bool, HostError> {
        match *self {}
    }

    /// Never called, since there is no host.
    ///
    /// # Errors
    /// None.
    pub fn libc_release(&self) -> Result<String, HostError> {
        match *self {}
    }

    /// Never called, since there is no host.
    ///
    /// # Errors
    /// None.
    pub fn run(&mut self, _scenario: &str) -> Result<String, HostError> {
        match *self {}
    }

    /// Never called, since there is no host.
    ///
    /// # Errors
    /// None.
    pub fn run_once(&mut self, _scenario: &str) -> Result<String, HostError> {
        match *self {}
    }
}

/// There is no library to need.
pub(crate) fn needs_libc(_scenario: &str) -> bool {
    false
}
