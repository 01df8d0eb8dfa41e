//! The program that ld.so is started for: it needs libc, and brings an allocator of its own.
//!
//! ld.so and pthread_create allocate with the program's `malloc`, if it has one. This one takes from an area of the program and never
//! gives back, so that the library's own allocator stays untouched until the scenario calls it.

use super::PROGRAM;

/// The bytes of the program, mapped at [`PROGRAM`], for reading, writing and execution.
pub(super) const BYTES: u64 = 0x6_0000;
/// How many program headers begin it.
pub(super) const HEADERS: u64 = 5;

const DYNAMIC: u64 = 0x200;
const SYMBOLS: u64 = 0x300;
const HASH: u64 = 0x400;
const STRINGS: u64 = 0x500;
const CODE: u64 = 0x600;
const CURSOR: u64 = 0x800;
const AREA: u64 = 0x1000;

/// libc's name at 1; the functions' names at 11, 18, 25 and 33; ld.so's path at 38; libpthread's name at 66.
const TEXT: &[u8] =
    b"\0libc.so.6\0malloc\0calloc\0realloc\0free\0/lib64/ld-linux-x86-64.so.2\0libpthread.so.0\0";
const LOADER_AT: u64 = 38;
const LOADER_BYTES: u64 = 28;
const LIBPTHREAD_AT: u64 = LOADER_AT + LOADER_BYTES;

/// Name's offset and code's offset of each function.
const FUNCTIONS: [(u32, u64); 4] = [(11, 0), (18, 0x40), (25, 0x60), (33, 0x50)];

/// What is at [`PROGRAM`] but for the area; whether the program needs libpthread, too.
pub(super) fn image(libpthread: bool) -> Vec<u8> {
    let mut image = vec![0; AREA as usize];
    let mut put =
        |at: u64, bytes: &[u8]| image[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
    put(0, &headers());
    put(DYNAMIC, &dynamic(libpthread));
    put(SYMBOLS, &symbols());
    put(HASH, &[1u32, 5, 1, 0, 2, 3, 4, 0].map(u32::to_le_bytes).concat());
    put(STRINGS, TEXT);
    put(CURSOR, &(PROGRAM + AREA).to_le_bytes());
    put(CODE, &malloc());
    put(CODE + 0x40, &[0x48, 0x0f, 0xaf, 0xfe, 0xeb, 0xba]); // calloc: imul %rsi, %rdi; jmp malloc
    put(CODE + 0x50, &[0xc3]); // free: ret
    put(CODE + 0x60, REALLOC);
    image
}

/// rdi bytes, and before them their number: rax = rcx + 16 of the old cursor in rcx.
fn malloc() -> Vec<u8> {
    let cursor = (PROGRAM + CURSOR).to_le_bytes();
    let mut code = vec![0x48, 0xa1]; // movabs CURSOR, %rax
    code.extend(cursor);
    code.extend([0x48, 0x89, 0xc1]); // mov %rax, %rcx
    code.extend([0x48, 0x89, 0x39]); // mov %rdi, (%rcx)
    code.extend([0x48, 0x8d, 0x44, 0x38, 0x1f]); // lea 31(%rax, %rdi), %rax
    code.extend([0x48, 0x83, 0xe0, 0xf0]); // and $-16, %rax
    code.extend([0x48, 0xa3]); // movabs %rax, CURSOR
    code.extend(cursor);
    code.extend([0x48, 0x8d, 0x41, 0x10, 0xc3]); // lea 16(%rcx), %rax; ret
    code
}

const REALLOC: &[u8] = &[
    0x48, 0x89, 0xfa, // mov %rdi, %rdx
    0x48, 0x89, 0xf7, // mov %rsi, %rdi
    0x56, // push %rsi
    0x52, // push %rdx
    0xe8, 0x93, 0xff, 0xff, 0xff, // call malloc
    0x5e, // pop %rsi: the old block
    0x59, // pop %rcx: the new size
    0x48, 0x85, 0xf6, // test %rsi, %rsi
    0x74, 0x10, // jz 1f
    0x48, 0x3b, 0x4e, 0xf0, // cmp -16(%rsi), %rcx
    0x48, 0x0f, 0x47, 0x4e, 0xf0, // cmova -16(%rsi), %rcx
    0x50, // push %rax
    0x48, 0x89, 0xc7, // mov %rax, %rdi
    0xf3, 0xa4, // rep movsb
    0x58, // pop %rax
    0xc3, // 1: ret
];

fn headers() -> Vec<u8> {
    const PT_LOAD: u32 = 1;
    const PT_DYNAMIC: u32 = 2;
    const PT_INTERP: u32 = 3;
    const PT_PHDR: u32 = 6;
    const PT_GNU_STACK: u32 = 0x6474_e551;
    let at = |offset: u64, bytes: u64| [offset, PROGRAM + offset, PROGRAM + offset, bytes, bytes, 8];
    let list: [(u32, u32, [u64; 6]); HEADERS as usize] = [
        (PT_PHDR, 4, at(0, HEADERS * 56)),
        (PT_INTERP, 4, at(STRINGS + LOADER_AT, LOADER_BYTES)),
        (PT_LOAD, 7, [0, PROGRAM, PROGRAM, BYTES, BYTES, 0x1000]),
        (PT_DYNAMIC, 6, at(DYNAMIC, 10 * 16)),
        (PT_GNU_STACK, 6, [0; 6]),
    ];
    let mut bytes = Vec::new();
    for (kind, flags, rest) in list {
        bytes.extend([kind, flags].map(u32::to_le_bytes).concat());
        bytes.extend(rest.map(u64::to_le_bytes).concat());
    }
    bytes
}

fn dynamic(libpthread: bool) -> Vec<u8> {
    const DT_NULL: u64 = 0;
    const DT_NEEDED: u64 = 1;
    const DT_HASH: u64 = 4;
    const DT_STRTAB: u64 = 5;
    const DT_SYMTAB: u64 = 6;
    const DT_STRSZ: u64 = 10;
    const DT_SYMENT: u64 = 11;
    const DT_FLAGS: u64 = 30;
    const DF_BIND_NOW: u64 = 8;
    let entries = [
        [DT_NEEDED, 1],
        [DT_HASH, PROGRAM + HASH],
        [DT_STRTAB, PROGRAM + STRINGS],
        [DT_SYMTAB, PROGRAM + SYMBOLS],
        [DT_STRSZ, TEXT.len() as u64],
        [DT_SYMENT, 24],
        [DT_FLAGS, DF_BIND_NOW],
        [if libpthread { DT_NEEDED } else { DT_NULL }, LIBPTHREAD_AT],
        [DT_NULL, 0],
    ];
    entries.as_flattened().iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn symbols() -> Vec<u8> {
    const GLOBAL_FUNCTION: u32 = 0x12;
    const SECTION: u32 = 1 << 16;
    let mut bytes = vec![0; 24];
    for (name, code) in FUNCTIONS {
        bytes.extend([name, GLOBAL_FUNCTION | SECTION].map(u32::to_le_bytes).concat());
        bytes.extend([PROGRAM + CODE + code, 16].map(u64::to_le_bytes).concat());
    }
    bytes
}
