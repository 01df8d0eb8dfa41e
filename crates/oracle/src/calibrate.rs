//! Measures what things cost on this host, under the names of the twin's cost model (`memtwin_mmu::cost`).
//!
//! Each figure is the median of several rounds with the distance to the farther quartile as its spread: the scheduler and
//! other work on the host move the rest. A
//! fault's figure is without the zeroing and copying of its page, which are figures of their own. Left out: swap, for which the
//! host's configuration would have to change, and the cost of flushing a whole address space, which no program can ask for.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod calls;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod faults;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod figures;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod latency;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod sample;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod sys;

use std::io;

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its name in the cost model.
    pub name: &'static str,
    /// Nanoseconds.
    pub ns: f64,
    /// How far half of the rounds were from it at most.
    pub spread_ns: f64,
}

/// What a host measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The processor's own name.
    pub processor: String,
    /// The kernel's release.
    pub kernel: String,
    /// Cycles in a nanosecond.
    pub ghz: f64,
    /// The figures.
    pub costs: Vec<Measured>,
}

/// Measures everything; takes some seconds, best on an idle host.
///
/// # Errors
/// If the host refuses memory, a process or a file, and on a host that is no x86-64 Linux.
pub fn calibrate() -> io::Result<Calibration> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return figures::measure();
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return Err(io::Error::new(io::ErrorKind::Unsupported, "only an x86-64 Linux host can be measured"));
}
