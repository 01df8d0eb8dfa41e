//! Loading the C library: ld.so is mapped and run as if the kernel had started it for our program.

use super::super::HostError;
use super::super::proc_fs;
use super::super::stub::{IMAGE, IMAGE_END, MMAP_BASE, RETURN, SCRATCH, STACK, STACK_END};
use super::super::tracee::{End, Tracee};
use super::elf::{Elf, Segment};
use super::files::Files;
use super::program;
use super::symbols::Symbols;
use super::{LOADER, OWN, OWN_END, PROGRAM};

/// Where argc, argv, the environment and the auxiliary vector are: near the end of the stack.
pub(super) const VECTOR: u64 = STACK_END - 0x2000;
/// Where the strings of the vector are: at the start of the stack, which nothing else uses.
const STRINGS: u64 = STACK + 0x100;

const PAGE: u64 = 4096;
/// All of user space but our own part, the image and the stack: filled while ld.so looks for room.
const ELSEWHERE: [(u64, u64); 3] = [(PAGE, OWN), (OWN_END, IMAGE), (IMAGE_END, MMAP_BASE)];

/// Loads libc into a bare process; gives its functions.
pub(super) fn load(tracee: &mut Tracee, files: &Files) -> Result<Symbols, HostError> {
    for (start, end) in ELSEWHERE {
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED) as u64;
        tracee.expect_call(libc::SYS_mmap, &[start, end - start, 0, flags, u64::MAX, 0])?;
    }
    map_program(tracee, files)?;
    let entry = map_loader(tracee, files)?;
    run(tracee, entry, files)?;
    for (start, end) in ELSEWHERE {
        tracee.expect_call(libc::SYS_munmap, &[start, end - start])?;
    }
    Symbols::find(tracee.pid)
}

/// mmap's arguments for memory at a fixed place, for reading and writing.
pub(super) fn anonymous(start: u64, bytes: u64) -> [u64; 6] {
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED) as u64;
    [start, bytes, (libc::PROT_READ | libc::PROT_WRITE) as u64, flags, u64::MAX, 0]
}

fn map_program(tracee: &mut Tracee, files: &Files) -> Result<(), HostError> {
    let mut arguments = anonymous(PROGRAM, program::BYTES);
    arguments[2] |= libc::PROT_EXEC as u64;
    tracee.expect_call(libc::SYS_mmap, &arguments)?;
    tracee.poke(PROGRAM, &program::image(files.has_libpthread()))
}

/// Maps ld.so; gives its first instruction's address.
fn map_loader(tracee: &mut Tracee, files: &Files) -> Result<u64, HostError> {
    let path = files.loader.display();
    let file = Elf(std::fs::read(&files.loader)?);
    let broken = || HostError::Unsuitable(format!("{path} is no ELF file of the usual kind"));
    tracee.poke(SCRATCH, format!("{path}\0").as_bytes())?;
    let descriptor = tracee.expect_call(libc::SYS_open, &[SCRATCH, libc::O_RDONLY as u64])?;
    for segment in file.segments().ok_or_else(broken)? {
        map_segment(tracee, segment, descriptor)?;
    }
    tracee.expect_call(libc::SYS_close, &[descriptor])?;
    Ok(LOADER + file.entry().ok_or_else(broken)?)
}

fn map_segment(tracee: &mut Tracee, segment: Segment, descriptor: u64) -> Result<(), HostError> {
    let bit = |flag: u32, prot: i32| if segment.flags & flag == 0 { 0 } else { prot as u64 };
    let prot = bit(4, libc::PROT_READ) | bit(2, libc::PROT_WRITE) | bit(1, libc::PROT_EXEC);
    let down = |address: u64| address & !(PAGE - 1);
    let start = LOADER + down(segment.address);
    let file_end = LOADER + segment.address + segment.file_bytes;
    let page_end = down(file_end + PAGE - 1);
    let flags = (libc::MAP_PRIVATE | libc::MAP_FIXED) as u64;
    let offset = down(segment.offset);
    tracee.expect_call(libc::SYS_mmap, &[start, page_end - start, prot, flags, descriptor, offset])?;
    if segment.memory_bytes > segment.file_bytes {
        tracee.poke(file_end, &vec![0; (page_end - file_end) as usize])?;
        let end = down(LOADER + segment.address + segment.memory_bytes + PAGE - 1);
        if end > page_end {
            tracee.expect_call(libc::SYS_mmap, &anonymous(page_end, end - page_end))?;
        }
    }
    Ok(())
}

/// Runs ld.so until it jumps to the program, whose first instruction is the stub's `int3`.
fn run(tracee: &mut Tracee, entry: u64, files: &Files) -> Result<(), HostError> {
    const BIND: &str = "stub\0LD_BIND_NOW=1\0";
    let search =
        files.directory.as_ref().map(|directory| format!("LD_LIBRARY_PATH={}\0", directory.display()));
    tracee.poke(STRINGS, [BIND, search.as_deref().unwrap_or_default()].concat().as_bytes())?;
    let second = if search.is_some() { STRINGS + BIND.len() as u64 } else { 0 };
    let vector = [1, STRINGS, 0, STRINGS + 5, second]
        .into_iter()
        .chain(search.map(|_| 0))
        .chain(auxiliary(tracee.pid)?);
    tracee.poke(VECTOR, &vector.flat_map(u64::to_le_bytes).collect::<Vec<_>>())?;
    let mut registers = tracee.registers();
    (registers.rip, registers.rsp, registers.rdx, registers.rbp) = (entry, VECTOR, 0, 0);
    (registers.rax, registers.orig_rax) = (0, u64::MAX);
    match tracee.run_from(registers, None)? {
        End::Trap if tracee.registers().rip == RETURN + 1 => Ok(()),
        end => Err(HostError::Unexpected(format!("ld.so ends with {end:?}"))),
    }
}

/// The kernel's auxiliary vector, changed to what it would be for our program and without the vdso.
fn auxiliary(pid: i32) -> Result<Vec<u64>, HostError> {
    const AT_IGNORE: u64 = 1;
    let bytes = std::fs::read(format!("/proc/{pid}/auxv"))?;
    let words: Vec<u64> =
        bytes.chunks_exact(8).map(|word| word.try_into().map_or(0, u64::from_le_bytes)).collect();
    let mut vector = Vec::new();
    for pair in words.chunks_exact(2) {
        vector.extend(match pair[0] {
            libc::AT_PHDR => [libc::AT_PHDR, PROGRAM],
            libc::AT_PHNUM => [libc::AT_PHNUM, program::HEADERS],
            libc::AT_BASE => [libc::AT_BASE, LOADER],
            libc::AT_ENTRY => [libc::AT_ENTRY, RETURN],
            libc::AT_SYSINFO_EHDR => [AT_IGNORE, 0],
            _ => [pair[0], pair[1]],
        });
    }
    Ok(vector)
}

/// How many arenas a process has besides the main one: glibc's fork writes to the first page of each.
pub(super) fn arenas(tracee: &Tracee) -> Result<u64, HostError> {
    const HEAP: u64 = 64 << 20;
    /// 2.35 added a field.
    const HEAP_INFO_BYTES: [u64; 2] = [0x20, 0x30];
    let mut count = 0;
    for mapping in proc_fs::mappings(tracee.pid)?.iter().filter(|mapping| mapping.perms.starts_with("rw")) {
        let aligned = (mapping.start.next_multiple_of(HEAP)..mapping.end).step_by(HEAP as usize);
        for heap in aligned.filter(|&heap| (0x4000_0000_0000..0x7fff_f800_0000).contains(&heap)) {
            // A look at a page that is not there would bring one in, with its table.
            if proc_fs::pagemap(tracee.pid, heap, PAGE)? != "P" {
                continue;
            }
            let mut arena = [0; 8];
            tracee.peek(heap, &mut arena)?;
            count += u64::from(HEAP_INFO_BYTES.contains(&u64::from_le_bytes(arena).wrapping_sub(heap)));
        }
    }
    Ok(count)
}
