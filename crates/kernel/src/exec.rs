//! A process that runs a program of one's own: image, heap, mapping area, stack, vdso (Linux: `load_elf_binary`, `setup_arg_pages`,
//! `arch_setup_additional_pages`).
//!
//! Differs from Linux: the contents of image, vdso and stack are patterns or zeroes; a program without an interpreter is not
//! position-independent; the interpreter, once mapped, loads no libraries, which is the program's affair.

use crate::places::{Places, Random};
use crate::task::{Kernel, Pid};
use crate::{Errno, spawn};
use memtwin_mmu::vma::Proposal;
use memtwin_mmu::{Access, Backing, FileId, Limits, MmId, OpenMode, Placement, VirtAddr, VmFlags};

/// A program as its file has it; sizes in bytes, each segment on pages of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name that `/proc/PID/maps` shows.
    pub name: String,
    /// Headers and other read-only data below the code.
    pub headers_bytes: u64,
    /// Code.
    pub text_bytes: u64,
    /// Constants.
    pub rodata_bytes: u64,
    /// Variables with a value.
    pub data_bytes: u64,
    /// Variables without one, right behind.
    pub bss_bytes: u64,
    /// The program that loads it, as for all that are linked dynamically: the image is position-independent then.
    pub interpreter: Option<Box<Image>>,
    /// Arguments and environment on the stack.
    pub arguments_bytes: u64,
}

/// Where a program without an interpreter begins, as linkers have it.
const FIXED_BASE: u64 = 0x40_0000;
/// Pages of `[vvar]`, `[vvar_vclock]` and `[vdso]`.
pub(crate) const VDSO_PAGES: [u64; 3] = [4, 2, 2];
/// What a stack has below its arguments at the start (`setup_arg_pages`).
const STACK_EXPAND_BYTES: u64 = 128 << 10;
const PAGE: u64 = 4096;

const READ: VmFlags = VmFlags::READ.union(spawn::MAY);
const READ_EXEC: VmFlags = READ.union(VmFlags::EXEC);
const READ_WRITE: VmFlags = READ.union(VmFlags::WRITE).union(VmFlags::ACCOUNT);
const SPECIAL: VmFlags = VmFlags::DONTEXPAND.union(VmFlags::DONTDUMP);

impl Image {
    /// A program linked dynamically, with headers and constants of a page, and Debian's loader.
    pub fn dynamic(name: &str, text_bytes: u64, data_bytes: u64, bss_bytes: u64) -> Image {
        let loader = Image {
            name: "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2".to_owned(),
            headers_bytes: 0x1000,
            text_bytes: 0x26000,
            rodata_bytes: 0xa000,
            data_bytes: 0x4000,
            bss_bytes: 0,
            interpreter: None,
            arguments_bytes: 0,
        };
        Image {
            name: name.to_owned(),
            headers_bytes: PAGE,
            text_bytes,
            rodata_bytes: PAGE,
            data_bytes,
            bss_bytes,
            interpreter: Some(Box::new(loader)),
            arguments_bytes: PAGE,
        }
    }

    /// The segments in the file, lowest first: bytes and rights.
    fn segments(&self) -> [(u64, VmFlags); 4] {
        [
            (self.headers_bytes, READ),
            (self.text_bytes, READ_EXEC),
            (self.rodata_bytes, READ),
            (self.data_bytes, READ_WRITE),
        ]
    }

    /// Bytes from its first page to the end of its bss.
    fn span_bytes(&self) -> u64 {
        let below = self.headers_bytes.next_multiple_of(PAGE)
            + self.text_bytes.next_multiple_of(PAGE)
            + self.rodata_bytes.next_multiple_of(PAGE);
        (below + self.data_bytes + self.bss_bytes).next_multiple_of(PAGE)
    }

    fn is_sane(&self) -> bool {
        const MOST: u64 = 1 << 40;
        let sizes = [self.headers_bytes, self.text_bytes, self.rodata_bytes, self.data_bytes, self.bss_bytes];
        sizes.iter().all(|bytes| *bytes < MOST)
            && self.text_bytes > 0
            && self.arguments_bytes < STACK_EXPAND_BYTES
    }
}

impl Kernel {
    /// Starts a process that runs `image`, with the lowest free number from 1 on. Its pages come by faults, but for the
    /// arguments on its stack and the end of its data, which the kernel writes.
    ///
    /// ```
    /// use memtwin_kernel::mmu::Config;
    /// use memtwin_kernel::{Image, Kernel, Tid};
    ///
    /// // 80 KiB of code, 6 KiB of variables with a value, 64 KiB without; addresses random by the seed.
    /// let mut config = Config::default();
    /// (config.randomize_va_space, config.seed) = (2, 7);
    /// let mut kernel = Kernel::new(config);
    /// let pid = kernel.spawn_image(&Image::dynamic("/usr/bin/demo", 80 << 10, 6 << 10, 64 << 10))?;
    /// println!("{}", kernel.maps_text(pid)?);
    ///
    /// let places = kernel.process(pid).expect("just started").places;
    /// let mut task = kernel.task(Tid { pid, thread: 1 })?;
    /// task.fetch(places.code.0).expect("its code can be fetched");
    /// task.store(places.stack.0 - (1 << 20), 1, 8).expect("its stack grows by a fault");
    /// assert_eq!(task.faults().minflt, 2);
    /// # Ok::<(), memtwin_kernel::Errno>(())
    /// ```
    ///
    /// # Errors
    /// `ENOEXEC` for an image without code or beyond all measure and where pages are not of 4 KiB, `ENOMEM`.
    pub fn spawn_image(&mut self, image: &Image) -> Result<Pid, Errno> {
        if self.machine.page_size() != PAGE
            || !image.is_sane()
            || image.interpreter.as_ref().is_some_and(|loader| !loader.is_sane())
        {
            return Err(Errno::ENOEXEC);
        }
        let pid = (1..).find(|pid| !self.processes.contains_key(pid)).ok_or(Errno::EAGAIN)?;
        let random = self.next_random();
        let limits = Limits { ipc_lock: self.machine.config.privileged, ..Limits::default() };
        let mm = self.machine.new_mm(limits).map_err(|_| Errno::ENOMEM)?;
        match self.load(mm, image, &random) {
            Ok(places) => {
                let written = written_at_start(&places, image);
                self.add_process(pid, mm, places, |machine| {
                    for addr in written {
                        // Without memory the program meets the fault itself.
                        let _ = machine.handle_page_fault(mm, VirtAddr::new(addr), Access::Write);
                    }
                })
            }
            Err(error) => {
                self.machine.exit_mmap(mm);
                Err(error)
            }
        }
    }

    fn load(&mut self, mm: MmId, image: &Image, random: &Random) -> Result<Places, Errno> {
        let task_size = self.machine.config.format.map_window;
        let stack_end = task_size - random.stack;
        let stack = (
            stack_end - STACK_EXPAND_BYTES - image.arguments_bytes.next_multiple_of(PAGE).max(PAGE),
            stack_end,
        );
        let limit = self.machine.mm(mm).limits.stack;
        self.machine.mm_mut(mm).mmap_base = random.mmap_base(limit, task_size);
        spawn::map(&mut self.machine, mm, stack, spawn::STACK_FLAGS, None);
        // A position-independent one goes to `ELF_ET_DYN_BASE`.
        let dynamic = image.interpreter.is_some();
        let base = if dynamic { self.layout().image + random.image } else { FIXED_BASE };
        let code = self.map_image(mm, image, base)?;
        let end = base + image.span_bytes();
        let space = self.machine.mm_mut(mm);
        (space.start_brk, space.brk) = (end + random.brk, end + random.brk);
        if let Some(loader) = &image.interpreter {
            let at = self.place(mm, loader.span_bytes())?;
            self.map_image(mm, loader, at)?;
        }
        let vdso = self.map_vdso(mm)?;
        let start_stack = stack_end - image.arguments_bytes.max(64);
        Ok(Places { image: (base, end), code, stack, start_stack, vdso: Some(vdso), plain: false })
    }

    fn place(&self, mm: MmId, len: u64) -> Result<u64, Errno> {
        let want = Placement { len, ..Placement::default() };
        self.machine.get_unmapped_area(mm, &want).map_err(|_| Errno::ENOMEM)
    }

    /// Maps the segments of an image and its bss from `base` on; where its code is.
    fn map_image(&mut self, mm: MmId, image: &Image, base: u64) -> Result<(u64, u64), Errno> {
        let file = self.program_file(image)?;
        let (mut at, mut code) = (base, (base, base));
        for (bytes, flags) in image.segments() {
            let end = at + bytes.next_multiple_of(PAGE);
            if end > at {
                self.map_segment(mm, (at, end), flags, Some((file, (at - base) / PAGE)));
            }
            if flags.contains(VmFlags::EXEC) {
                code = (at, end);
            }
            at = end;
        }
        let end = base + image.span_bytes();
        if end > at {
            self.map_segment(mm, (at, end), READ_WRITE, None);
        }
        self.machine.fput(file);
        Ok(code)
    }

    fn map_vdso(&mut self, mm: MmId) -> Result<u64, Errno> {
        let at = self.place(mm, VDSO_PAGES.iter().sum::<u64>() * PAGE)?;
        let vvar = VmFlags::READ | VmFlags::MAYREAD | VmFlags::PFNMAP | SPECIAL;
        let mut start = at;
        for (pages, flags) in VDSO_PAGES.iter().zip([vvar, vvar, READ_EXEC | SPECIAL]) {
            let end = start + pages * PAGE;
            self.map_segment(mm, (start, end), flags, None);
            start = end;
        }
        Ok(at)
    }

    fn map_segment(&mut self, mm: MmId, range: (u64, u64), flags: VmFlags, file: Option<(FileId, u64)>) {
        let (start, end) = (VirtAddr::new(range.0), VirtAddr::new(range.1));
        let pgoff = file.map_or(range.0 / PAGE, |(_, pgoff)| pgoff);
        let file = file.map(|(file, _)| file);
        self.machine.insert_vma(mm, &Proposal { start, end, flags, pgoff, file, anon_vma: None });
        let pages = (end - start) / PAGE;
        self.machine.account_vm(mm, flags, pages as i64);
        if flags.contains(VmFlags::ACCOUNT) {
            self.machine.commit.pages += pages;
        }
    }

    /// The file of an image, opened: one reference. Images of one name are one file.
    fn program_file(&mut self, image: &Image) -> Result<FileId, Errno> {
        let inode = match self.names.find(&image.name) {
            Some(inode) => inode,
            None => {
                let inode = self.machine.new_inode(Backing::Ext4);
                let bytes: u64 = image.segments().iter().map(|(bytes, _)| bytes.next_multiple_of(PAGE)).sum();
                self.machine.fill_with_pattern(inode, bytes).map_err(|_| Errno::ENOMEM)?;
                self.names.link(&image.name, inode);
                self.names.show_as(self.machine.files.inode(inode).ino, &image.name);
                inode
            }
        };
        Ok(self.machine.open_file(inode, OpenMode::READ))
    }
}

/// The pages that the kernel itself writes before the program runs: the arguments, and zeroes behind the data (`padzero`).
fn written_at_start(places: &Places, image: &Image) -> Vec<u64> {
    let data_end = places.image.1 - image.span_bytes() + image.data_end();
    let arguments = (places.start_stack & !(PAGE - 1)..places.stack.1).step_by(PAGE as usize);
    let end = (image.bss_bytes > 0 && !data_end.is_multiple_of(PAGE)).then_some(data_end);
    arguments.chain(end).collect()
}

impl Image {
    /// Where its data ends, from its first page.
    fn data_end(&self) -> u64 {
        let [headers, text, rodata, _] = self.segments().map(|(bytes, _)| bytes.next_multiple_of(PAGE));
        headers + text + rodata + self.data_bytes
    }
}

#[cfg(test)]
mod tests;
