//! The process of which every scenario's first process is a copy: the stub's image, a stack, and nothing else.

use super::HostError;
use super::proc_fs::{self, Mapping};
use super::stub::{self, IMAGE, IMAGE_END, SCRATCH, STACK, STACK_END};
use super::sys;
use super::tracee::{End, Tracee};
use std::fs::File;
use std::os::fd::AsRawFd;

const PAGE: u64 = 4096;

/// The template, traced and at rest.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) tracee: Tracee,
    /// What its processes write to descriptor 2.
    pub(super) errors: File,
}

impl Template {
    /// Starts the stub and takes everything from it that the kernel gave but scenario.md does not have.
    pub(super) fn start() -> Result<Self, HostError> {
        let program = sys::memory_file("stub", &stub::elf())?;
        let errors = sys::memory_file("stderr", &[])?;
        let pid = sys::spawn(program.as_raw_fd(), errors.as_raw_fd())?;
        let tracee = Tracee::adopt(pid)?;
        let mut template = Self { tracee, errors };
        sys::follow(pid)?;
        template.strip()?;
        settle(&template.tracee)?;
        describe(&mut template.tracee, IMAGE_END - PAGE, IMAGE_END - PAGE)?;
        Ok(template)
    }

    /// Unmaps all but the image and the stack.
    fn strip(&mut self) -> Result<(), HostError> {
        let surplus = proc_fs::mappings(self.tracee.pid)?;
        for mapping in surplus.iter().filter(|mapping| !is_own(mapping)) {
            let length = mapping.end - mapping.start;
            if self.tracee.call(libc::SYS_munmap, &[mapping.start, length])? != 0 {
                return Err(HostError::Unexpected(format!("{} cannot be unmapped", mapping.name)));
            }
        }
        let stack = proc_fs::mappings(self.tracee.pid)?.into_iter().find(|mapping| mapping.name == "[stack]");
        match stack {
            Some(Mapping { start: STACK, end: STACK_END, .. }) => Ok(()),
            other => Err(HostError::Unexpected(format!("the stack is {other:?}"))),
        }
    }

    /// A new process, a copy of the template and a child of this program.
    pub(super) fn copy(&mut self) -> Result<Tracee, HostError> {
        copy(&mut self.tracee)?.ok_or(HostError::Lost)
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        sys::kill(self.tracee.pid);
    }
}

/// Whether a mapping is the image, the stack or the kernel's own.
pub(super) fn is_own(mapping: &Mapping) -> bool {
    mapping.name == "[stack]"
        || mapping.name == "[vsyscall]"
        || (mapping.start >= IMAGE && mapping.end <= IMAGE_END && mapping.name.starts_with("/memfd:stub"))
}

/// Has a process make a copy of itself; `None` if the kernel refuses. The copy is a child of this program, not of the
/// process, so that it can be collected here.
pub(super) fn copy(parent: &mut Tracee) -> Result<Option<Tracee>, HostError> {
    if parent.call(libc::SYS_clone, &[libc::CLONE_PARENT as u64])? < 0 {
        return Ok(None);
    }
    let mut child = Tracee::adopt(parent.born.ok_or(HostError::Lost)?)?;
    settle(&child)?;
    match child.go_on(None)? {
        End::Trap => Ok(Some(child)),
        _ => Err(HostError::Lost),
    }
}

/// Makes image and stack of a process wholly present and its own, at the expense of this program's fault counters.
pub(super) fn settle(tracee: &Tracee) -> Result<(), HostError> {
    let mut byte = [0];
    for page in (IMAGE..IMAGE_END).step_by(PAGE as usize) {
        tracee.peek(page, &mut byte)?;
    }
    for page in (STACK..STACK_END).step_by(PAGE as usize) {
        tracee.peek(page, &mut byte)?;
        tracee.poke(page, &byte)?;
    }
    Ok(())
}

/// Tells the kernel where break, arguments and data are: the break at the image's end.
pub(super) fn describe(tracee: &mut Tracee, start_data: u64, end_data: u64) -> Result<(), HostError> {
    const PR_SET_MM: u64 = 35;
    const PR_SET_MM_MAP: u64 = 14;
    let top = STACK_END - 64;
    let fields = [
        IMAGE,      // start_code
        IMAGE_END,  // end_code
        start_data, // start_data
        end_data,   // end_data
        IMAGE_END,  // start_brk
        IMAGE_END,  // brk
        top,        // start_stack
        top,        // arg_start
        top + 8,    // arg_end
        top + 8,    // env_start
        top + 8,    // env_end
        0,          // auxv
    ];
    let mut map: Vec<u8> = fields.into_iter().flat_map(u64::to_le_bytes).collect();
    map.extend(0u32.to_le_bytes()); // auxv_size
    map.extend(u32::MAX.to_le_bytes()); // exe_fd: none
    tracee.poke(SCRATCH, &map)?;
    match tracee.call(libc::SYS_prctl, &[PR_SET_MM, PR_SET_MM_MAP, SCRATCH, map.len() as u64, 0])? {
        0 => Ok(()),
        error => Err(HostError::Unexpected(format!("PR_SET_MM_MAP gives {error}"))),
    }
}
