//! The host where it is no x86-64 Linux: it says so.

use std::time::Duration;

/// Why the host gives no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host is not one that the twin models.
    #[error("this host is not one to compare with: {0}")]
    Unsuitable(String),
}

/// How scenarios are run; without meaning here.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where regular files are made.
    pub directory: Option<std::path::PathBuf>,
    /// The processor on which all runs.
    pub processor: Option<usize>,
    /// The longest a run may take.
    pub timeout: Duration,
    /// How often a scenario is run at most.
    pub runs: usize,
    /// Whether logs show the system calls of the C library.
    pub syscalls: bool,
    /// Where another glibc than the system's is.
    pub libc: Option<std::path::PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            directory: None,
            processor: None,
            timeout: Duration::from_secs(120),
            runs: 12,
            syscalls: false,
            libc: None,
        }
    }
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
