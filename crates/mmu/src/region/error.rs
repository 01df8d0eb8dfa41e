//! Why an operation on a range failed. `memtwin-kernel` turns each into the errno of the same meaning.

use crate::vma::TooManyMappings;

/// What a range operation can fail with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// A hole in the range, a limit, no room or no commit left (ENOMEM).
    #[error("no memory, or nothing mapped")]
    NoMemory,
    /// The range or the request makes no sense there (EINVAL).
    #[error("invalid request")]
    Invalid,
    /// The mapping's file does not allow it (EACCES).
    #[error("access denied")]
    Access,
    /// The range leaves its mapping (EFAULT).
    #[error("bad address")]
    Fault,
    /// Over RLIMIT_MEMLOCK, or a resource is short for the moment (EAGAIN).
    #[error("try again")]
    Again,
    /// The address may not be mapped, or a mapping is sealed (EPERM).
    #[error("not permitted")]
    Permission,
    /// The mapping is locked (EBUSY).
    #[error("busy")]
    Busy,
    /// The device failed (EIO).
    #[error("input/output error")]
    Io,
}

impl From<TooManyMappings> for RegionError {
    fn from(_: TooManyMappings) -> RegionError {
        RegionError::NoMemory
    }
}
