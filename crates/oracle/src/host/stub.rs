//! The program that a scenario's processes run: an ELF file of five pages without libc, data or use of the stack.
//!
//! Its routines take their arguments in registers and end in `int3`, at which the tracer reads the results. Between them lies
//! `int3`, too.

/// Where the image begins.
pub(super) const IMAGE: u64 = 0x5555_5555_4000;
/// Where it ends and the break begins.
pub(super) const IMAGE_END: u64 = 0x5555_5555_9000;
/// Where the stack begins: 33 pages.
pub(super) const STACK: u64 = 0x7fff_fffd_e000;
/// Where the stack ends.
pub(super) const STACK_END: u64 = 0x7fff_ffff_f000;
/// The top of the mmap area.
pub(super) const MMAP_BASE: u64 = 0x7fff_f7ff_f000;
/// A part of the stack for the tracer's structures, path names and vectors.
pub(super) const SCRATCH: u64 = 0x7fff_fffe_0000;
/// Its length.
pub(super) const SCRATCH_SIZE: u64 = 0x1_0000;

const CODE: u64 = IMAGE + 0x1000;

/// A routine of the stub, by its offset in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routine {
    /// A system call: number and arguments as the kernel wants them, result in rax.
    Syscall = 0x100,
    /// rax = 1 byte at rdi; the wider loads follow 16 bytes apart.
    Load = 0x110,
    /// 1 byte at rdi = rsi; the wider stores follow 16 bytes apart.
    Store = 0x150,
    /// Reads a byte at rdi, then one in each page up to rsi; rdx counts the pages.
    TouchRead = 0x200,
    /// As `TouchRead`, but writes what is there.
    TouchWrite = 0x240,
    /// rdx bytes from rdi on become sil.
    Memset = 0x280,
}

impl Routine {
    /// Where the routine is in the process; `width` (0 to 3) chooses among the loads and stores.
    pub(super) fn address(self, width: u64) -> u64 {
        CODE + self as u64 + 16 * width
    }
}

/// An address that holds an `int3`, for functions to return to.
pub(super) const RETURN: u64 = CODE;

const ROUTINES: &[(u64, &[u8])] = &[
    (0x100, &[0x0f, 0x05]),       // syscall
    (0x110, &[0x0f, 0xb6, 0x07]), // movzbl (%rdi), %eax
    (0x120, &[0x0f, 0xb7, 0x07]), // movzwl (%rdi), %eax
    (0x130, &[0x8b, 0x07]),       // movl (%rdi), %eax
    (0x140, &[0x48, 0x8b, 0x07]), // movq (%rdi), %rax
    (0x150, &[0x40, 0x88, 0x37]), // movb %sil, (%rdi)
    (0x160, &[0x66, 0x89, 0x37]), // movw %si, (%rdi)
    (0x170, &[0x89, 0x37]),       // movl %esi, (%rdi)
    (0x180, &[0x48, 0x89, 0x37]), // movq %rsi, (%rdi)
    (0x200, TOUCH_READ),
    (0x240, TOUCH_WRITE),
    (0x280, MEMSET),
];

const TOUCH_READ: &[u8] = &[
    0x48, 0x39, 0xf7, // 1: cmp %rsi, %rdi
    0x73, 0x17, // jae 2f
    0x8a, 0x07, // mov (%rdi), %al
    0x48, 0xff, 0xc2, // inc %rdx
    0x48, 0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff, // and $-4096, %rdi
    0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00, // add $4096, %rdi
    0x72, 0x02, // jc 2f
    0xeb, 0xe4, // jmp 1b
]; // 2: int3

const TOUCH_WRITE: &[u8] = &[
    0x48, 0x39, 0xf7, // 1: cmp %rsi, %rdi
    0x73, 0x19, // jae 2f
    0xf0, 0x80, 0x0f, 0x00, // lock orb $0, (%rdi)
    0x48, 0xff, 0xc2, // inc %rdx
    0x48, 0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff, // and $-4096, %rdi
    0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00, // add $4096, %rdi
    0x72, 0x02, // jc 2f
    0xeb, 0xe2, // jmp 1b
]; // 2: int3

const MEMSET: &[u8] = &[
    0x48, 0x85, 0xd2, // 1: test %rdx, %rdx
    0x74, 0x0b, // jz 2f
    0x40, 0x88, 0x37, // mov %sil, (%rdi)
    0x48, 0xff, 0xc7, // inc %rdi
    0x48, 0xff, 0xca, // dec %rdx
    0xeb, 0xf0, // jmp 1b
]; // 2: int3

/// The ELF file: one segment, read and execute, from the header on; a stack that is not executable.
pub(super) fn elf() -> Vec<u8> {
    let mut file = header();
    file.resize((CODE - IMAGE) as usize, 0);
    file.resize((IMAGE_END - IMAGE) as usize, 0xcc);
    for &(offset, code) in ROUTINES {
        let at = (CODE - IMAGE + offset) as usize;
        file[at..at + code.len()].copy_from_slice(code);
    }
    file
}

fn header() -> Vec<u8> {
    const PT_LOAD: u32 = 1;
    const PT_GNU_STACK: u32 = 0x6474_e551;
    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    out.extend([2u16, 62].map(u16::to_le_bytes).concat()); // ET_EXEC, EM_X86_64
    out.extend(1u32.to_le_bytes());
    out.extend([CODE, 64, 0].map(u64::to_le_bytes).concat()); // entry, program headers, section headers
    out.extend(0u32.to_le_bytes());
    out.extend([64u16, 56, 2, 64, 0, 0].map(u16::to_le_bytes).concat());
    let length = IMAGE_END - IMAGE;
    out.extend(program_header(PT_LOAD, 5, [0, IMAGE, IMAGE, length, length, 0x1000]));
    out.extend(program_header(PT_GNU_STACK, 6, [0; 6]));
    out
}

fn program_header(kind: u32, flags: u32, rest: [u64; 6]) -> Vec<u8> {
    [kind.to_le_bytes(), flags.to_le_bytes()]
        .into_iter()
        .flatten()
        .chain(rest.into_iter().flat_map(u64::to_le_bytes))
        .collect()
}
