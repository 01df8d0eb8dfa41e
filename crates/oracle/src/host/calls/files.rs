//! Files: they are made and evicted from outside, and used by the process itself.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::session::{Actor, Session, no_such_call, words};
use super::super::stub::SCRATCH;
use super::super::sys;
use crate::script::Line;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    match line.call {
        "file" => file(session, line, at),
        "memfd" => memfd(session, line, at),
        "open" => {
            let [name, flags] = words(line)?;
            let (path, flags) = (path(session, line, name)?, session.names.value(flags)?);
            open(session, at, &path, flags)
        }
        "close" => call(session, at, libc::SYS_close, &session.values::<1>(line)?),
        "fsync" => call(session, at, libc::SYS_fsync, &session.values::<1>(line)?),
        "ftruncate" => call(session, at, libc::SYS_ftruncate, &session.values::<2>(line)?),
        "pread" => call(session, at, libc::SYS_pread64, &session.values::<4>(line)?),
        "pwrite" => call(session, at, libc::SYS_pwrite64, &session.values::<4>(line)?),
        "fadvise" => call(session, at, libc::SYS_fadvise64, &session.values::<4>(line)?),
        "fallocate" => call(session, at, libc::SYS_fallocate, &session.values::<4>(line)?),
        _ => {
            let [descriptor] = session.values(line)?;
            evict(session, at, descriptor)
        }
    }
}

fn call(
    session: &mut Session<'_>,
    at: Actor,
    number: libc::c_long,
    arguments: &[u64],
) -> Result<Answer, HostError> {
    Ok(Answer::number(session.tracee(at).call(number, arguments)?))
}

fn path(session: &Session<'_>, line: &Line<'_>, quoted: &str) -> Result<String, HostError> {
    session.host.scratch.file(quoted).ok_or_else(|| no_such_call(line).into())
}

fn file(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let [name, size] = words(line)?;
    let (path, size) = (path(session, line, name)?, session.names.value(size)?);
    let file = File::create(&path)?;
    fill(&file, size)?;
    file.sync_all()?;
    drop(file);
    open(session, at, &path, libc::O_RDWR as u64)
}

fn open(session: &mut Session<'_>, at: Actor, path: &str, flags: u64) -> Result<Answer, HostError> {
    let tracee = session.tracee(at);
    tracee.poke(SCRATCH, format!("{path}\0").as_bytes())?;
    Ok(Answer::number(tracee.call(libc::SYS_open, &[SCRATCH, flags, 0o666])?))
}

/// `memfd("name", size[, flags])`. Huge pages cannot be written, so that their file is only made so long.
fn memfd(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let (name, size, flags) = match line.arguments[..] {
        [name, size] => (name, size, "0"),
        [name, size, flags] => (name, size, flags),
        _ => return Err(no_such_call(line).into()),
    };
    path(session, line, name)?;
    let (size, flags) = (session.names.value(size)?, session.names.value(flags)?);
    let tracee = session.tracee(at);
    tracee.poke(SCRATCH, format!("{}\0", name.trim_matches('"')).as_bytes())?;
    let descriptor = tracee.call(libc::SYS_memfd_create, &[SCRATCH, flags])?;
    if descriptor < 0 {
        return Ok(Answer::number(descriptor));
    }
    if flags & u64::from(libc::MFD_HUGETLB) == 0 {
        let link = format!("/proc/{}/fd/{descriptor}", tracee.pid);
        fill(&OpenOptions::new().write(true).open(link)?, size)?;
        return Ok(Answer::number(descriptor));
    }
    let sized = tracee.call(libc::SYS_ftruncate, &[descriptor as u64, size])?;
    if sized < 0 {
        tracee.call(libc::SYS_close, &[descriptor as u64])?;
        return Ok(Answer::number(sized));
    }
    Ok(Answer::number(descriptor))
}

/// The largest file that the oracle makes: it writes every byte.
const MOST_BYTES: u64 = 256 << 20;

/// The bytes that scenario.md says, a page at a time, so that the page cache holds single pages.
fn fill(file: &File, size: u64) -> Result<(), HostError> {
    if size > MOST_BYTES {
        return Err(HostError::Unexpected(format!("a file of {size} bytes is more than the oracle makes")));
    }
    for offset in (0..size).step_by(4096) {
        let page: Vec<u8> = (offset..(offset + 4096).min(size)).map(|i| (i / 4096 * 7 + i) as u8).collect();
        file.write_all_at(&page, offset)?;
    }
    Ok(())
}

fn evict(session: &mut Session<'_>, at: Actor, descriptor: u64) -> Result<Answer, HostError> {
    let link = format!("/proc/{}/fd/{}", session.pid(at), descriptor as i32);
    let Ok(file) = File::open(link) else { return Ok(Answer::number(-i64::from(libc::EBADF))) };
    // What the first pass leaves behind, because it was being written back, goes with the next.
    (0..3).for_each(|_| sys::evict(file.as_raw_fd()));
    Ok(Answer::number(0))
}
