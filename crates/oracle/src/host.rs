//! Scenarios on the host's own kernel and C library: the measured processes run a program without libc, and are driven by
//! ptrace, so that nothing of the measuring is mapped, allocated or faulted in them. Where a scenario calls the C library, that lies
//! apart from all that the scenario sees.
//!
//! Page faults are the kernel's own counts in /proc. Everything runs on one processor, whose batches of pages between
//! LRU lists are emptied after each line. A scenario is run until two runs agree, because other parts of the host (page
//! sampling, khugepaged) now and then show in one.

mod answer;
mod calls;
mod errno;
mod library;
mod proc_fs;
mod process;
mod scratch;
mod session;
mod stub;
mod suitable;
mod sys;
mod template;
mod tracee;
mod watchdog;

use crate::options::Options;
use crate::script::ScriptError;
use library::{Files, Library};
use scratch::Scratch;
use session::{Session, Surroundings};
use std::collections::BTreeMap;
use sys::Drain;
use template::Template;
use tracee::Tracee;
use watchdog::Watchdog;

/// Why the host gives no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host's kernel or libc is not one that the twin models, or processes cannot be traced.
    #[error("this host is not one to compare with: {0}")]
    Unsuitable(String),
    /// The scenario has a line that the oracle cannot run.
    #[error("line {line}: {error}")]
    Script {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        error: ScriptError,
    },
    /// As [`HostError::Script`], before the line is known.
    #[error(transparent)]
    Refused(#[from] ScriptError),
    /// A system call of the oracle itself failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A process ended, or took a signal, where it should not.
    #[error("a process of the scenario was lost")]
    Lost,
    /// A run took longer than [`Options::timeout`].
    #[error("the scenario took too long")]
    Timeout,
    /// The kernel did something that the oracle does not know.
    #[error("unexpected: {0}")]
    Unexpected(String),
    /// Swap is on, which the scenario's `MADV_PAGEOUT` would use.
    #[error("swap is on, where MADV_PAGEOUT puts pages")]
    SwapIsOn,
    /// No two of so many runs agree.
    #[error("no two of {0} runs agree")]
    Unstable(usize),
}

pub(crate) use library::is_needed as needs_libc;

/// The host as an oracle: runs scenarios on its kernel and C library.
#[derive(Debug)]
pub struct Host {
    options: Options,
    scratch: Scratch,
    drain: Drain,
    processor: usize,
    template: Option<Template>,
    library: Option<Library>,
    warnings: Vec<String>,
}

impl Host {
    /// A host that is ready to run scenarios.
    ///
    /// # Errors
    /// [`HostError::Unsuitable`] if the kernel is not one that the twin models, or processes cannot be traced.
    pub fn new(options: Options) -> Result<Self, HostError> {
        suitable::check_kernel()?;
        let (directory, mut warnings) = suitable::directory(options.directory.clone());
        warnings.extend(suitable::settings());
        let last = sys::processors().last().copied().unwrap_or(0);
        let processor = options.processor.unwrap_or(last);
        let mut host = Self {
            scratch: Scratch::new(&directory)?,
            drain: Drain::new()?,
            processor,
            template: None,
            library: None,
            warnings,
            options,
        };
        let refused = |error| HostError::Unsuitable(format!("processes cannot be traced: {error}"));
        host.pinned(Self::prepare).map_err(refused)?;
        Ok(host)
    }

    /// What may make logs of this host differ from those of the machine that scenario.md describes.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the processor faults more than once on a huge page that has become writable, because it keeps translations of
    /// parts of it that it looked up ahead. That is no matter of the kernel's: on virtual machines it depends on the pages under the
    /// guest's. Counts of faults on huge pages are not to be compared then.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn faults_ahead(&mut self) -> Result<bool, HostError> {
        Ok(!self.run(suitable::STORES_TO_HUGE_PAGE)?.ends_with("-> 256 minflt=1\n"))
    }

    /// The log of a scenario, in which two runs agree.
    ///
    /// # Errors
    /// [`HostError::Script`] for a line that is none, [`HostError::Unstable`] if no two runs agree, and what can go wrong
    /// with the host.
    pub fn run(&mut self, scenario: &str) -> Result<String, HostError> {
        if scenario.contains("MADV_HUGEPAGE") || scenario.contains("MADV_COLLAPSE") {
            self.drain.wake_khugepaged();
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..self.options.runs {
            let log = self.run_once(scenario)?;
            let count = seen.entry(log.clone()).or_default();
            *count += 1;
            if *count == 2 || self.options.runs == 1 {
                return Ok(log);
            }
        }
        Err(HostError::Unstable(self.options.runs))
    }

    /// The log of a single run.
    ///
    /// # Errors
    /// As [`run`](Self::run), but for [`HostError::Unstable`].
    pub fn run_once(&mut self, scenario: &str) -> Result<String, HostError> {
        let pages_out = scenario.contains("MADV_PAGEOUT") && !scenario.contains("swapon(");
        let swap_was_on = pages_out && suitable::swap_is_on();
        let log = self.pinned(|host| host.session(scenario, |mut session| session.run(scenario)))?;
        if swap_was_on || pages_out && suitable::swap_is_on() { Err(HostError::SwapIsOn) } else { Ok(log) }
    }

    /// The files of these names in the /proc directory of a scenario's first process, as they are after the last line.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub fn proc_files(&mut self, scenario: &str, names: &[&str]) -> Result<Vec<String>, HostError> {
        let files = |mut session: Session<'_>| {
            session.run(scenario)?;
            session.proc_files(names)
        };
        self.pinned(|host| host.session(scenario, files))
    }

    fn session<T>(
        &mut self,
        scenario: &str,
        act: impl FnOnce(Session<'_>) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let (first, library) = self.first_process(library::is_needed(scenario))?;
        let host = Surroundings {
            scratch: &self.scratch,
            drain: &self.drain,
            library: self.library.as_ref().filter(|_| library),
            syscalls: self.options.syscalls,
        };
        let session = Session::new(first, host, scenario)?;
        let watchdog = Watchdog::new(self.options.timeout, session.group());
        let result = act(session);
        if watchdog.has_bitten() { Err(HostError::Timeout) } else { result }
    }

    /// A process for a scenario, with the C library if it needs that.
    fn first_process(&mut self, library: bool) -> Result<(Tracee, bool), HostError> {
        self.prepare()?;
        let template = self.template.as_mut().ok_or(HostError::Lost)?;
        if !library {
            return Ok((template.copy()?, false));
        }
        if self.library.is_none() {
            self.library = Some(Library::start(template, &self.options.libc)?);
        }
        let library = self.library.as_mut().ok_or(HostError::Lost)?;
        Ok((library.copy()?, true))
    }

    /// The release of glibc that scenarios will run on, such as `2.36`.
    ///
    /// # Errors
    /// [`HostError::Unsuitable`] if that library does not say what it is.
    pub fn libc_release(&self) -> Result<String, HostError> {
        Files::of(self.options.libc.as_deref()).release()
    }

    /// Starts the template if there is none.
    fn prepare(&mut self) -> Result<(), HostError> {
        if self.template.is_none() {
            self.template = Some(Template::start()?);
        }
        Ok(())
    }

    /// Does something on the host's processor.
    fn pinned<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, HostError>) -> Result<T, HostError> {
        let before = sys::pin(self.processor)?;
        let result = act(self);
        sys::unpin(&before);
        result
    }
}
