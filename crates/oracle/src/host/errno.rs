//! The names of error numbers.

/// `errno`'s name, as the header has it.
pub(super) fn name(errno: i64) -> String {
    let names = [
        (libc::EPERM, "EPERM"),
        (libc::ENOENT, "ENOENT"),
        (libc::ESRCH, "ESRCH"),
        (libc::EINTR, "EINTR"),
        (libc::EIO, "EIO"),
        (libc::ENXIO, "ENXIO"),
        (libc::EBADF, "EBADF"),
        (libc::EAGAIN, "EAGAIN"),
        (libc::ENOMEM, "ENOMEM"),
        (libc::EACCES, "EACCES"),
        (libc::EFAULT, "EFAULT"),
        (libc::EBUSY, "EBUSY"),
        (libc::EEXIST, "EEXIST"),
        (libc::ENODEV, "ENODEV"),
        (libc::EISDIR, "EISDIR"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENFILE, "ENFILE"),
        (libc::EMFILE, "EMFILE"),
        (libc::ETXTBSY, "ETXTBSY"),
        (libc::EFBIG, "EFBIG"),
        (libc::ENOSPC, "ENOSPC"),
        (libc::ESPIPE, "ESPIPE"),
        (libc::EROFS, "EROFS"),
        (libc::ERANGE, "ERANGE"),
        (libc::ENAMETOOLONG, "ENAMETOOLONG"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::EOVERFLOW, "EOVERFLOW"),
        (libc::EOPNOTSUPP, "EOPNOTSUPP"),
        (libc::EHWPOISON, "EHWPOISON"),
    ];
    let known = names.iter().find(|&&(number, _)| i64::from(number) == errno);
    known.map_or_else(|| format!("E{errno}"), |&(_, name)| name.to_owned())
}

/// What strace says of an error number, of those that the memory calls of a C library meet.
pub(super) fn message(errno: i64) -> String {
    match errno as i32 {
        libc::ENOMEM => "Cannot allocate memory".to_owned(),
        libc::EINVAL => "Invalid argument".to_owned(),
        libc::EAGAIN => "Resource temporarily unavailable".to_owned(),
        libc::EPERM => "Operation not permitted".to_owned(),
        libc::EACCES => "Permission denied".to_owned(),
        libc::EFAULT => "Bad address".to_owned(),
        libc::EEXIST => "File exists".to_owned(),
        number => std::io::Error::from_raw_os_error(number).to_string(),
    }
}
