//! Where a process's parts are before any address randomisation (Linux: `load_elf_binary`, `setup_arg_pages`, `arch_pick_mmap_layout`).
//!
//! All of it follows from the page-table format: its page size and where user space ends. On x86-64 it is the layout of `scenario.md`.
//! Programs of 32-bit x86 begin where that kernel loads them (`ELF_ET_DYN_BASE`), others at two thirds of user space.

use memtwin_mmu::paging::Format;
use serde::{Deserialize, Serialize};

/// Addresses in bytes, page aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Where the image begins.
    pub image: u64,
    /// Where it ends and the break area begins.
    pub image_end: u64,
    /// Where the stack begins.
    pub stack: u64,
    /// Where the stack ends.
    pub stack_end: u64,
}

/// Code of the image.
const IMAGE_BYTES: u64 = 5 << 12;
/// What of the stack is present at the start: the arguments' page and what execve adds (`stack_expand`, 128 KiB).
const STACK_BYTES: u64 = 33 << 12;
/// The end of user space of 32-bit x86, and of what is not one of today's processors.
const X86_TASK_SIZE: u64 = 3 << 30;
/// Where 32-bit x86 loads programs (Linux: arch/x86/include/asm/elf.h).
const X86_IMAGE: u64 = 0x40_0000;

impl Layout {
    /// The layout under a format.
    pub fn of(format: &Format) -> Layout {
        let up = |bytes: u64| bytes.next_multiple_of(format.page_size());
        let image = match format.map_window {
            X86_TASK_SIZE => X86_IMAGE,
            _ => (format.map_window / 3 * 2) & !(format.page_size() - 1),
        };
        let stack_end = format.map_window;
        Layout { image, image_end: image + up(IMAGE_BYTES), stack: stack_end - up(STACK_BYTES), stack_end }
    }

    /// The image's length in bytes.
    pub fn image_bytes(&self) -> u64 {
        self.image_end - self.image
    }

    /// Where the stack was at the start of the program (`start_stack`).
    pub fn start_stack(&self) -> u64 {
        self.stack_end - 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memtwin_mmu::paging::FormatName;

    #[test]
    fn x86_64_has_the_layout_of_the_scenarios() {
        let layout = Layout::of(&Format::X86_64);
        assert_eq!((layout.image, layout.image_end), (0x5555_5555_4000, 0x5555_5555_9000));
        assert_eq!((layout.stack, layout.stack_end), (0x7fff_fffd_e000, 0x7fff_ffff_f000));
        assert_eq!(Format::X86_64.mmap_base(), 0x7fff_f7ff_f000);
    }

    #[test]
    fn parts_are_aligned_and_in_user_space() {
        for format in FormatName::ALL.map(FormatName::format) {
            let layout = Layout::of(&format);
            let parts = [layout.image, layout.image_end, layout.stack, layout.stack_end, format.mmap_base()];
            assert!(parts.iter().all(|part| part % format.page_size() == 0 && *part <= format.task_size));
            assert!(
                layout.image_end < format.mmap_base() && format.mmap_base() < layout.stack,
                "{}",
                format.name
            );
        }
    }
}
