//! Which files a C library is made of: the system's, or those of another glibc in a directory of their own.

use super::super::HostError;
use super::elf::Elf;
use std::fs;
use std::path::{Path, PathBuf};

/// The path of ld.so, which the ABI fixes.
const SYSTEM_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
/// Where Debian has the system's libc.
const SYSTEM_LIBC: &str = "/lib/x86_64-linux-gnu/libc.so.6";

/// A C library's files.
#[derive(Clone, Debug)]
pub(in super::super) struct Files {
    /// ld.so.
    pub(super) loader: PathBuf,
    /// libc itself.
    libc: PathBuf,
    /// Where ld.so is to look first; `None` for the system's own library.
    pub(super) directory: Option<PathBuf>,
}

impl Files {
    /// The files in `directory`, or the system's.
    pub(in super::super) fn of(directory: Option<&Path>) -> Self {
        match directory {
            Some(directory) => Self {
                loader: directory.join("ld-linux-x86-64.so.2"),
                libc: directory.join("libc.so.6"),
                directory: Some(directory.to_path_buf()),
            },
            None => Self { loader: SYSTEM_LOADER.into(), libc: SYSTEM_LIBC.into(), directory: None },
        }
    }

    /// Whether threads are in a library apart, as before 2.34.
    pub(super) fn has_libpthread(&self) -> bool {
        fs::read(&self.libc).is_ok_and(|bytes| Elf(bytes).symbol("pthread_create").is_none())
    }

    /// The release that libc says it is, such as `2.36`.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no glibc.
    pub(in super::super) fn release(&self) -> Result<String, HostError> {
        let bytes = fs::read(&self.libc)?;
        release_in(&bytes)
            .ok_or_else(|| HostError::Unsuitable(format!("{} is not glibc", self.libc.display())))
    }
}

/// The release named by the line with which a libc introduces itself.
fn release_in(libc: &[u8]) -> Option<String> {
    let at = find(libc, b"GNU C Library")?;
    let line = &libc[at..(at + 120).min(libc.len())];
    let said = b"release version ";
    let number = &line[find(line, said)? + said.len()..];
    let digits: Vec<u8> =
        number.iter().copied().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').collect();
    Some(String::from_utf8_lossy(&digits).trim_end_matches('.').to_owned())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_from_the_introduction() {
        let libc = b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\nCopyright";
        assert_eq!(release_in(libc).as_deref(), Some("2.36"));
        assert_eq!(release_in(b"musl libc"), None);
    }
}
